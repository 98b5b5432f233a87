"""The pieces of a seed plan that are moments and spans of time."""

from datetime import UTC, date, datetime
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_duration
from plimsoll.data.plan.numbers import refuse

# Moments are reckoned in microseconds as floating-point numbers, exact until 2255; people are born 80 years before now.
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2250
SPAN_MAX_S: Final = 100 * 366 * 86_400.0
_EXAMPLE: Final = 'as "90s", "2h", "365d"'
_NOW: Final = "now = 2026-06-30T18:00:00Z"


def seconds(said: Any, where: str) -> float:
    """A duration, up to a hundred years. Raises UsageError."""
    if not isinstance(said, str | int | float) or isinstance(said, bool):
        refuse(where, f"{said!r} is no duration", _EXAMPLE)
    try:
        found = parse_duration(said)
    except UsageError:
        refuse(where, f"{said!r} is no duration", _EXAMPLE)
    if found > SPAN_MAX_S:
        refuse(where, f"{said!r} is more than a hundred years", _EXAMPLE)
    return found


def moment(said: Any, where: str, remedy: str = _NOW) -> datetime:
    """UTC without a zone; a time without one is taken as UTC. Raises UsageError."""
    if isinstance(said, date) and not YEAR_MIN <= said.year <= YEAR_MAX:
        refuse(where, f"{said} is not from {YEAR_MIN} to {YEAR_MAX}", remedy)
    if isinstance(said, datetime):
        return said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else said
    if isinstance(said, date):
        return datetime(said.year, said.month, said.day)  # noqa: DTZ001  # UTC without a zone is our form
    why = "it is missing, and data that cannot be made again proves nothing" if said is None else f"{said!r} is no time"
    raise UsageError("wrong seed plan", where=where, why=why, remedy=remedy)
