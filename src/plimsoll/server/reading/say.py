"""How values, ages and moments are said."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from plimsoll.core.series.info import Unit
from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)


def value(amount: float | None, unit: Unit) -> str:
    """A value with its unit, to three significant digits; "–" where it is not known."""
    return UNKNOWN if amount is None else _FORMS[unit](amount)


def number(amount: float) -> str:
    """A plain number: whole ones whole, others to three significant digits."""
    return format_count(round(amount)) if amount == round(amount) or abs(amount) >= 1000 else f"{amount:.3g}"


def ago(at_s: float | None, now_s: float) -> str:
    """ "3 s ago", "4 min 12 s ago"; "never" where there is no moment."""
    return "never" if at_s is None else f"{format_duration(float(round(max(0.0, now_s - at_s))))} ago"


def clock(at_s: float) -> str:
    """The time of day, of the machine's zone."""
    return f"{datetime.fromtimestamp(at_s).astimezone():%H:%M:%S}"


def moment(at_s: float) -> str:
    """Date, time and zone."""
    return f"{datetime.fromtimestamp(at_s).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{format_count(count)} {one if count == 1 else many or f'{one}s'}"


_FORMS: Final[Mapping[Unit, Callable[[float], str]]] = {
    "percent": lambda amount: format_share(amount / 100) if abs(amount) < 99.95 else f"{amount:.0f} %",
    "bytes": format_bytes,
    "bytes/s": lambda amount: f"{format_bytes(amount)}/s",
    "1/s": format_rate,
    "ms": format_ms,
    "s": lambda amount: format_duration(amount) if amount < 60 else format_duration(float(round(amount))),
    "ms/s": lambda amount: f"{format_ms(amount)}/s",
    "cores": lambda amount: f"{number(amount)} {'core' if amount == 1 else 'cores'}",
    "count": number,
    "transactions": number,
    "yes/no": lambda amount: "yes" if amount else "no",
}
