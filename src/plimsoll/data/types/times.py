"""Dates and times, within the span of the fill where nothing is demanded."""

from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Final

import polars as pl

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Numbers
from plimsoll.data.types.spaces import Counted, OpenSegment, Segment, Space, clipped, in_units, open_segments
from plimsoll.data.types.wanted import Wanted

_DAY_US: Final = 86_400_000_000
_INTERVAL_SPAN_S: Final = 14 * 86_400
_SKEW: Final = 3.0
_LIMITS: Final = (datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001  # what Python's times reach, UTC


def moments(wanted: Wanted) -> Counted:
    """Datetime, as exact as the type."""
    unit = unit_us(wanted.type)
    return Counted(_time_space(wanted, unit), partial(_datetimes, unit=unit), wanted.unique)


def dates(wanted: Wanted) -> Counted:
    """Date."""
    return Counted(_time_space(wanted, _DAY_US), _dates, wanted.unique)


def times_of_day(wanted: Wanted) -> Counted:
    """Time; text for those with a zone."""
    unit = unit_us(wanted.type)
    space = Space.of([(0, _DAY_US // unit - 1)])
    zoned = wanted.type.base == "timetz"
    return Counted(space, partial(_zoned_times if zoned else _times, unit=unit), wanted.unique)


def durations(wanted: Wanted) -> Counted:
    """Text of hours, minutes and seconds, short ones most often."""
    return Counted(Space.of([(1, max(_INTERVAL_SPAN_S, 10 * wanted.different))]), _durations, wanted.unique, _SKEW)


def unit_us(type: DataType) -> int:
    """The microseconds that values of the type lie apart."""
    if type.base == "date":
        return _DAY_US
    digits = type.precision
    return 1 if digits is None else int(10 ** max(6 - digits, 0))


def _time_space(wanted: Wanted, unit: int) -> Space:
    each = Fraction(1, unit)
    now, start = wanted.context.now, wanted.context.now - timedelta(seconds=wanted.context.span_s)
    span = (_whole(start, each), _whole(now, each))
    segments = [_closed(segment, span, wanted.different) for segment in open_segments(wanted.domain, each)]
    recent = clipped(segments, span)
    enough = sum(high - low + 1 for low, high in recent) >= wanted.different
    limits = (_whole(_LIMITS[0], each), _whole(_LIMITS[1], each))
    return Space.of(sorted(recent if enough else clipped(segments, limits)), _excluded(wanted.domain, each))


def _closed(segment: OpenSegment, span: Segment, wanted: int) -> Segment:
    """Ends where there are none: those of the span, or as far off as the span is long."""
    low, high = segment
    width = max(span[1] - span[0], wanted)
    if low is None and high is None:
        return min(span[0], span[1] - width), span[1]
    if low is None:
        assert high is not None
        return min(span[0], high - width), high
    return low, (max(span[1], low + width) if high is None else high)


def _whole(moment: datetime, each: Fraction) -> int:
    return int(in_units(moment, each))


def _excluded(domain: Domain, each: Fraction) -> list[int]:
    found = []
    for text in domain.excluded:
        try:
            exact = in_units(datetime.fromisoformat(text), each)
        except ValueError:
            continue
        if exact == int(exact):
            found.append(int(exact))
    return found


def _datetimes(units: Numbers, unit: int) -> pl.Series:
    return pl.Series(units * unit).cast(pl.Datetime("us"))


def _dates(days: Numbers) -> pl.Series:
    return pl.Series(days).cast(pl.Int32).cast(pl.Date)


def _times(units: Numbers, unit: int) -> pl.Series:
    return pl.Series(units * unit * 1000).cast(pl.Time)


def _zoned_times(units: Numbers, unit: int) -> pl.Series:
    return _times(units, unit).dt.to_string("%H:%M:%S%.6f") + "+00"


def _durations(seconds: Numbers) -> pl.Series:
    parts = [seconds // 3600, seconds // 60 % 60, seconds % 60]
    texts = [pl.Series(part).cast(pl.String).str.zfill(2) for part in parts]
    return texts[0] + ":" + texts[1] + ":" + texts[2]
