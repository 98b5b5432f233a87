"""A column that is cast to be compared is not sought in its index; its value can be cast instead. Pure."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.schema import Column
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import home, parameter_of, select_of, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

PAGES_MIN: Final = 1_000
# Types whose values have one text each, so that texts are equal where the values are.
_ONE_TEXT: Final = {"int2": "smallint", "int4": "integer", "int8": "bigint", "uuid": "uuid", "date": "date"}
_BITS: Final = {"int2": 15, "int4": 31, "int8": 63}
# Texts that the server writes such values as: all others are equal to none.
_WHOLE: Final = "^(0|-?[1-9][0-9]{0,18})$"
_UUID: Final = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def casts(one: Asked) -> Iterator[Advised]:
    """Where the plan reads a table from end to end and its filter casts an indexed column."""
    from sqlglot import exp

    for node in one.tree.find_all(exp.EQ):
        select = select_of(node)
        column = node.this.unnest() if not isinstance(node.this, exp.Cast) else node.this.this.unnest()
        if select is None or not isinstance(column, exp.Column) or not _is_given(node.expression):
            continue
        place = home(column, select, one.facts)
        if place is None or place[1].pages < PAGES_MIN or not _is_indexed(one, place[1], place[2].name):
            continue
        kind = _cast_to(one, place[1], place[2])
        if kind and place[2].type.base in _ONE_TEXT and _is_condition(node):
            yield _advised(one, node, column, place[1], place[2], kind)


def _is_given(value: "exp.Expr") -> bool:
    """A parameter or a constant, which may be written down more than once."""
    from sqlglot import exp

    return parameter_of(value) is not None or isinstance(value.unnest(), exp.Literal)


def _is_condition(node: "exp.Expr") -> bool:
    """Whether it decides which rows are there, so that NULL is as good as false."""
    from sqlglot import exp

    above = node.parent
    while isinstance(above, exp.And | exp.Or | exp.Paren):
        above = above.parent
    return isinstance(above, exp.Where)


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
    to = exp.DataType.build(kind, dialect="postgres")
    same = isinstance(node.expression, exp.Cast) and node.expression.to == to
    sent = node.expression if same else exp.Cast(this=node.expression.copy(), to=to)
    exact = _exact(sql_of(sent), of.type.base, kind)
    tree = one.tree.copy()
    value = exp.condition(exact or f"CAST({sql_of(node.expression)} AS {own})", dialect="postgres")
    next(other for other in tree.find_all(exp.EQ) if other == node).replace(
        exp.EQ(this=column.copy(), expression=value)
    )
    if exact:
        risk = f"A value that is no {own} finds no row, as now; sent as {own} it would be rounded, or an error."
    else:
        risk = f"Not the same for every value: one that is no {own}, where now no row is found, is an error or rounded."
    return rewrite(
        one, "cast", f"Send the value for {of.name} as {own}", why, risk=risk, after=tree if exact else None,
        sketch="" if exact else sql_of(tree), confidence="high" if exact else "medium",
        details={"note": "The cast belongs where the parameter is bound: a number sent as a number needs none."},
    )  # fmt: skip


def _exact(sent: str, base: str, kind: str) -> str:
    """What is sent, as that value of the column's type which the same rows are equal to, NULL where none can be; ""
    where there is no such one: a date's text follows DateStyle, and a double may be equal to several bigint. CASE
    within CASE, since the sides of AND are worked out in any order."""
    own = _ONE_TEXT[base]
    if base == "uuid":
        return f"CASE WHEN {sent} ~ '{_UUID}' THEN CAST({sent} AS uuid) END"
    if base not in _BITS or (base, kind) == ("int8", "double precision"):
        return ""
    most = 2 ** _BITS[base]
    bounds, made = f"BETWEEN {-most} AND {most - 1}", f"CAST({sent} AS {own})"
    if kind == "text":
        whole = f"CASE WHEN CAST({sent} AS numeric) {bounds} THEN {made} END"
        return f"CASE WHEN {sent} ~ '{_WHOLE}' THEN {whole} END"
    return f"CASE WHEN {sent} {bounds} AND {sent} = trunc({sent}) THEN {made} END"


def _is_indexed(one: Asked, table: TableFacts, column: str) -> bool:
    there = one.indexes_of(table)
    return any(index.valid and index.index.columns[:1] == (column,) for index in there)


def _cast_to(one: Asked, table: TableFacts, column: Column) -> str:
    """The type that the filter casts it to; "" where it does not."""
    kinds = "text" if column.type.base not in _BITS else "text|numeric|double precision"
    name = re.escape(column.name if re.fullmatch(r"[a-z_][a-z0-9_]*", column.name) else f'"{column.name}"')
    cast = re.compile(rf"\((?:\w+\.|\"[^\"]+\"\.)?{name}\)::({kinds}) = ")
    found = (cast.search(node.filter) for node in one.sequential(table))
    return next((match[1] for match in found if match is not None), "")
