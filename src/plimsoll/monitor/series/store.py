"""The store of series: looks as they come, packed into blocks and roll-ups later, cleaned up in small steps.

A look is written as one row, 12 bytes for each value, so that a killed process loses only what it had not been given.
After `LOOKS_MAX` looks of a collector they become blocks: one row for each series, 1 to 5 bytes a point with its time
(see `packing`), and roll-ups of a minute, a quarter of an hour and four hours, about 10 bytes for each stretch.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import TEXT_CHARACTERS_MAX, SeriesKey
from plimsoll.monitor.series import files
from plimsoll.monitor.series.documents import WITH_TEXTS, pack_document, texts_of, without_texts
from plimsoll.monitor.series.files import transaction
from plimsoll.monitor.series.looks import look_of
from plimsoll.monitor.series.packer import pack_looks
from plimsoll.monitor.series.retention import FOREVER, Keep, clean_step

LOOKS_MAX: Final = 300  # of a collector before they are packed: 10 minutes of the host's
LOOKS_BYTES_MAX: Final = 1_000_000  # where a collector tells of thousands of series
LOOKS_S_MAX: Final = 3_600.0  # where it looks seldom
SERIES_MAX: Final = 20_000  # of one file; `refused` counts the values of others. A start forgets those without points
TEXTS_MAX: Final = 5_000  # of statements: 10 MB at most
CLEAN_PERIOD_S: Final = 60.0
_NEWEST: Final = """
SELECT max(at) FROM (
    SELECT max(at_ms) AS at FROM look
    UNION SELECT max(last_ms) FROM raw
    UNION SELECT max(last_ms) FROM rollup WHERE step_s = 60
)
"""
_FORGET: Final = "DELETE FROM series WHERE id NOT IN (SELECT series FROM raw UNION SELECT series FROM rollup)"
_ADD_EVENT: Final = "INSERT INTO event (at_ms, kind, source, text) VALUES (?, ?, ?, ?)"


def _no_pause() -> None:
    """Where nothing else wants to run meanwhile."""


@dataclass(slots=True)
class _Waiting:
    """What of a collector is not packed yet; since when on the steady clock, None where that is not known."""

    looks: int = 0
    bytes: int = 0
    since_s: float | None = None

    def due(self, steady_s: float) -> bool:
        if self.since_s is None:
            self.since_s = steady_s
        old = steady_s - self.since_s >= LOOKS_S_MAX
        return self.looks >= LOOKS_MAX or self.bytes >= LOOKS_BYTES_MAX or (old and self.looks > 0)


class SeriesStore:
    """The one writer of a file, used by one thread at a time. Who reads uses a `SeriesReader`.

    Raises SeriesStoreError where the file is in use or not ours. A damaged one is moved aside: `moved` says where to.
    What is called later raises sqlite3.Error, and has then changed nothing.
    """

    def __init__(self, path: Path, keep: Keep = FOREVER, *, series_max: int = SERIES_MAX) -> None:
        self.path = path
        self.keep = keep
        self._series_max = series_max
        self.moved: Path | None = None
        self.refused = 0  # values of series too many or with names too long
        self.trimmed = 0  # blocks and documents deleted because the file was too large, not because they were old
        self.begun = 0  # how often another file was begun
        self._clean_s = 0.0  # when to clean up next, on the steady clock
        self._lock = files.OneWriter(path)
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        try:
            self._load(files.open_to_write(self.path, self.keep.journal_bytes_max))
        except files.DamagedError:
            self.moved = files.move_aside(self.path)
            self._load(files.open_to_write(self.path, self.keep.journal_bytes_max))

    def _load(self, connection: sqlite3.Connection) -> None:
        try:
            self._reckon(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise files.unusable(self.path, error) from error
        self._connection = connection
        self._identity = files.identity(self.path)
        if len(self._stored) > self._series_max // 2:
            with suppress(sqlite3.OperationalError):  # no room, or somebody else writes: another time
                self._forget()

    def _forget(self) -> None:
        """Series that have no points any more."""
        self.pack_all()
        self._connection.execute(_FORGET)
        self._reckon(self._connection)

    def _reckon(self, connection: sqlite3.Connection) -> None:
        known = connection.execute("SELECT key, id FROM series")
        self._stored: dict[str, int] = {str(key): int(number) for key, number in known}
        self._numbers: dict[SeriesKey, int] = {}  # of the series that this process has seen
        self._texts = self._stored_texts(connection)
        waiting = connection.execute("SELECT source, count(*), sum(length(data)) FROM look GROUP BY source")
        self._waiting = {str(source): _Waiting(looks, size) for source, looks, size in waiting}
        self.before_s = float(connection.execute(_NEWEST).fetchone()[0] or 0) / 1000  # the newest of earlier writers
        written = connection.execute("SELECT value FROM note WHERE name = 'written'").fetchone()
        self.written = int(written[0]) if written else 0

    def _stored_texts(self, connection: sqlite3.Connection) -> set[str]:
        return {str(query_id) for (query_id,) in connection.execute("SELECT query_id FROM statement")}

    def busy_for(self, seconds: float) -> None:
        """How long another process may write before a call of ours gives up."""
        self._connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def write(self, looks: Sequence[Observation], *, upto: int | None = None) -> None:
        """All of them or none. `upto` is the number that the last one has in the writer's count."""
        upto = self.written + len(looks) if upto is None else upto
        new: list[SeriesKey] = []
        self._new_texts: set[str] = set()
        try:
            with transaction(self._connection):
                rows = [self._look_row(seen, new) for seen in looks]
                self._add_looks([row for row in rows if row[2]])
                for seen in looks:
                    self._add_beside(seen)
                self._set_note("written", str(upto))
        except BaseException:
            for key in new:
                self._stored.pop(str(key), None)
                self._numbers.pop(key, None)
            self._texts -= self._new_texts
            raise
        self.written = upto
        for source, _, _, data in rows:
            waiting = self._waiting.setdefault(source, _Waiting())
            waiting.looks += 1
            waiting.bytes += len(data)

    def _look_row(self, seen: Observation, new: list[SeriesKey]) -> tuple[str, int, bytes, bytes]:
        values = {}
        for key, value in seen.values.items():
            number = self._numbers.get(key) or self._number(key, new)
            if number is not None and isfinite(value):
                values[number] = value
        return seen.source, *look_of(seen.at_s, values)

    def _number(self, key: SeriesKey, new: list[SeriesKey]) -> int | None:
        """Of a series that this process has not seen yet; None for one too many."""
        text = str(key)
        number = self._stored.get(text)
        if number is None and (len(self._stored) >= self._series_max or len(text) > TEXT_CHARACTERS_MAX):
            self.refused += 1
            return None
        if number is None:
            number = self._connection.execute("INSERT INTO series (key) VALUES (?)", (text,)).lastrowid
            assert number is not None
            new.append(key)
        self._stored[text] = self._numbers[key] = number
        return number

    def _add_looks(self, rows: Sequence[tuple[str, int, bytes, bytes]]) -> None:
        self._connection.executemany("INSERT INTO look (source, at_ms, ids, data) VALUES (?, ?, ?, ?)", rows)

    def _add_beside(self, seen: Observation) -> None:
        events = [(round(one.at_s * 1000), one.kind, one.source or seen.source, one.text) for one in seen.events]
        self._connection.executemany(_ADD_EVENT, events)
        for kind, detail in seen.details.items():
            self._add_detail(kind, seen.at_s, detail)

    def _add_detail(self, kind: str, at_s: float, detail: Mapping[str, Any]) -> None:
        data = pack_document(self._without_texts(detail) if kind == WITH_TEXTS else detail)
        row = (kind, round(at_s * 1000), len(data), data)
        self._connection.execute("INSERT INTO detail (kind, at_ms, bytes, data) VALUES (?, ?, ?, ?)", row)

    def _without_texts(self, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        """A statement's text is stored once; those beyond `TEXTS_MAX` stay in the documents."""
        for query_id, query in texts_of(detail).items():
            if query_id not in self._texts and len(self._texts) < TEXTS_MAX:
                self._connection.execute("INSERT INTO statement (query_id, query) VALUES (?, ?)", (query_id, query))
                self._texts.add(query_id)
                self._new_texts.add(query_id)
        return without_texts(detail, self._texts)

    def set_note(self, name: str, value: str) -> None:
        """A text by its name, for whoever reads the file. "written" is the store's own."""
        assert name != "written"
        self._set_note(name, value)

    def _set_note(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)", (name, value))

    def tend(self, now_s: float, steady_s: float, pause: Callable[[], None] = _no_pause) -> None:
        """Packs and cleans up what is due; to be called every few seconds. `now_s` is what ages are reckoned from."""
        for source, waiting in list(self._waiting.items()):
            if waiting.due(steady_s):
                self._pack(source, pause)
        if steady_s >= self._clean_s:
            cleaned = clean_step(self._connection, self.keep, now_s)
            self.trimmed += cleaned.trimmed
            self._clean_s = steady_s + (0 if cleaned.more else CLEAN_PERIOD_S)

    def _pack(self, source: str, pause: Callable[[], None]) -> None:
        pack_looks(self._connection, source, pause)
        del self._waiting[source]

    def pack_all(self) -> None:
        for source in list(self._waiting):
            self._pack(source, _no_pause)

    def close(self, *, one_file: bool = False) -> None:
        """Packs the rest. `one_file` leaves no journal beside the file, so that it can be copied alone.

        What fails leaves a file that can be read all the same.
        """
        try:
            with suppress(sqlite3.Error):
                self.pack_all()
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                if one_file:
                    self._connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        finally:
            self._connection.close()
            self._lock.release()

    def begin_anew(self) -> None:
        """Moves aside what was found damaged."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self.moved = files.move_aside(self.path)
        self.reopen()

    def reopen(self) -> None:
        """Goes on with what has the file's name now, or with a new one. The journal is emptied into the old one first:
        it has the name that the new one's journal will have."""
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with suppress(sqlite3.Error):
            self._connection.close()
        self._lock.release()
        self._lock = files.OneWriter(self.path)
        self._open()
        self.begun += 1

    def bytes_held(self) -> int:
        """By the file, without pages that are free and without its journal."""
        return files.bytes_held(self._connection)

    def is_gone(self) -> bool:
        """Whether somebody has removed the file, or put another in its place."""
        return files.identity(self.path) != self._identity
