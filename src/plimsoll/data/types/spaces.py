"""Countable values: a space of integers, and generators that pick from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import SIZE_MAX, key, permutation
from plimsoll.data.domain import Bound, Domain, Limit, Unsatisfiable
from plimsoll.data.drawing import Draw, Numbers

Segment = tuple[int, int]  # both ends are in it
OpenSegment = tuple[int | None, int | None]
INT64_MAX: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # times here are UTC without a zone


@dataclass(frozen=True, slots=True)
class Space:
    """Integers in disjoint segments without those excluded, numbered from 0; at most 2**53 of them."""

    lows: tuple[int, ...]
    starts: tuple[int, ...]  # the place of each segment's low
    holes: tuple[int, ...]  # places, rising, that are left out
    size: int

    @classmethod
    def of(cls, segments: Sequence[Segment], excluded: Iterable[int] = ()) -> "Space":
        """Raises Unsatisfiable if nothing is left."""
        lows, starts, holes, total = [], [], set(), 0
        unwanted = set(excluded)
        for low, high in segments:
            size = min(high - low + 1, SIZE_MAX - total)
            if size > 0:
                lows.append(low)
                starts.append(total)
                holes |= {total + value - low for value in unwanted if low <= value < low + size}
                total += size
        if total <= len(holes):
            raise Unsatisfiable("no value lies within the limits")
        return cls(tuple(lows), tuple(starts), tuple(sorted(holes)), total - len(holes))

    def at(self, places: Numbers) -> Numbers:
        """The integers in these places (0 <= place < size)."""
        if self.holes:
            holes = np.array(self.holes, dtype=np.int64)
            places = places + np.searchsorted(holes - np.arange(len(holes)), places, side="right")
        if len(self.lows) == 1:
            return places + self.lows[0]
        starts = np.array(self.starts, dtype=np.int64)
        segment = np.searchsorted(starts, places, side="right") - 1
        moved: Numbers = np.array(self.lows, dtype=np.int64)[segment] + (places - starts[segment])
        return moved

    def place_from(self, values: Numbers) -> Numbers:
        """The place of the first integer that is not below each value; `size` where all are. Segments must rise."""
        lows, starts = np.array(self.lows, dtype=np.int64), np.array(self.starts, dtype=np.int64)
        sizes = np.diff(starts, append=self.size + len(self.holes))
        segment = np.searchsorted(lows + sizes - 1, values, side="left")
        at = np.minimum(segment, len(lows) - 1)
        places = starts[at] + np.clip(values - lows[at], 0, sizes[at])
        found: Numbers = places - np.searchsorted(np.array(self.holes, dtype=np.int64), places, side="left")
        return found


@dataclass(frozen=True, slots=True)
class Counted:
    """Values that integers stand for: `form` is injective. A skew above 1 favours the first."""

    space: Space
    form: Callable[[Numbers], pl.Series]
    unique: bool = False
    skew: float = 1.0

    @property
    def capacity(self) -> int | None:
        return self.space.size

    def values(self, draw: Draw) -> pl.Series:
        return self.form(self.space.at(self._places(draw)))

    def _places(self, draw: Draw) -> Numbers:
        if self.unique:
            return permutation(key(draw.key, "place"), draw.n, self.space.size)
        if self.skew == 1.0:
            return draw.ints(self.space.size, "place")
        places = (draw.floats("place") ** self.skew * self.space.size).astype(np.int64)
        return np.minimum(places, self.space.size - 1)


def open_segments(domain: Domain, units_each: Fraction) -> list[OpenSegment]:
    """The domain's bounds in whole units (of which there are `units_each` in 1, or in a microsecond)."""
    low, high = _least(domain.low, units_each), _most(domain.high, units_each)
    found = []
    for first, last in domain.intervals or ((None, None),):
        start, end = _tightest(max, low, _least(first, units_each)), _tightest(min, high, _most(last, units_each))
        if start is None or end is None or start <= end:
            found.append((start, end))
    if not found:
        raise Unsatisfiable("no value lies within the limits")
    return found


def in_units(limit: Limit, units_each: Fraction) -> Fraction:
    """A number, or the microseconds since 1970, in units."""
    if isinstance(limit, Decimal):
        return Fraction(limit) * units_each
    moment = limit if isinstance(limit, datetime) else _midnight(limit)
    since = moment.replace(tzinfo=None) - _EPOCH
    return Fraction((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * units_each


def closed(segment: OpenSegment, width: int, wanted: int, first: int = 0) -> Segment:
    """Ends where there are none: about `width` values from `first` up, at least `wanted`."""
    low, high = segment
    width = max(width, wanted)
    if low is None and high is None:
        return first, first + width - 1
    if low is None:
        assert high is not None
        return (first if high - first + 1 >= max(wanted, 1) else high - width + 1), high
    return low, (low + width - 1 if high is None else high)


def clipped(segments: Iterable[Segment], limits: Segment) -> list[Segment]:
    """What lies within the limits."""
    cut = [(max(low, limits[0]), min(high, limits[1])) for low, high in segments]
    return [(low, high) for low, high in cut if low <= high]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def _least(bound: Bound | None, units_each: Fraction) -> int | None:
    if bound is None:
        return None
    exact = in_units(bound.value, units_each)
    whole = ceil(exact)
    return whole + 1 if whole == exact and not bound.inclusive else whole


def _most(bound: Bound | None, units_each: Fraction) -> int | None:
    if bound is None:
        return None
    exact = in_units(bound.value, units_each)
    whole = floor(exact)
    return whole - 1 if whole == exact and not bound.inclusive else whole


def _tightest(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
