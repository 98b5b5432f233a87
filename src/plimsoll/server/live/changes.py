"""What changed, and in which order: each look, each alert's change gets the next number."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey

SEEN_MAX: Final = 2_000  # looks remembered for those who resume: about half an hour; who comes later starts afresh
ROOM_SHARE: Final = 0.1  # of the series that make room for new ones, those that did not change for longest
LOGGED_MAX: Final = 500  # events, and changes of alerts; older ones are in the history


@dataclass(frozen=True, slots=True)
class Seen:
    """A look: its number, whose it was, and the time of its points."""

    number: int
    source: str
    at_s: float


class Log:
    """The last things of a kind with their numbers. `dropped` is the number of the newest that was dropped."""

    def __init__(self, size: int = LOGGED_MAX) -> None:
        self._entries: deque[tuple[int, dict[str, Any]]] = deque(maxlen=size)
        self.dropped = 0

    def add(self, number: int, entry: dict[str, Any]) -> None:
        if len(self._entries) == self._entries.maxlen:
            self.dropped = self._entries[0][0]
        self._entries.append((number, entry))

    def since(self, number: int) -> list[dict[str, Any]]:
        return [entry for at, entry in self._entries if at > number]

    def whole_since(self, number: int) -> bool:
        """Whether nothing after this number was dropped."""
        return self.dropped <= number


class Changes:
    """`put` is an observer of the board. Numbers begin at the milliseconds since 1970 at which we began, so that a
    number of an earlier server is known for one."""

    def __init__(self, first: int | None = None, series_max: int = 5_000) -> None:
        self.number = self.first = int(time.time() * 1000) if first is None else first
        self.events = Log()
        self.alerts = Log()
        self.source_of: dict[SeriesKey, str] = {}
        self._series_max = series_max
        self._series: dict[SeriesKey, int] = {}
        self.source_of_detail: dict[str, str] = {}
        self._details: dict[str, int] = {}
        self._seen: deque[Seen] = deque(maxlen=SEEN_MAX)

    def put(self, observation: Observation) -> None:
        self.number += 1
        for key in observation.values:
            if key not in self._series and len(self._series) >= self._series_max:
                self._make_room()
            if key in self._series or len(self._series) < self._series_max:
                self._series[key] = self.number
                self.source_of[key] = observation.source
        for kind in observation.details:
            self._details[kind] = self.number
            self.source_of_detail[kind] = observation.source
        for event in observation.events:
            self.events.add(self.number, event_json(event))
        self._seen.append(Seen(self.number, observation.source, observation.at_s))

    def _make_room(self) -> None:
        """Of those that are not of this look."""
        old = sorted((changed, key) for key, changed in self._series.items() if changed < self.number)
        for _, key in old[: max(1, int(self._series_max * ROOM_SHARE))]:
            del self._series[key], self.source_of[key]

    def alert(self, change: dict[str, Any]) -> None:
        """An alert changed its state."""
        self.number += 1
        self.alerts.add(self.number, change)

    def mark(self, kind: str) -> None:
        """Something else changed: the status, the runs."""
        self.number += 1
        self._details[kind] = self.number

    def series_since(self, number: int) -> Iterator[SeriesKey]:
        return (key for key, changed in self._series.items() if changed > number)

    def series(self) -> Iterator[SeriesKey]:
        yield from self._series

    def changed(self, kind: str) -> int:
        """The number at which a document last changed, or what was marked; 0 where it never did."""
        return self._details.get(kind, 0)

    def last_seen(self, number: int) -> dict[str, float] | None:
        """By source the time of its last points up to a number. None where that is not known (any more)."""
        remembers = bool(self._seen) and self._seen[0].number <= number + 1
        if not self.first <= number <= self.number or not (remembers or number == self.number):
            return None
        times: dict[str, float] = {}
        for seen in self._seen:
            if seen.number > number:
                break
            times[seen.source] = seen.at_s
        return times


def event_json(event: Event) -> dict[str, Any]:
    return {"at_s": event.at_s, "kind": event.kind, "text": event.text, "source": event.source}
