"""Watched series laid on the points of a run's timeline: one value for each point, gaps left as gaps. Pure."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from plimsoll.core.recorded import Recorded
from plimsoll.core.series.window import SeriesWindow

Values = list[float | None]
GAP_PERIODS: Final = 2.5  # points farther apart than so many of the usual distance have a gap between them
TOUCHED_S: Final = 1e-3  # less is a matter of rounding


class Slots:
    """The points of a timeline: the middle of each in seconds since the load began, all equally wide."""

    def __init__(self, began_s: float, middles_s: Sequence[float], width_s: float) -> None:
        self._began_s = began_s
        self._width_s = width_s
        self._first_s = middles_s[0] - width_s / 2 if middles_s else 0.0
        self.count = len(middles_s)

    def of(self, window: SeriesWindow) -> Values:
        """The mean over each, in which a value stands for the time since the one before it, as rates do."""
        totals = [0.0] * self.count
        seconds = [0.0] * self.count
        for begin_s, end_s, value in self._stretches(window):
            for at, covered_s in self._covered(begin_s, end_s):
                totals[at] += value * covered_s
                seconds[at] += covered_s
        return [total / known if known else None for total, known in zip(totals, seconds, strict=True)]

    def highest(self, window: SeriesWindow) -> Values:
        """Of a number that is counted at a moment: the highest at any of each; where none is, what was counted next."""
        found: Values = [None] * self.count
        between: Values = [None] * self.count
        for (begin_s, end_s, _), high in zip(self._stretches(window), window.high, strict=True):
            touched = [at for at, _ in self._covered(begin_s, end_s)]
            for at in touched:
                between[at] = high
            for at in touched[-1:]:
                found[at] = max(high, found[at] or 0.0)
        return [alike if at is None else at for at, alike in zip(found, between, strict=True)]

    def _stretches(self, window: SeriesWindow) -> Iterator[tuple[float, float, float]]:
        """(begin, end, value) in seconds since the load began."""
        ends = [at + window.resolution_s - self._began_s for at in window.times]
        usual_s = window.resolution_s or (median(b - a for a, b in pairwise(ends)) if len(ends) > 1 else self._width_s)
        befores = [ends[0] - usual_s, *ends] if ends else []
        for before_s, end_s, value in zip(befores, ends, window.mean, strict=False):
            yield (before_s if end_s - before_s <= usual_s * GAP_PERIODS else end_s - usual_s), end_s, value

    def _covered(self, begin_s: float, end_s: float) -> Iterator[tuple[int, float]]:
        """The points that a stretch touches, and for how long."""
        begin, end = ((at - self._first_s) / self._width_s for at in (begin_s, end_s))
        for at in range(max(0, math.floor(begin)), min(self.count, math.ceil(end))):
            covered_s = (min(end, at + 1) - max(begin, at)) * self._width_s
            if covered_s > TOUCHED_S:
                yield at, covered_s


def over(slots: Slots, windows: Iterable[SeriesWindow], combine: Callable[[list[float]], float]) -> Values:
    """Several series as one: what is known of each point, combined."""
    known = [slots.of(window) for window in windows]
    columns = ([value for value in column if value is not None] for column in zip(*known, strict=True))
    return [combine(column) if column else None for column in columns] if known else [None] * slots.count


def one(slots: Slots, recorded: Recorded, name: str, **labels: str) -> Values:
    """The sum of the series of this name that have these labels."""
    return over(slots, recorded.named(name, *sorted(labels.items())), sum)


def highest(slots: Slots, recorded: Recorded, name: str) -> Values:
    """The one series of this name that counts whole things at a moment, whose mean would be none of them."""
    return next((slots.highest(window) for window in recorded.named(name)), [None] * slots.count)


def scaled(values: Values, by: float) -> Values:
    return [None if value is None else value * by for value in values]
