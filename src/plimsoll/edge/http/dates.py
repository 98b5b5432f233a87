"""HTTP-date in its three forms (RFC 9110, 5.6.7), to and from seconds since 1970."""

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_MONTHS: Final = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH: Final = rb"(?P<month>" + b"|".join(_MONTHS) + rb")"
_TIME: Final = rb"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_SHORT: Final = rb"(?:mon|tue|wed|thu|fri|sat|sun)"
_LONG: Final = rb"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        _SHORT + rb", (?P<day>[0-9]{2}) " + _MONTH + rb" (?P<year>[0-9]{4}) " + _TIME + rb" GMT",
        _LONG + rb", (?P<day>[0-9]{2})-" + _MONTH + rb"-(?P<year>[0-9]{2}) " + _TIME + rb" GMT",
        _SHORT + rb" " + _MONTH + rb" (?P<day>[0-9]{2}| [0-9]) " + _TIME + rb" (?P<year>[0-9]{4})",
    )
)
_LENGTH_MAX: Final = 40  # "Wednesday, 09-Nov-94 08:49:37 GMT" has 33
_AHEAD_YEARS: Final = 50  # of a year in two digits: beyond that it is in the century before


def parse_date(value: bytes, now_s: float) -> float | None:
    """Seconds since 1970, or None for what is none of the three forms: another zone, another number of digits, a day
    that no month has. The case of names does not matter, and the day of the week is not compared.

    `now_s` only says in which century a year of two digits is: one that looks more than 50 years ahead has passed.
    """
    if len(value) > _LENGTH_MAX:
        return None
    parsed = _parsed(value)
    if parsed is None:
        return None
    at_s, short = parsed
    if not short:
        return at_s
    return _in_century(at_s, now_s)


@lru_cache(maxsize=256)  # the dates of one second, and Last-Modified of what is asked for most
def _parsed(value: bytes) -> tuple[float, bool] | None:
    """Seconds since 1970, and whether the year had two digits (then of the century of 2000)."""
    for form in _FORMS:
        if found := form.fullmatch(value):
            year = found["year"]
            month = _MONTHS.index(found["month"].lower()) + 1
            second = min(int(found["second"]), 59)  # a leap second: as the one before it
            full = int(year) + (2000 if len(year) == 2 else 0)
            if int(found["second"]) > 60:
                return None
            try:
                at = datetime(
                    full, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, tzinfo=UTC
                )
            except ValueError:
                return None
            return float(timegm(at.utctimetuple())), len(year) == 2
    return None


def _in_century(at_s: float, now_s: float) -> float:
    at, now = datetime.fromtimestamp(at_s, UTC), datetime.fromtimestamp(now_s, UTC)
    century = now.year - now.year % 100 - 2000
    year = at.year + century
    if year > now.year + _AHEAD_YEARS:
        year -= 100
    elif year < now.year - _AHEAD_YEARS:
        year += 100
    try:
        return at.replace(year=year).timestamp()
    except ValueError:  # 29 February, in a century whose year has none
        return at.replace(year=year, day=28).timestamp()


def format_date(at_s: float) -> bytes:
    """As IMF-fixdate, whole seconds: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(at_s))
    day, month = _DAYS[at.weekday()], _MONTH_NAMES[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year:04} {at:%H:%M:%S} GMT".encode("ascii")
