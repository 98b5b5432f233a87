"""A column that is cast to be compared is not sought in its index; its value can be cast instead. Pure."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.schema import Column
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import home, select_of

if TYPE_CHECKING:
    from sqlglot import exp

PAGES_MIN: Final = 1_000
# Types whose values have one text each, so that texts are equal where the values are.
_ONE_TEXT: Final = {"int2": "smallint", "int4": "integer", "int8": "bigint", "uuid": "uuid", "date": "date"}
_WHOLE: Final = ("int2", "int4", "int8")


def casts(one: Asked) -> Iterator[Advised]:
    """Where the plan reads a table from end to end and its filter casts an indexed column."""
    from sqlglot import exp

    for node in one.tree.find_all(exp.EQ):
        select = select_of(node)
        column = node.this.unnest() if not isinstance(node.this, exp.Cast) else node.this.this.unnest()
        if select is None or not isinstance(column, exp.Column) or node.expression.find(exp.Column, exp.Select):
            continue
        place = home(column, select, one.facts)
        if place is None or place[1].pages < PAGES_MIN or not _is_indexed(one, place[1], place[2].name):
            continue
        kind = _cast_to(one, place[1], place[2])
        if kind and place[2].type.base in _ONE_TEXT:
            yield _advised(one, node, column, place[1], place[2], kind)


def _advised(
    one: Asked, node: "exp.Expr", column: "exp.Expr", table: TableFacts, of: Column, kind: str
) -> Advised:  # fmt: skip
    from sqlglot import exp

    name, own = table.table.name, _ONE_TEXT[of.type.base]
    why = (
        f"The plan reads {name} from end to end ({format_count(table.rows)} rows) and casts {of.name}, which is {own}, "
        f"to {kind} for each row, as the value that it is compared with is {kind}. The index on {of.name} cannot be "
        "used so."
    )
    risk = f"A value that is no {own} is then an error, where now no row is found."
    tree = one.tree.copy()
    value = node.expression.copy()
    wanted = exp.Cast(this=value, to=exp.DataType.build(own, dialect="postgres"))
    if isinstance(value, exp.Parameter):  # keeps its type, so that the same values can be sent
        wanted.set("this", exp.Cast(this=value.copy(), to=exp.DataType.build(kind, dialect="postgres")))
    next(other for other in tree.find_all(exp.EQ) if other == node).replace(
        exp.EQ(this=column.copy(), expression=wanted)
    )
    return rewrite(
        one, "cast", f"Send the value for {of.name} as {own}", why, risk=risk, after=tree, confidence="high",
        details={"note": "The cast belongs where the parameter is bound: a number sent as a number needs none."},
    )  # fmt: skip


def _is_indexed(one: Asked, table: TableFacts, column: str) -> bool:
    there = one.indexes_of(table)
    return any(index.valid and index.index.columns[:1] == (column,) for index in there)


def _cast_to(one: Asked, table: TableFacts, column: Column) -> str:
    """The type that the filter casts it to; "" where it does not."""
    kinds = "text" if column.type.base not in _WHOLE else "text|numeric|double precision"
    name = re.escape(column.name if re.fullmatch(r"[a-z_][a-z0-9_]*", column.name) else f'"{column.name}"')
    cast = re.compile(rf"\((?:\w+\.|\"[^\"]+\"\.)?{name}\)::({kinds}) = ")
    found = (cast.search(node.filter) for node in one.sequential(table))
    return next((match[1] for match in found if match is not None), "")
