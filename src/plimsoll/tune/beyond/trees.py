"""What rewrites ask of a statement's tree, and how they write one. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column
from plimsoll.core.sql.parsing import parsed
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts

if TYPE_CHECKING:
    from sqlglot import exp

_SIMPLE: Final = re.compile(r"[a-z_][a-z0-9_]*")
# No names of columns unless quoted.
_WORDS: Final = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
concurrently constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning
right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
using variadic verbose when where window with
"""
_RESERVED: Final = frozenset(_WORDS.split())


def sql_of(node: "exp.Expr") -> str:
    return node.sql(dialect="postgres", normalize_functions="lower")


def folded(name: "exp.Expr | None") -> str:
    """An identifier as the server understands it: in lower case where it is not quoted."""
    if name is None:
        return ""
    return name.name if name.args.get("quoted") else name.name.lower()


def conjuncts(select: "exp.Expr") -> "list[exp.Expr]":
    """The conditions of a WHERE that must all hold, without the parentheses around them."""
    from sqlglot import exp

    where = select.args.get("where")
    if where is None:
        return []
    found = where.this.unnest()
    return [side.unnest() for side in found.flatten()] if isinstance(found, exp.And) else [found]


def parameters(node: "exp.Expr") -> frozenset[int]:
    """Numbers of the parameters that occur."""
    from sqlglot import exp

    return frozenset(int(one.name) for one in node.find_all(exp.Parameter) if one.name.isdigit())


def parameter_of(node: "exp.Expr") -> int | None:
    """The number of a parameter, casts and parentheses around it aside; None of anything else."""
    from sqlglot import exp

    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return int(node.name) if isinstance(node, exp.Parameter) and node.name.isdigit() else None


def takes_same(before: "exp.Expr", after: "exp.Expr") -> bool:
    """Whether what is rewritten can be read, and takes the parameters that the original takes."""
    return parameters(before) == parameters(after) and parsed(sql_of(after)) is not None


def renumbered(tree: "exp.Expr") -> "exp.Expr":
    """Its parameters from $1 on without a gap, in the order of their numbers."""
    from sqlglot import exp

    places = {number: place for place, number in enumerate(sorted(parameters(tree)), start=1)}

    def placed(node: "exp.Expr") -> "exp.Expr":
        number = int(node.name) if isinstance(node, exp.Parameter) and node.name.isdigit() else 0
        return parameter(places[number]) if number else node

    return tree.transform(placed)


def parameter(number: int) -> "exp.Expr":
    from sqlglot import exp

    return exp.Parameter(this=exp.Literal.number(number))


def column_node(name: str, table: str = "") -> "exp.Expr":
    from sqlglot import exp

    def named(text: str) -> exp.Identifier:
        return exp.to_identifier(text, quoted=text in _RESERVED or _SIMPLE.fullmatch(text) is None)

    return exp.column(named(name), table=named(table) if table else None)


def is_single_level(select: "exp.Expr") -> bool:
    """Whether each row of the result is one that was read: nothing is grouped, counted or made unique."""
    from sqlglot import exp

    made = ("group", "having", "distinct", "windows", "qualify")
    return not any(select.args.get(one) for one in made) and not any(
        one.find(exp.AggFunc, exp.Window) for one in select.expressions
    )


def sources(select: "exp.Expr", facts: DatabaseFacts) -> dict[str, TableFacts | None]:
    """What it reads in its FROM, by the names that columns are called with; None of what is no table that we know."""
    from sqlglot import exp

    start = select.args.get("from_")
    read = [start.this] if start is not None else []
    read += [join.this for join in select.args.get("joins") or ()]
    made = {cte.alias for cte in select.root().find_all(exp.CTE)}
    return {called(one): table_of(one, facts, made) for one in read}


def called(source: "exp.Expr") -> str:
    alias = source.args.get("alias")
    return folded(alias.this) if alias is not None and alias.this is not None else folded(source.args.get("this"))


def table_of(
    source: "exp.Expr", facts: DatabaseFacts, made: "set[str] | frozenset[str]" = frozenset()
) -> TableFacts | None:
    """The table that a FROM names, sought along search_path where its schema is not said."""
    from sqlglot import exp

    if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        return None
    name, schema = folded(source.this), folded(source.args.get("db"))
    if not schema and source.name in made:
        return None
    places = [schema] if schema else search_path(facts)
    return next((facts.tables[one] for place in places if (one := TableName(place, name)) in facts.tables), None)


def search_path(facts: DatabaseFacts) -> list[str]:
    """Schemas in their order; of a session's own nothing is known."""
    said = facts.settings.get("search_path", '"$user", public')
    return [one.strip().strip('"') for one in said.split(",") if "$user" not in one] or ["public"]


def home(column: "exp.Expr", select: "exp.Expr", facts: DatabaseFacts) -> tuple[str, TableFacts, Column] | None:
    """What a column is called with, its table and itself; None where that is not certain."""
    found = sources(select, facts)
    table, name = folded(column.args.get("table")), folded(column.args.get("this"))
    if not table and any(one is None for one in found.values()):
        return None
    having = [
        (alias, facts_of, one)
        for alias, facts_of in found.items()
        if facts_of is not None and (not table or alias == table)
        for one in facts_of.table.columns
        if one.name == name
    ]
    return having[0] if len(having) == 1 else None


def selects(tree: "exp.Expr") -> "Iterator[exp.Expr]":
    """All of them, the outermost first."""
    from sqlglot import exp

    yield from tree.find_all(exp.Select)


def select_of(node: "exp.Expr") -> "exp.Expr | None":
    """The SELECT that a node stands in."""
    from sqlglot import exp

    return node.find_ancestor(exp.Select)


def unique_columns(table: TableFacts) -> "Sequence[tuple[str, ...]]":
    """Columns that tell every row apart, of each key without predicate or expression; the primary key first."""
    required = {one.name for one in table.table.columns if not one.nullable}
    keys = sorted(table.table.uniques, key=lambda key: (not key.primary, len(key.columns)))
    named = [
        tuple(name for name in key.columns if name) for key in keys if not key.predicate and None not in key.columns
    ]
    primary = table.table.primary_key
    return [names for names in named if set(names) <= required or (primary is not None and names == primary.columns)]
