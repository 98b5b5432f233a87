"""Moments as clients write them: ISO 8601, seconds since 1970, or so long ago. Pure."""

import math
from datetime import UTC, datetime
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_duration
from plimsoll.server.problems import Problem, invalid

MOMENT_WORDS: Final = "ISO 8601, seconds since 1970, now, or -1h for an hour ago"
_REMEDY: Final = "write 2026-05-01T12:00:00Z, seconds since 1970, now, or -1h for an hour ago"
_LATEST_S: Final = 253_402_300_799.0  # the end of the year 9999


def read_moment(text: str, where: str, now_s: float) -> float:
    """Seconds since 1970. Raises Problem."""
    stated = text.strip()
    if stated == "now":
        return now_s
    if stated.startswith("-"):
        return max(0.0, now_s - _ago(stated[1:], where))
    at_s = _seconds(stated)
    if at_s is None:
        at_s = _iso(stated, where)
    if not 0 <= at_s <= _LATEST_S:
        raise invalid(where, "this is no moment between 1970 and 9999", _REMEDY)
    return at_s


def read_window(start: str, end: str, now_s: float) -> tuple[float, float]:
    """Start and end of a stretch of time. Raises Problem."""
    start_s, end_s = read_moment(start, "from", now_s), read_moment(end, "to", now_s)
    if start_s >= end_s:
        raise invalid("from", "the window begins at its end, or later", "state a from that is before to")
    return start_s, end_s


def _ago(text: str, where: str) -> float:
    try:
        return parse_duration(text, what=where)
    except UsageError as error:
        raise invalid(where, str(error), _REMEDY) from None


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else -1.0


def _iso(text: str, where: str) -> float:
    """In UTC where no zone is stated. A + that was not escaped in a URL arrives as a space."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _unreadable(where) from None


def _unreadable(where: str) -> Problem:
    return invalid(where, "this is no moment", _REMEDY)
