"""The last points of every series and the last events, in memory: what live charts and newest values are made of."""

from array import array
from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

POINTS_MAX: Final = 1_000  # of a series
EVENTS_MAX: Final = 500  # then the oldest are forgotten
SERIES_MAX: Final = 5_000  # beyond it new series are refused, and `refused` counts them: 80 MB at most in all


class Points:
    """A ring of times and values, in the order in which they came; a time that is not later replaces nothing."""

    __slots__ = ("_next", "_times", "_values", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._next = 0  # where the next point goes once the ring is full
        self._times = array("d")
        self._values = array("d")

    def add(self, at_s: float, value: float) -> None:
        if len(self._times) < self.size:
            self._times.append(at_s)
            self._values.append(value)
            return
        self._times[self._next] = at_s
        self._values[self._next] = value
        self._next = (self._next + 1) % self.size

    def last(self) -> tuple[float, float]:
        return self._times[self._next - 1], self._values[self._next - 1]

    @property
    def full(self) -> bool:
        """Whether it has forgotten points, or is about to."""
        return len(self._times) == self.size

    def first_s(self) -> float:
        return self._times[self._next if self.full else 0]

    def period_s(self) -> float:
        """Between the last two; 0 where there is but one."""
        return max(0.0, self._times[self._next - 1] - self._times[self._next - 2]) if len(self._times) > 1 else 0.0

    def between(self, start_s: float, end_s: float) -> tuple[list[float], list[float]]:
        """Of a closed stretch of time, in the order of time, also where the clock was set back."""
        times = self._times[self._next :] + self._times[: self._next]
        values = self._values[self._next :] + self._values[: self._next]
        chosen = [(at, value) for at, value in zip(times, values, strict=True) if start_s <= at <= end_s]
        chosen.sort(key=itemgetter(0))
        return [at for at, _ in chosen], [value for _, value in chosen]


class Recent:
    """By series. `put` is an observer of the board."""

    def __init__(self, points_max: int = POINTS_MAX, series_max: int = SERIES_MAX) -> None:
        self._points_max = points_max
        self._series_max = series_max
        self._points: dict[SeriesKey, Points] = {}
        self.refused = 0
        self.events: deque[Event] = deque(maxlen=EVENTS_MAX)

    def put(self, observation: Observation) -> None:
        self.events.extend(observation.events)
        for key, value in observation.values.items():
            points = self._points.get(key) or self._new(key)
            if points is not None:
                points.add(observation.at_s, value)

    def _new(self, key: SeriesKey) -> Points | None:
        if len(self._points) >= self._series_max:
            self.refused += 1
            return None
        return self._points.setdefault(key, Points(self._points_max))

    def keys(self) -> Iterator[SeriesKey]:
        yield from self._points

    def last(self, key: SeriesKey) -> tuple[float, float] | None:
        """Time and value of the newest point."""
        points = self._points.get(key)
        return None if points is None else points.last()

    def period_s(self, key: SeriesKey) -> float:
        """Between the last two points; 0 where that is not known."""
        points = self._points.get(key)
        return 0.0 if points is None else points.period_s()

    def covers(self, key: SeriesKey, start_s: float, before_s: float) -> bool:
        """Whether memory has all that was told since then: it reaches back so far, or as far as there is anything.
        `before_s` is when something was told last before this watch began."""
        points = self._points.get(key)
        return points is not None and (points.first_s() <= start_s or (not points.full and before_s < start_s))

    def window(self, key: SeriesKey, start_s: float, end_s: float) -> SeriesWindow:
        """What memory has of a stretch of time, as measured; empty where it has nothing."""
        points = self._points.get(key)
        times, values = points.between(start_s, end_s) if points is not None else ([], [])
        return SeriesWindow(key, info_of(key.name), 0.0, times, values, values, values)
