"""Windows, documents and events read back, by a connection of its own that only reads, beside whoever writes."""

import json
import sqlite3
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf, isfinite
from pathlib import Path
from typing import Any, Final, TypeVar

from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.documents import WITH_TEXTS, unpack_document, with_texts
from plimsoll.monitor.series.files import open_to_read, snapshot
from plimsoll.monitor.series.looks import Look, numbers_of, points_of
from plimsoll.monitor.series.stored import NO_POINTS, Points, StoredSeries

T = TypeVar("T")
POINTS_MAX: Final = 1_000  # of a window
DETAILS_MAX: Final = 1_000  # of one answer
EVENTS_MAX: Final = 10_000
_KEYS: Final = """
SELECT key FROM series WHERE id IN (
    SELECT series FROM rollup WHERE step_s = 900 AND last_ms >= :first AND first_ms <= :last
)
"""
_FRESH_KEYS: Final = "SELECT DISTINCT ids FROM look WHERE at_ms BETWEEN :first AND :last"
_DETAILS: Final = """
SELECT id FROM detail WHERE kind = :kind AND at_ms BETWEEN :first AND :last ORDER BY at_ms DESC LIMIT :limit
"""
_TEXTS: Final = "SELECT query_id, query FROM statement"
_DETAIL: Final = "SELECT at_ms, data FROM detail WHERE id = ?"
_EVENTS: Final = """
SELECT at_ms, kind, text, source FROM event
WHERE at_ms BETWEEN :first AND :last AND (:kind = '' OR kind = :kind) ORDER BY at_ms DESC LIMIT :limit
"""
Unwritten = Sequence[tuple[int, Observation]]
"""Looks that their writer has not written yet, each with its number in the writer's count."""


class SeriesReader:
    """Of one file; may be used by several threads. Raises SeriesStoreError where the file cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_to_read(path)
        self._lock = threading.Lock()

    def __enter__(self) -> "SeriesReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def read(
        self,
        keys: Sequence[SeriesKey],
        start_s: float = 0.0,
        end_s: float = inf,
        points_max: int = POINTS_MAX,
        unwritten: Unwritten = (),
    ) -> list[SeriesWindow]:
        """A window of each, of at most `points_max` points: as measured if they are so few, else merged."""
        with self._moment():
            numbers = {key: number for key in keys if (number := self._number(key)) is not None}
            fresh = self._fresh(numbers)
            later = self._later(keys, unwritten)
            return [
                StoredSeries(self._connection, key, numbers.get(key), _joined(fresh.get(key), later[key])).window(
                    start_s, end_s, points_max
                )
                for key in keys
            ]

    def keys(self, start_s: float = 0.0, end_s: float = inf, unwritten: Unwritten = ()) -> list[SeriesKey]:
        """Of the series that have points there, to a quarter of an hour, sorted."""
        between = _between(start_s, end_s)
        with self._moment():
            found = {str(key) for (key,) in self._connection.execute(_KEYS, between)}
            fresh = {number for (ids,) in self._connection.execute(_FRESH_KEYS, between) for number in numbers_of(ids)}
            known = self._connection.execute("SELECT id, key FROM series") if fresh else ()
            found |= {str(key) for number, key in known if number in fresh}
        later = {key for _, seen in unwritten if start_s <= seen.at_s <= end_s for key in seen.values}
        return sorted({parse_series(key) for key in found} | later)

    def details(
        self, kind: str, start_s: float = 0.0, end_s: float = inf, limit: int = DETAILS_MAX
    ) -> list[tuple[float, Mapping[str, Any]]]:
        """The newest documents of a kind, with their times, in the order of time."""
        return self.fold_details(list, kind, start_s, end_s, limit)

    def fold_details(
        self,
        fold: Callable[[Iterator[tuple[float, Mapping[str, Any]]]], T],
        kind: str,
        start_s: float = 0.0,
        end_s: float = inf,
        limit: int = DETAILS_MAX,
    ) -> T:
        """What `fold` makes of them, which is handed one after the other: many need not be in memory at once."""
        asked = _between(start_s, end_s) | {"kind": kind, "limit": limit}
        with self._moment():
            numbers = [number for (number,) in self._connection.execute(_DETAILS, asked)]
            rows = (self._connection.execute(_DETAIL, (number,)).fetchone() for number in reversed(numbers))
            texts = dict(self._connection.execute(_TEXTS)) if kind == WITH_TEXTS else {}
            found = ((at_ms / 1000, unpack_document(data)) for at_ms, data in rows)
            return fold((at_s, with_texts(one, texts) if texts else one) for at_s, one in found)

    def events(self, start_s: float = 0.0, end_s: float = inf, limit: int = EVENTS_MAX, kind: str = "") -> list[Event]:
        """The newest, in the order of time; of one kind where that is stated."""
        asked = _between(start_s, end_s) | {"limit": limit, "kind": kind}
        with self._moment():
            rows = self._connection.execute(_EVENTS, asked).fetchall()
        return [Event(at_ms / 1000, kind, text, source) for at_ms, kind, text, source in reversed(rows)]

    def note(self, name: str) -> str | None:
        """A text that was kept by its name."""
        with self._moment():
            row = self._connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def _moment(self) -> Iterator[None]:
        try:
            with self._lock, snapshot(self._connection):
                yield
        except (sqlite3.Error, zlib.error, struct.error, json.JSONDecodeError) as error:
            raise SeriesStoreError(
                "cannot read stored series", where=str(self.path), why=str(error), remedy="the file may be damaged"
            ) from error

    def _number(self, key: SeriesKey) -> int | None:
        row = self._connection.execute("SELECT id FROM series WHERE key = ?", (str(key),)).fetchone()
        return None if row is None else int(row[0])

    def _fresh(self, numbers: Mapping[SeriesKey, int]) -> dict[SeriesKey, Points]:
        """What is written and not packed."""
        rows = self._connection.execute("SELECT at_ms, ids, data FROM look")
        found = points_of(map(Look._make, rows), set(numbers.values()))
        return {
            key: ([at / 1000 for at in found[number][0]], found[number][1])
            for key, number in numbers.items()
            if number in found
        }

    def _later(self, keys: Sequence[SeriesKey], unwritten: Unwritten) -> dict[SeriesKey, list[tuple[float, float]]]:
        """What is not written in this moment."""
        row = self._connection.execute("SELECT value FROM note WHERE name = 'written'").fetchone()
        written = int(row[0]) if row else 0
        later: dict[SeriesKey, list[tuple[float, float]]] = {key: [] for key in keys}
        for number, seen in unwritten:
            if number > written:
                for key in later.keys() & seen.values.keys():
                    later[key].append((round(seen.at_s, 3), seen.values[key]))
        return later


def _joined(fresh: Points | None, later: Sequence[tuple[float, float]]) -> Points:
    times, values = fresh or NO_POINTS
    if not later:
        return times, values
    points = sorted([*zip(times, values, strict=True), *((at, value) for at, value in later if isfinite(value))])
    return [at for at, _ in points], [value for _, value in points]


def _between(start_s: float, end_s: float) -> dict[str, Any]:
    """In ms; beyond what SQLite's whole numbers hold is beyond every point."""
    return {"first": _ms(start_s), "last": _ms(end_s)}


def _ms(at_s: float) -> int:
    return round(min(max(at_s, -_EVER_S), _EVER_S) * 1000)


_EVER_S: Final = 1e15
