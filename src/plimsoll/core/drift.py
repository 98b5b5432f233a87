"""Whether latency and memory drift while the load stays the same: a robust slope with its interval. Pure.

The slope is Theil and Sen's, the median of those between all pairs of points, so that a few bad seconds do not tilt it.
Its 95 % interval is Sen's (1968), from Kendall's statistic, widened because neighbouring seconds resemble each other: n
points that do with a correlation r count as n (1 - r) / (1 + r). A drift is told where the interval is beside 0, and
the change over the time more than a trifle.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.course import Drift, Trend
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.totals import HistogramSum

STEADY_S_MIN: Final = 60.0  # of the same load; before that nothing can be told
POINTS_MIN: Final = 12
POINTS_MAX: Final = 120  # at one more every two neighbours become one
ENDS: Final = 10  # parts, of which the first and the last stand for the ends of a line that goes below 0
TRIFLE: Final = 0.10  # of what it was at the beginning
TRIFLE_MS: Final = 0.05
TRIFLE_BYTES: Final = 10e6
_Z95: Final = 1.959964


def trend(points: Sequence[tuple[float, float]], *, trifle: float) -> Trend | None:
    """The slope of (seconds, value) points; None for too few. Changes below `trifle`, and a tenth, are no drift."""
    if len(points) < POINTS_MIN:
        return None
    at, value = (np.array(column, dtype=np.float64) for column in zip(*points, strict=True))
    first, second = np.triu_indices(len(at), 1)
    slopes = np.sort((value[second] - value[first]) / (at[second] - at[first]))
    slope = float(np.median(slopes))
    centre = float(np.median(value - slope * at))
    low, high = _interval(slopes, len(at), value - slope * at - centre)
    start, end = _ends(value, centre + slope * at[0], centre + slope * at[-1])
    much = max(trifle, TRIFLE * abs(start))
    drifted = (low > 0 or high < 0) and abs(end - start) > much
    return Trend(
        per_hour=round(slope * 3600, 3),
        low=round(low * 3600, 3),
        high=round(high * 3600, 3),
        start=round(float(start), 3),
        end=round(float(end), 3),
        drifted=bool(drifted),
    )


def _ends(value: NDArray[np.float64], start: float, end: float) -> tuple[float, float]:
    if min(start, end) >= 0:
        return start, end
    part = max(1, len(value) // ENDS)
    return float(np.median(value[:part])), float(np.median(value[-part:]))


def _interval(slopes: NDArray[np.float64], n: int, residuals: NDArray[np.float64]) -> tuple[float, float]:
    """The slopes at Sen's ranks, farther out the more neighbours resemble each other."""
    spread = _Z95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18 * _inflation(residuals))
    below = max(0, math.floor((len(slopes) - spread) / 2))
    above = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return float(slopes[below]), float(slopes[above])


def _inflation(residuals: NDArray[np.float64]) -> float:
    """By what the variance is larger than that of independent points."""
    squares = float(np.dot(residuals, residuals))
    if squares == 0:
        return 1.0
    r = min(0.95, max(0.0, float(np.dot(residuals[1:], residuals[:-1])) / squares))
    return (1 + r) / (1 - r)


class _Mean:
    """Of what was known, in a sum and a count."""

    __slots__ = ("_count", "_sum")

    def __init__(self, value: int | None) -> None:
        self._sum = value or 0
        self._count = 0 if value is None else 1

    def take(self, later: "_Mean") -> None:
        self._sum += later._sum
        self._count += later._count

    def value(self) -> float | None:
        return self._sum / self._count if self._count else None


class _Bin:
    """Some seconds together: what ended in them, and how much memory was in use."""

    __slots__ = ("end_s", "generator", "latency", "server", "start_s")

    def __init__(self, interval: Interval) -> None:
        self.start_s = interval.start_s
        self.end_s = interval.start_s + interval.width_s
        self.latency = HistogramSum()
        self.latency.add(Histogram.merged(step.latency for step in interval.steps.values()))
        self.generator = _Mean(interval.generator_memory_bytes)
        self.server = _Mean(interval.server_memory_bytes)

    def take(self, later: "_Bin") -> None:
        self.end_s = later.end_s
        self.latency.add(later.latency.value())
        self.generator.take(later.generator)
        self.server.take(later.server)

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2

    def quantile_ms(self, q: float) -> float | None:
        us = self.latency.value().quantile_us(q)
        return None if us is None else us / 1000


class _Stretch:
    """A time of unchanged load, in at most POINTS_MAX bins of as many intervals each."""

    def __init__(self) -> None:
        self.bins: list[_Bin] = []
        self._each = 1
        self._in_last = 0

    @property
    def lasted_s(self) -> float:
        return self.bins[-1].end_s - self.bins[0].start_s if self.bins else 0.0

    def add(self, interval: Interval) -> None:
        if self.bins and self._in_last < self._each:
            self.bins[-1].take(_Bin(interval))
            self._in_last += 1
            return
        if self.bins:
            self.bins[-1].latency.value()  # what is complete is kept as one histogram
        self.bins.append(_Bin(interval))
        self._in_last = 1
        if len(self.bins) > POINTS_MAX:
            self._halve()

    def _halve(self) -> None:
        for even, odd in zip(self.bins[::2], self.bins[1::2], strict=False):
            even.take(odd)
        odd_one = len(self.bins) % 2
        self.bins = self.bins[::2]
        self._in_last = self._in_last if odd_one else self._each + self._in_last
        self._each *= 2


class DriftWatch:
    """Takes a run's intervals in order, and keeps the longest stretch of unchanged load."""

    def __init__(self) -> None:
        self._best = _Stretch()
        self._current = _Stretch()
        self._level: tuple[int | None, float | None] | None = None

    def add(self, interval: Interval) -> None:
        level = (interval.target_users, interval.target_rate_per_s)
        if interval.warmup or level == (None, None):
            self._level = None
            return
        if level != self._level:
            self._best = max(self._best, self._current, key=lambda stretch: stretch.lasted_s)
            self._current = _Stretch()
            self._level = level
        self._current.add(interval)

    def value(self) -> Drift | None:
        """None where no load stayed the same for long enough to tell."""
        stretch = max(self._best, self._current, key=lambda stretch: stretch.lasted_s)
        bins = stretch.bins
        if stretch.lasted_s < STEADY_S_MIN:
            return None
        return Drift(
            from_s=round(bins[0].start_s, 3),
            to_s=round(bins[-1].end_s, 3),
            p50_ms=_trend(((one.middle_s, one.quantile_ms(0.5)) for one in bins), TRIFLE_MS),
            p95_ms=_trend(((one.middle_s, one.quantile_ms(0.95)) for one in bins), TRIFLE_MS),
            generator_memory_bytes=_trend(((one.middle_s, one.generator.value()) for one in bins), TRIFLE_BYTES),
            server_memory_bytes=_trend(((one.middle_s, one.server.value()) for one in bins), TRIFLE_BYTES),
        )


def _trend(points: Iterable[tuple[float, float | None]], trifle: float) -> Trend | None:
    return trend([(at, value) for at, value in points if value is not None], trifle=trifle)
