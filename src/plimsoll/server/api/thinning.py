"""Fewer points for a chart: neighbours merged, with the lowest and the highest kept. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import fmean

from plimsoll.core.series.window import SeriesWindow


def thinned(window: SeriesWindow, start_s: float, end_s: float, points_max: int) -> SeriesWindow:
    """At most `points_max` points, each of the same length of time; as it is where it has no more."""
    if len(window.times) <= points_max:
        return window
    step_s = (end_s - start_s) / points_max
    steps, buckets = zip(*_buckets(window.times, start_s, step_s, points_max), strict=True)
    return replace(
        window,
        resolution_s=step_s,
        times=[start_s + step * step_s for step in steps],
        mean=[fmean(window.mean[bucket]) for bucket in buckets],
        low=[min(window.low[bucket]) for bucket in buckets],
        high=[max(window.high[bucket]) for bucket in buckets],
    )


def _buckets(times: Sequence[float], start_s: float, step_s: float, count: int) -> Iterator[tuple[int, slice]]:
    """Which points fall into which step; a step without any is left out. Times are sorted."""

    def step(index: int) -> int:
        return max(0, min(count - 1, int((times[index] - start_s) / step_s)))

    for at, group in groupby(range(len(times)), step):
        indexes = list(group)
        yield at, slice(indexes[0], indexes[-1] + 1)
