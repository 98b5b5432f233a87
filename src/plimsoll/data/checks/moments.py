"""Checks against the clock, as born <= CURRENT_DATE - '18 years': read with the plan's moment in its place."""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from sqlglot import exp

from plimsoll.data.checks.terms import bare, literal_of

_CLOCKS: Final = (exp.CurrentTimestamp, exp.Localtimestamp, exp.CurrentDatetime)
_PART: Final = re.compile(r"([+-]?\d+) (year|mon|day)s?|([+-]?)(\d+):(\d\d):(\d\d)(?:\.\d+)?")


def with_moment(tree: exp.Expression, now: datetime | None) -> exp.Expression:
    """The tree with literals for what it reckons from the clock; the tree itself where it does not."""
    if now is None or not tree.find(exp.CurrentDate, *_CLOCKS):
        return tree

    def told(node: exp.Expression) -> exp.Expression:
        moment = _moment(node, now)
        return node if moment is None else exp.Literal.string(moment.isoformat(sep=" "))

    return tree.transform(told)


def _moment(node: exp.Expression, now: datetime) -> datetime | None:
    """What an expression of the clock comes to; None for any other."""
    node = bare(node)
    if isinstance(node, exp.CurrentDate):
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(node, _CLOCKS):
        return now
    if isinstance(node, exp.Cast):
        inner = _moment(node.this, now)
        to_date = node.to.sql("postgres").upper() == "DATE"
        return inner.replace(hour=0, minute=0, second=0, microsecond=0) if inner and to_date else inner
    if isinstance(node, exp.Add | exp.Sub):
        start, text = _moment(node.this, now), literal_of(node.expression)
        return None if start is None or text is None else _moved(start, text, -1 if isinstance(node, exp.Sub) else 1)
    return None


def _moved(start: datetime, text: str, sign: int) -> datetime | None:
    """Moved by an interval in the server's words, or by so many days; None for what is no such, or leads too far."""
    text = f"{text} days" if re.fullmatch(r"-?\d+", text) else text
    if not _PART.search(text) or _PART.sub("", text).strip():
        return None
    months, days, seconds = _parts(text)
    month = start.year * 12 + start.month - 1 + sign * months
    try:
        year, place = divmod(month, 12)
        day = min(start.day, monthrange(year, place + 1)[1])
        return start.replace(year=year, month=place + 1, day=day) + sign * timedelta(days, seconds)
    except (ValueError, OverflowError):
        return None


def _parts(text: str) -> tuple[int, int, int]:
    """Months, days and seconds."""
    months = days = seconds = 0
    for number, unit, sign, hours, minutes, rest in _PART.findall(text):
        if unit:
            months += int(number) * {"year": 12, "mon": 1, "day": 0}[unit]
            days += int(number) * (unit == "day")
        else:
            seconds += (-1 if sign == "-" else 1) * (int(hours) * 3600 + int(minutes) * 60 + int(rest))
    return months, days, seconds
