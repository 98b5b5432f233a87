"""Windows of series on one grid of time: what a chart is drawn from, small enough to send often."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

POINTS_MAX: Final = 300  # of a line: more than a chart has room for
JITTER: Final = 1.25  # a step is so much longer than the distance of two looks, else late looks would seem to be gaps
HIGHEST: Final = ("of", "highest")  # the label of a line of peaks
_STEPS_S: Final = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600, 7200, 14_400)


@dataclass(frozen=True, slots=True)
class Columns:
    """`times` are where the steps begin; a line has one value for each, None where nothing was measured."""

    step_s: float
    times: Sequence[float]
    lines: Sequence[Sequence[float | None]]


def columns(windows: Sequence[SeriesWindow], start_s: float, end_s: float, points_max: int = POINTS_MAX) -> Columns:
    """The mean of each step, on a grid that stays where it is while time goes on."""
    step = _step(windows, (end_s - start_s) / points_max)
    first, last = ceil(start_s / step), int(end_s // step)
    times = [number * step for number in range(first, last + 1)]
    return Columns(step, times, [_means(window, step, first, len(times)) for window in windows])


def peaks(window: SeriesWindow, start_s: float, end_s: float) -> SeriesWindow | None:
    """The highest that was measured in each step, which a mean does not show; None where a step is about a look."""
    step = _step([window], (end_s - start_s) / POINTS_MAX)
    if not window.resolution_s and step < 2 * distance(window):
        return None
    highest: dict[float, float] = {}
    for at, value in zip(window.times, window.high, strict=True):
        began = at // step * step
        highest[began] = max(value, highest.get(began, value))
    key = SeriesKey(window.key.name, (*window.key.labels, HIGHEST))
    times, values = list(highest), list(highest.values())
    return SeriesWindow(key, window.info, step, times, values, values, values)


def _step(windows: Sequence[SeriesWindow], least_s: float) -> float:
    needed = max([least_s, *(distance(window) for window in windows)])
    return float(next((step for step in _STEPS_S if step >= needed), ceil(needed)))


def distance(window: SeriesWindow) -> float:
    """How far apart the points of a series are, with room for looks that come late."""
    if window.resolution_s:
        return window.resolution_s
    apart = [after - before for before, after in pairwise(window.times)]
    return median(apart) * JITTER if apart else 0.0


def _means(window: SeriesWindow, step: float, first: int, count: int) -> list[float | None]:
    sums, counts = [0.0] * count, [0] * count
    for at, value in zip(window.times, window.mean, strict=True):
        place = int(at // step) - first
        if 0 <= place < count:
            sums[place] += value
            counts[place] += 1
    return [total / number if number else None for total, number in zip(sums, counts, strict=True)]
