"""One series as it lies in the file, with what is not packed yet: what there is, and any stretch of it."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from operator import itemgetter
from typing import Final

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.choosing import Held, choose, merge_step
from plimsoll.monitor.series.packing import short, unpack_points
from plimsoll.monitor.series.rollups import LEVELS_S, SLOTS, Rollup, coarser, merged, rolled_points, unpack

_RAW_EXTENT: Final = """
SELECT (SELECT first_ms FROM raw WHERE series = :series ORDER BY last_ms LIMIT 1),
       (SELECT last_ms FROM raw WHERE series = :series ORDER BY last_ms DESC LIMIT 1)
"""
_RAW_COUNT: Final = """
SELECT coalesce(sum(points), 0) FROM raw WHERE series = :series AND last_ms >= :first AND first_ms <= :last
"""
_RAW: Final = """
SELECT first_ms, data FROM raw WHERE series = :series AND last_ms >= :first AND first_ms <= :last ORDER BY last_ms
"""
_ROLLUP_EXTENT: Final = """
SELECT (SELECT first_ms FROM rollup WHERE step_s = :step AND series = :series ORDER BY block LIMIT 1),
       (SELECT last_ms FROM rollup WHERE step_s = :step AND series = :series ORDER BY block DESC LIMIT 1)
"""
_ROLLUP: Final = """
SELECT block, data FROM rollup
WHERE step_s = :step AND series = :series AND block BETWEEN :first AND :last ORDER BY block
"""
Points = tuple[Sequence[float], Sequence[float]]
NO_POINTS: Final[Points] = ((), ())


@dataclass(frozen=True, slots=True)
class Extent:
    """From the oldest to the newest, in seconds since 1970."""

    oldest_s: float
    newest_s: float


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """`number` None: the file does not know it. `fresh` are its points that are not packed, in the order of time."""

    connection: sqlite3.Connection
    key: SeriesKey
    number: int | None
    fresh: Points

    def window(self, start_s: float, end_s: float, points_max: int) -> SeriesWindow:
        """At most `points_max` points of a closed stretch of time, in the resolution that this allows."""
        extents = {step_s: self._extent(step_s) for step_s in (0, *LEVELS_S)}
        whole = _whole(extents)
        start_s, end_s = max(start_s, whole.oldest_s), min(end_s, whole.newest_s)
        if end_s < start_s:
            return _as_measured(self.key, NO_POINTS)
        held = [self._held(step_s, extent, start_s, end_s) for step_s, extent in extents.items()]
        chosen = choose(held, start_s)
        if chosen.step_s == 0:
            return window_of(self.key, self._raw(start_s, end_s), points_max)
        return _rolled(self.key, self._rollup(chosen.step_s, start_s, end_s), start_s, end_s, points_max)

    def _extent(self, step_s: int) -> Extent | None:
        query = _ROLLUP_EXTENT if step_s else _RAW_EXTENT
        first_ms, last_ms = self.connection.execute(query, {"series": self.number, "step": step_s}).fetchone()
        ends = [] if first_ms is None else [first_ms / 1000, last_ms / 1000]
        times = self.fresh[0]
        if times:
            ends += [times[0], times[-1]] if step_s == 0 else [times[0] // step_s * step_s, times[-1]]
        return Extent(min(ends), max(ends)) if ends else None

    def _held(self, step_s: int, extent: Extent | None, start_s: float, end_s: float) -> Held:
        if extent is None:
            return Held(step_s, None, 0)
        if step_s == 0:
            return Held(0, extent.oldest_s, self._raw_points(start_s, end_s))
        return Held(step_s, extent.oldest_s, ceil((end_s - max(start_s, extent.oldest_s)) / step_s) + 1)

    def _raw_points(self, start_s: float, end_s: float) -> int:
        """At most so many: blocks that lie across an end count in full."""
        stored = self.connection.execute(_RAW_COUNT, self._between(start_s, end_s)).fetchone()[0]
        return int(stored) + len(_cut(self.fresh, start_s, end_s)[0])

    def _between(self, start_s: float, end_s: float) -> dict[str, int | None]:
        return {"series": self.number, "first": int(start_s * 1000), "last": ceil(end_s * 1000)}

    def _raw(self, start_s: float, end_s: float) -> Points:
        rows = self.connection.execute(_RAW, self._between(start_s, end_s))
        parts = [*(unpack_points(data, first_ms) for first_ms, data in rows), self.fresh]
        return _chained([_cut(part, start_s, end_s) for part in parts])

    def _rollup(self, step_s: int, start_s: float, end_s: float) -> Rollup:
        """Every stretch that the window touches, in full."""
        first, last = int(start_s // step_s), int(end_s // step_s)
        asked = {"step": step_s, "series": self.number, "first": first // SLOTS, "last": last // SLOTS}
        parts = [unpack(block, step_s, data) for block, data in self.connection.execute(_ROLLUP, asked)]
        parts.append(rolled_points(*self.fresh, step_s))
        whole = merged(parts, step_s)
        return whole.part(bisect_left(whole.slots, first), bisect_right(whole.slots, last))


def window_of(key: SeriesKey, points: Points, points_max: int) -> SeriesWindow:
    """Of points in the order of time: as they were measured if they are few enough, else merged."""
    times, values = points
    if len(times) <= points_max:
        return _as_measured(key, points)
    step_s = merge_step(1, times[0], times[-1], points_max)
    return _rolled(key, rolled_points(times, values, step_s), times[0], times[-1], points_max)


def _whole(extents: Mapping[int, Extent | None]) -> Extent:
    """From the finest to the coarsest: a roll-up's ends count where they are farther by more than its step."""
    oldest_s, newest_s = inf, -inf
    for step_s, extent in extents.items():
        if extent is not None:
            oldest_s = extent.oldest_s if extent.oldest_s + step_s <= oldest_s else oldest_s
            newest_s = extent.newest_s if extent.newest_s - step_s >= newest_s else newest_s
    return Extent(oldest_s, newest_s)


def _cut(points: Points, start_s: float, end_s: float) -> Points:
    times, values = points
    begin, end = bisect_left(times, start_s), bisect_right(times, end_s)
    return times[begin:end], values[begin:end]


def _chained(parts: Sequence[Points]) -> Points:
    """In the order of time, also where a clock was set back between two of them."""
    times = [at for part in parts for at in part[0]]
    values = [value for part in parts for value in part[1]]
    if all(before <= after for before, after in pairwise(times)):
        return times, values
    inorder = sorted(zip(times, values, strict=True), key=itemgetter(0))
    return [at for at, _ in inorder], [value for _, value in inorder]


def _as_measured(key: SeriesKey, points: Points) -> SeriesWindow:
    values = short(points[1])
    return SeriesWindow(key, info_of(key.name), 0.0, points[0], values, values, values)


def _rolled(key: SeriesKey, rollup: Rollup, start_s: float, end_s: float, points_max: int) -> SeriesWindow:
    step_s = merge_step(rollup.step_s, start_s, end_s, points_max)
    made = rollup if step_s == rollup.step_s else coarser(rollup, step_s)
    times = [float(slot * step_s) for slot in made.slots]
    mean, low, high = short(made.mean), short(made.low), short(made.high)
    return SeriesWindow(key, info_of(key.name), float(step_s), times, mean, low, high)
