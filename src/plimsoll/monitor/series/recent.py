"""The last points of every series and the last events, in memory: what live charts and newest values are made of."""

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan, nan
from operator import itemgetter
from typing import Final

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

POINTS_MAX: Final = 1_000  # of a series
EVENTS_MAX: Final = 500  # then the oldest are forgotten
SOURCE_SERIES_MAX: Final = 2_000  # of a collector: none takes the room of another
SERIES_MAX: Final = 5_000  # in all: 20 MB at most. What there is no room for is refused, and `refused` counts it


class Track:
    """The last looks of a collector: their times, and beside them what each of its series was then (NaN: not told).

    Values are kept to seven digits, which is what a chart can show.
    """

    __slots__ = ("_columns", "_next", "_size", "_times")

    def __init__(self, size: int) -> None:
        self._size = size
        self._next = 0  # where the next look goes once the ring is full
        self._times = array("d")
        self._columns: dict[SeriesKey, array[float]] = {}

    def add(self, at_s: float, told: Mapping[SeriesKey, float]) -> None:
        """Of series that are not here before, nothing is kept: see `begin`."""
        if len(self._times) < self._size:
            self._times.append(at_s)
            for key, column in self._columns.items():
                column.append(told.get(key, nan))
            return
        self._times[self._next] = at_s
        for key, column in self._columns.items():
            column[self._next] = told.get(key, nan)
        self._next = (self._next + 1) % self._size

    def begin(self, key: SeriesKey) -> None:
        self._columns[key] = array("f", [nan]) * len(self._times)

    def end(self, key: SeriesKey) -> None:
        del self._columns[key]

    def __len__(self) -> int:
        """How many series there are."""
        return len(self._columns)

    @property
    def full(self) -> bool:
        """Whether it has forgotten looks, or is about to."""
        return len(self._times) == self._size

    def between(self, key: SeriesKey, start_s: float, end_s: float) -> tuple[list[float], list[float]]:
        """Of a closed stretch of time, in the order of time, also where the clock was set back."""
        column = self._columns[key]
        looks = zip((*self._times[self._next :], *self._times[: self._next]),
                    (*column[self._next :], *column[: self._next]), strict=True)  # fmt: skip
        chosen = [(at, value) for at, value in looks if start_s <= at <= end_s and not isnan(value)]
        chosen.sort(key=itemgetter(0))
        return [at for at, _ in chosen], [value for _, value in chosen]


@dataclass(slots=True)
class Known:
    """A series: whose it is, its first and its last point, and the time from the one before to that."""

    source: str
    first_s: float
    at_s: float
    value: float
    period_s: float = 0.0


class Recent:
    """By series. `put` is an observer of the board."""

    def __init__(
        self, points_max: int = POINTS_MAX, series_max: int = SERIES_MAX, source_series_max: int = SOURCE_SERIES_MAX
    ) -> None:
        self._points_max = points_max
        self._series_max = series_max
        self._source_series_max = source_series_max
        self._known: dict[SeriesKey, Known] = {}
        self._tracks: dict[str, Track] = {}
        self.refused = 0
        self.events: deque[Event] = deque(maxlen=EVENTS_MAX)

    def put(self, observation: Observation) -> None:
        self.events.extend(observation.events)
        if not observation.values:
            return
        source, at_s = observation.source, observation.at_s
        track = self._tracks.setdefault(source, Track(self._points_max))
        self._admit(observation, track)
        track.add(at_s, observation.values)
        for key, value in observation.values.items():
            known = self._known.get(key)
            if known is not None:
                known.period_s = max(0.0, at_s - known.at_s)
                known.at_s, known.value = at_s, value

    def _admit(self, observation: Observation, track: Track) -> None:
        """New series, in the place of those that their collector tells no more where there is no room."""
        source = observation.source
        new = [key for key in observation.values if (known := self._known.get(key)) is None or known.source != source]
        room = min(self._source_series_max - len(track), self._series_max - len(self._known))
        stale = self._stale(observation) if len(new) > room else []
        for key in new:
            if key in self._known:
                self._forget(key)  # it is of another collector now
            elif room > 0:
                room -= 1
            elif stale:
                self._forget(stale.pop())
            else:
                self.refused += 1
                continue
            track.begin(key)
            self._known[key] = Known(source, observation.at_s, observation.at_s, nan)

    def _stale(self, observation: Observation) -> list[SeriesKey]:
        """Series of the same collector that it does not tell now, the one unseen for longest last."""
        mine = ((key, one) for key, one in self._known.items() if one.source == observation.source)
        unseen = [(one.at_s, key) for key, one in mine if key not in observation.values]
        return [key for _, key in sorted(unseen, key=itemgetter(0), reverse=True)]

    def _forget(self, key: SeriesKey) -> None:
        self._tracks[self._known.pop(key).source].end(key)

    def keys(self) -> Iterator[SeriesKey]:
        yield from self._known

    def last(self, key: SeriesKey) -> tuple[float, float] | None:
        """Time and value of the newest point."""
        known = self._known.get(key)
        return None if known is None else (known.at_s, known.value)

    def period_s(self, key: SeriesKey) -> float:
        """Between the last two points; 0 where that is not known."""
        known = self._known.get(key)
        return 0.0 if known is None else known.period_s

    def covers(self, key: SeriesKey, start_s: float, before_s: float) -> bool:
        """Whether memory has all that was told since then: it reaches back so far, or as far as there is anything.
        `before_s` is when something was told last before this watch began."""
        known = self._known.get(key)
        if known is None:
            return False
        track = self._tracks[known.source]
        times, _ = track.between(key, 0.0, float("inf")) if track.full else ([known.first_s], [])
        return bool(times) and (times[0] <= start_s or (not track.full and before_s < start_s))

    def window(self, key: SeriesKey, start_s: float, end_s: float) -> SeriesWindow:
        """What memory has of a stretch of time, as measured; empty where it has nothing."""
        known = self._known.get(key)
        times, values = ([], []) if known is None else self._tracks[known.source].between(key, start_s, end_s)
        return SeriesWindow(key, info_of(key.name), 0.0, times, values, values, values)
