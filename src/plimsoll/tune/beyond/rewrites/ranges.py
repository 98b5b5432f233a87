"""A function around a column hides it from its index; a range of the column itself does not. Pure.

date(c), c::date, date_trunc(unit, c), extract(year from c), and c plus or minus an interval.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.schema import Column
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count, format_share
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import home, parameter_of, select_of, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

PAGES_MIN: Final = 1_000
SHARE_MAX: Final = 0.2  # of the rows that are wanted; to find more, reading all of the table is right
_TIMES: Final = ("timestamp", "timestamptz")
_UNITS: Final = ("HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def ranges(one: Asked) -> Iterator[Advised]:
    """Where a table is read from end to end for it."""
    for node in _comparisons(one.tree):
        found = _range(one, node)
        if found is None:
            continue
        table, column, after = found
        read = one.sequential(table)
        if read and table.pages >= PAGES_MIN and (_wanted(one, table) or 0.0) <= SHARE_MAX:
            yield _advised(one, node, table, column, after)


def _wanted(one: Asked, table: TableFacts) -> float | None:
    """Of the table's rows, those that the statement returns; None where it returns other rows than it finds, since what
    the planner expects of a function is a guess."""
    returns = one.query.rows_per_call > 0 and not _has_aggregates(one.tree)
    return one.query.rows_per_call / table.rows if returns and table.rows else None


def _has_aggregates(tree: "exp.Expr") -> bool:
    from sqlglot import exp

    return tree.find(exp.AggFunc, exp.Limit, exp.Distinct, exp.Group) is not None


def _advised(one: Asked, node: "exp.Expr", table: TableFacts, column: Column, after: "exp.Expr") -> Advised:
    from sqlglot import exp

    tree = one.tree.copy()
    place = next(other for other in tree.find_all(type(node)) if other == node)
    place.replace(after.unnest() if isinstance(place.parent, exp.And | exp.Where) else after)
    indexed = any(index.valid and index.index.columns[:1] == (column.name,) for index in one.indexes_of(table))
    scheme = table.table.partitioning
    divided = scheme is not None and scheme.strategy == "range" and scheme.keys[:1] == (column.name,)
    serving = [f"the index on {column.name} serves"] * indexed
    serving += ["by itself spares all partitions but those that hold it"] * divided
    served = " and which ".join(serving) or f"an index on {column.name} could serve (there is none yet)"
    share = _wanted(one, table)
    wanted = f", of which {format_share(share)} are wanted" if share is not None else ""
    why = (
        f"{sql_of(node)} is worked out for each of {format_count(table.rows)} rows of {table.table.name}{wanted}. "
        f"{sql_of(after.unnest())} is the same as a range, which {served}."
    )
    risk = (
        "Both depend on the session's time zone: on days when its clocks change, rows of an hour may fall on the other "
        "side." if column.type.base == "timestamptz" else ""
    )  # fmt: skip
    return rewrite(
        one, "function-on-column", f"Ask for a range of {column.name} instead of a function of it", why, risk=risk,
        after=tree, confidence="low" if share is None else "high" if serving else "medium",
    )  # fmt: skip


def _comparisons(tree: "exp.Expr") -> "Iterator[exp.Expr]":
    from sqlglot import exp

    yield from tree.find_all(exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


def _range(one: Asked, node: "exp.Expr") -> "tuple[TableFacts, Column, exp.Expr] | None":
    """With the table and the column, and the comparison as one of the column alone."""
    from sqlglot import exp

    select = select_of(node)
    side = node.this
    inner = side.expression if isinstance(side, exp.Extract) else side.this if side is not None else None
    if select is None or not isinstance(inner, exp.Column):
        return None
    place = home(inner, select, one.facts)
    if place is None or place[2].type.base not in _TIMES:
        return None
    of = place[2]
    made = (
        _day(one, node, inner)
        or _truncated(one, node, inner, of)
        or _year(one, node, inner, of)
        or _shifted(one, node, inner, of)
    )
    return None if made is None else (place[1], place[2], made)


def _day(one: Asked, node: "exp.Expr", column: "exp.Expr") -> "exp.Expr | None":
    from sqlglot import exp

    side = node.this
    cast = isinstance(side, exp.Cast) and side.to.this == exp.DataType.Type.DATE
    called = isinstance(side, exp.Date) and not side.args.get("zone") and not side.expressions
    if not cast and not called:
        return None
    if isinstance(node, exp.Between):
        low, high = _as_date(one, node.args["low"]), _as_date(one, node.args["high"])
        if low is None or high is None or node.args.get("symmetric"):
            return None
        return _both(column, low, _next_day(high))
    value = _as_date(one, node.expression)
    return None if value is None else _DAYS[type(node).__name__](column, value)


def _as_date(one: Asked, value: "exp.Expr") -> "exp.Expr | None":
    """The other side as a date; None of what might have a time of day."""
    from sqlglot import exp

    date = exp.DataType.build("date")
    if isinstance(value, exp.CurrentDate):
        return value.copy()
    if isinstance(value, exp.Cast) and value.to.this == date.this:
        return value.copy()
    number = parameter_of(value) if isinstance(value, exp.Parameter) else None
    is_date = number is not None and len(one.query.types) >= number and one.query.types[number - 1] == "date"
    if is_date or (isinstance(value, exp.Literal) and value.is_string):
        return exp.Cast(this=value.copy(), to=date)
    return None


def _next_day(value: "exp.Expr") -> "exp.Expr":
    from sqlglot import exp

    return exp.Paren(this=exp.Add(this=value.copy(), expression=exp.Literal.number(1)))


def _shifted(one: Asked, node: "exp.Expr", column: "exp.Expr", of: Column) -> "exp.Expr | None":
    """c + interval '30 days' > now(): the interval goes to the other side. Not months, which are of several lengths."""
    from sqlglot import exp

    side, value = node.this, node.args.get("expression")
    step = side.expression if isinstance(side, exp.Add | exp.Sub) else None
    if not isinstance(step, exp.Interval) or value is None or value.find(exp.Column, exp.Select):
        return None
    words = f"{step.this.name} {step.args['unit'].name if step.args.get('unit') else ''}".lower()
    if not isinstance(step.this, exp.Literal) or re.search(r"mon|year|mil|dec|cent|quarter|\d-\d", words):
        return None
    moment = _moment(one, value, of) or value.copy()  # a text and an interval would be two intervals
    other = moment if isinstance(moment, exp.Func | exp.Cast) else exp.Paren(this=moment)
    back = exp.Sub if isinstance(side, exp.Add) else exp.Add
    return type(node)(this=column.copy(), expression=back(this=other, expression=step.copy()))


def _both(column: "exp.Expr", low: "exp.Expr", high: "exp.Expr") -> "exp.Expr":
    """From one to before the other."""
    from sqlglot import exp

    return exp.Paren(this=exp.and_(_from(column, low), _before(column, high)))


def _from(column: "exp.Expr", value: "exp.Expr") -> "exp.Expr":
    from sqlglot import exp

    return exp.GTE(this=column.copy(), expression=value.copy())


def _before(column: "exp.Expr", value: "exp.Expr") -> "exp.Expr":
    from sqlglot import exp

    return exp.LT(this=column.copy(), expression=value.copy())


_DAYS: "Final[dict[str, Callable[[exp.Expr, exp.Expr], exp.Expr]]]" = {
    "EQ": lambda column, day: _both(column, day, _next_day(day)),
    "GTE": _from,
    "GT": lambda column, day: _from(column, _next_day(day)),
    "LT": _before,
    "LTE": lambda column, day: _before(column, _next_day(day)),
}


def _truncated(one: Asked, node: "exp.Expr", column: "exp.Expr", of: Column) -> "exp.Expr | None":
    """date_trunc(unit, c) held against what is itself cut to that unit, or against any moment for equality."""
    from sqlglot import exp

    side = node.this
    unit = side.args.get("unit") if isinstance(side, exp.TimestampTrunc | exp.DateTrunc) else None
    if unit is None or unit.name.upper() not in _UNITS or side.args.get("zone") is not None:
        return None
    value = node.expression
    cut = type(value) is type(side) and value.args.get("unit") == unit and value.args.get("zone") is None
    if cut and isinstance(node, exp.GTE):
        return _from(column, value)
    if cut and isinstance(node, exp.LT):
        return _before(column, value)
    if not isinstance(node, exp.EQ):
        return None
    moment = value if cut else _moment(one, value, of)
    if moment is None:
        return None
    after = _both(column, moment, exp.Paren(this=exp.Add(this=moment.copy(), expression=_step(unit.name.lower()))))
    if cut:
        return after
    whole = side.copy()
    whole.set("this", moment.copy())
    return exp.Paren(this=exp.and_(after.this, exp.EQ(this=whole, expression=moment.copy())))


def _step(unit: str) -> "exp.Expr":
    from sqlglot import exp

    number, name = ("3", "month") if unit == "quarter" else ("1", unit)
    return exp.Interval(this=exp.Literal.string(f"{number} {name}"))


def _moment(one: Asked, value: "exp.Expr", of: Column) -> "exp.Expr | None":
    """As a value of the column's type."""
    from sqlglot import exp

    if isinstance(value, exp.Parameter) or (isinstance(value, exp.Literal) and value.is_string):
        return exp.Cast(this=value.copy(), to=exp.DataType.build(of.type.base, dialect="postgres"))
    return None


def _year(one: Asked, node: "exp.Expr", column: "exp.Expr", of: Column) -> "exp.Expr | None":
    """extract(year from c) = 2026."""
    from sqlglot import exp

    side, value = node.this, node.expression
    if not isinstance(side, exp.Extract) or side.name.upper() != "YEAR" or not isinstance(node, exp.EQ):
        return None
    if not isinstance(value, exp.Literal) or value.is_string or not value.name.isdigit() or len(value.name) > 4:
        return None
    days = [exp.Literal.string(f"{year:04}-01-01") for year in (int(value.name), int(value.name) + 1)]
    kind = exp.DataType.build(of.type.base, dialect="postgres")
    low, high = (exp.Cast(this=day, to=kind.copy()) for day in days)
    return _both(column, low, high)
