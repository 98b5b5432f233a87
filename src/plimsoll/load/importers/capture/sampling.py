"""The queries that read values for parameters: of the same rows that the statement joins, without its conditions. Pure.

Values that are used together are read together, from the statement's own FROM: columns sampled one by one would hardly
ever meet in a row, and joins would come out empty.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.sql.tokens import substituted
from plimsoll.core.sql.values import guess_of
from plimsoll.core.statement import OURS
from plimsoll.load.importers.capture.building import likely
from plimsoll.load.importers.capture.finding import uses_of
from plimsoll.load.importers.capture.parsing import MARKED, Parsed, Relation, marks, relation_of, sql
from plimsoll.load.importers.capture.uses import SAMPLED, Use, is_made_of_parameters, made_of_parameters, names_in

ROWS: Final = 2_000  # that one sample brings at most
LOOKED_AT: Final = 20_000  # rows of the join that are looked at; of a larger table so many are picked at random
VALUE_MAX: Final = 50_000  # characters; rows with longer values are passed by
_MARKED_SO: Final = re.compile(MARKED.pattern, re.IGNORECASE)
_PART: Final = re.compile(r"EXTRACT\(plimsoll_\d+ FROM", re.IGNORECASE)


@dataclass(frozen=True)
class Sample:
    """A query whose n-th column holds values, as text, for the parameters of `columns[n]`."""

    query: str
    columns: tuple[tuple[int, ...], ...]


def samples_of(
    parsed: Parsed,
    uses: Sequence[Use],
    types: Mapping[int, str],
    sizes: Mapping[Relation, int],
    *,
    joined: bool = True,
    unset: Sequence[str] = (),
) -> list[Sample]:
    """One for each query within the statement that has parameters of its own.

    `sizes`: the rows of ordinary tables, as far as they are known. Without `joined` each table is read by itself, for
    what finds no rows otherwise. `unset` are columns that an INSERT leaves NULL: rows that still have them so are as
    the application made them, and later states of a row may not be inserted at all.
    """
    together: dict[tuple[int, str], list[Use]] = {}
    for use in uses:
        if use.kind in SAMPLED and use.scope is not None:
            together.setdefault((id(use.scope), "" if joined else _table_of(use)), []).append(use)
    return [_sample(parsed, several, types, sizes, joined, unset) for several in together.values()]


def typing_queries(parsed: Parsed, numbers: Sequence[int]) -> list[Sample]:
    """Queries whose columns have the types that parameters had as constants, which took that of whatever they met."""
    types = dict.fromkeys(numbers, "text")
    together: dict[int, list[Use]] = {}
    for use in uses_of(parsed, types):
        if use.kind in SAMPLED and use.scope is not None:
            together.setdefault(id(use.scope), []).append(use)
    found = []
    for uses in together.values():
        scope = uses[0].scope
        assert scope is not None
        source, _ = _rows(scope, {}, None)
        listed = ", ".join(use.sample for use in uses)
        query = f"{_with(scope)}SELECT {OURS} {listed} FROM {source}{_key_laterals(parsed, uses)}"
        found.append(Sample(_unmarked(query, types, uses), tuple((use.number,) for use in uses)))
    return found


def _table_of(use: Use) -> str:
    """The name before the column, as far as it stands there."""
    found = re.search(r"([\w$]+|\"[^\"]+\")\.(?:[\w$]+|\")", use.sample)
    return found[1].strip('"').lower() if found else ""


def _sample(
    parsed: Parsed,
    uses: Sequence[Use],
    types: Mapping[int, str],
    sizes: Mapping[Relation, int],
    joined: bool,
    unset: Sequence[str],
) -> Sample:
    scope = uses[0].scope
    assert scope is not None
    columns: dict[str, list[int]] = {}
    for use in uses:
        columns.setdefault(_as_text(use, types[use.number]), []).append(use.number)
    source, condition = _rows(scope, sizes, None if joined else _table_of(uses[0]))
    if isinstance(scope, exp.Insert) and unset:
        condition = f" WHERE {' AND '.join(f'{quote_identifier(name)} IS NULL' for name in unset)}"
    keys = _key_laterals(parsed, uses)
    listed = ", ".join(f"{text} AS c{place}" for place, text in enumerate(columns, 1))
    inner = f"SELECT {listed} FROM {source}{keys}{condition} LIMIT {LOOKED_AT}"
    wanted = " AND ".join(
        f"(c{place} IS NULL OR length(c{place}) <= {VALUE_MAX})" for place in range(1, len(columns) + 1)
    )
    query = (
        f"{_with(scope)}SELECT {OURS} * FROM ({inner}) AS plimsoll_rows WHERE {wanted} ORDER BY random() LIMIT {ROWS}"
    )
    return Sample(_unmarked(query, types, uses), tuple(map(tuple, columns.values())))


def _as_text(use: Use, type_name: str) -> str:
    """Arrays as JSON, which Python reads; everything else as the server writes it."""
    value = use.sample
    if use.kind in ("list", "others", "rows"):
        return f"({value})::{type_name.removesuffix('[]')}::text"
    if use.kind in ("prefix", "anywhere", "regex"):
        return f"({value})::text"
    if type_name.endswith("[]"):
        return f"array_to_json(({value})::{type_name})::text"
    return f"({value})::{type_name}::text"


def _rows(scope: exp.Expr, sizes: Mapping[Relation, int], alone: str | None) -> tuple[str, str]:
    """What stands behind FROM, and the conditions that hold no parameter, with WHERE before them.

    `alone` names the only table that is read; empty the first.
    """
    copy = scope.copy()
    lists = {table.alias_or_name.lower() for table in made_of_parameters(copy)}
    tables = [table for table in sources_of(copy) if not is_made_of_parameters(table)]
    if alone is not None:
        tables = [_alone(tables, alone)]
    for table in tables:
        _without_parameters(table)
    _pick_some(tables, sizes)
    source = " ".join(_joined(table, first=place == 0) for place, table in enumerate(tables))
    where = copy.args.get("where")
    own = names_in(scope) - lists
    kept = (
        [sql(one) for one in _conjuncts(where.this) if _keeps(one, own, lists)]
        if where is not None and alone is None
        else []
    )
    return source, f" WHERE {' AND '.join(f'({one})' for one in kept)}" if kept else ""


def sources_of(scope: exp.Expr) -> list[exp.Expr]:
    """Tables and joins, in the order of the statement."""
    if isinstance(scope, exp.Insert):
        target = scope.this.this if isinstance(scope.this, exp.Schema) else scope.this
        return [target]
    found: list[exp.Expr] = [scope.this] if isinstance(scope, exp.Update | exp.Delete) else []
    start = scope.args.get("from_")
    if start is not None:
        found += [start.this, *(start.this.args.get("joins") or ())]
        start.this.set("joins", None)
    found += scope.args.get("using") or []
    return [*found, *(scope.args.get("joins") or ()), *(scope.args.get("laterals") or ())]


def _alone(tables: Sequence[exp.Expr], name: str) -> exp.Expr:
    """The table of that name; the first of all where there is none."""
    plain = [one.this if isinstance(one, exp.Join) else one for one in tables]
    return next((one for one in plain if one.alias_or_name.lower() == name), plain[0])


def _joined(table: exp.Expr, *, first: bool) -> str:
    text = sql(table).strip()
    if first:
        return text.removeprefix(", ")
    return text if isinstance(table, exp.Join | exp.Lateral) else f", {text}"


def _without_parameters(table: exp.Expr) -> None:
    """Takes conditions and limits with parameters out, in place."""
    for where in list(table.find_all(exp.Where, exp.Having)):
        kept = [one for one in _conjuncts(where.this) if not marks(one)]
        if kept:
            where.set("this", exp.and_(*kept, copy=False))
        else:
            where.pop()
    for join in list(table.find_all(exp.Join)):
        on = join.args.get("on")
        if on is not None and marks(on):
            join.set("on", exp.and_(*[one for one in _conjuncts(on) if not marks(one)] or [exp.true()], copy=False))
    for limit in list(table.find_all(exp.Limit, exp.Offset, exp.Fetch)):
        if marks(limit):
            limit.pop()


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.this), *_conjuncts(condition.expression)]
    if isinstance(condition, exp.Paren) and isinstance(condition.this, exp.And):
        return _conjuncts(condition.this)
    return [condition]


def _keeps(condition: exp.Expr, own: set[str], lists: set[str]) -> bool:
    """Whether a condition can stand without the parameters, their lists and the query around it."""
    if marks(condition):
        return False
    inner = {name for select in condition.find_all(exp.Select) for name in names_in(select)}
    return all(
        (not column.table and column.name.lower() not in lists)
        or column.table.lower() in own
        or column.table.lower() in inner
        for column in condition.find_all(exp.Column)
    )


def _pick_some(tables: Sequence[exp.Expr], sizes: Mapping[Relation, int]) -> None:
    """Of the largest table only some pages, in place: reading all of it would take longer than anybody waits."""
    plain = [one.this if isinstance(one, exp.Join) else one for one in tables]
    sized = [
        (sizes.get(relation_of(table), 0), table)
        for table in plain
        if isinstance(table, exp.Table) and not table.args.get("sample")
    ]
    rows, largest = max(sized, key=lambda pair: pair[0], default=(0, None))
    if largest is not None and rows > LOOKED_AT:
        percent = max(1e-6, 100.0 * LOOKED_AT / rows)
        largest.set("sample", exp.TableSample(method=exp.var("SYSTEM"), percent=exp.Literal.number(f"{percent:.6f}")))


def _with(scope: exp.Expr) -> str:
    """The WITH clauses that hold around a query, without parameters."""
    found = []
    node: exp.Expr | None = scope
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None and scope.find_ancestor(exp.CTE) is None:
            copy = clause.copy()
            _without_parameters(copy)
            found.append(sql(copy))
        node = node.parent
    return f"{found[0]} " if found else ""


def _key_laterals(parsed: Parsed, uses: Sequence[Use]) -> str:
    """For each `data ->> $n`: a key that the row's document has, as plimsoll_key_n.k."""
    numbers = {use.number for use in uses}
    found = []
    for extract in parsed.tree.find_all(exp.JSONExtract, exp.JSONExtractScalar):
        for key in extract.expression.find_all(exp.JSONPathKey):
            mark = MARKED.fullmatch(f"'{key.this}'")
            if mark and int(mark[1]) in numbers:
                document = f"to_jsonb({sql(extract.this)})"
                found.append(
                    f" CROSS JOIN LATERAL (SELECT k FROM jsonb_object_keys(CASE jsonb_typeof({document}) WHEN 'object' "
                    f"THEN {document} END) AS k ORDER BY random() LIMIT 1) AS plimsoll_key_{mark[1]}"
                )
    return "".join(reversed(found))


def _unmarked(query: str, types: Mapping[int, str], uses: Sequence[Use]) -> str:
    """What is left of parameters: keys by their names, everything else as some value of its type, or what such a place
    takes. The parser writes units of time in upper case, and date_part as EXTRACT."""
    keys = {use.number for use in uses if use.sample == f"plimsoll_key_{use.number}.k"}
    numbered = _MARKED_SO.sub(r"$\1", _PART.sub("EXTRACT(day FROM", query))

    def replaced(number: int) -> str:
        if number in keys:
            return f"plimsoll_key_{number}.k"
        if types[number] == "regconfig":
            return "get_current_ts_config()"
        guess = likely(numbered, number) or guess_of(types[number])
        return "NULL" if guess is None else "'" + guess.replace("'", "''") + f"'::{types[number]}"

    return substituted(numbered, replaced)
