"""The history of schedules: an SQLite file, so that several processes may write and a power cut loses nothing."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import RunDirectoryError
from plimsoll.schedule.firing import Firing, Trigger
from plimsoll.schedule.outcome import Outcome, Verdict

FIRINGS_MAX: Final = 5000  # the oldest go first: at one a day 13 years, about 2 MB
_VERSION: Final = 1
_BUSY_S: Final = 10.0  # how long another process may write
_TABLES: Final = """
CREATE TABLE firing (
    number INTEGER PRIMARY KEY AUTOINCREMENT, schedule TEXT NOT NULL, trigger TEXT NOT NULL, due_at TEXT NOT NULL,
    outcome TEXT NOT NULL, started_at TEXT, ended_at TEXT, last_due_at TEXT, count INTEGER NOT NULL DEFAULT 1,
    exit_code INTEGER, run_id TEXT, goals_missed TEXT NOT NULL DEFAULT '[]', detail TEXT NOT NULL DEFAULT '',
    notice TEXT NOT NULL DEFAULT ''
);
CREATE INDEX firing_schedule ON firing (schedule, number);
CREATE TABLE watched (schedule TEXT PRIMARY KEY, meaning TEXT NOT NULL, seen_until TEXT NOT NULL);
"""


Begin = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class NewFiring:
    """What is known of a firing when it is written down first."""

    schedule: str
    trigger: Trigger
    due_at: datetime
    outcome: Outcome
    last_due_at: datetime | None = None
    count: int = 1
    detail: str = ""
    notice: str = ""


class History:
    """All firings, and until when each schedule has been looked at. Raises RunDirectoryError for a damaged file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._mapped():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        if self._version() == 0:
            with self._writing():
                if self._version() == 0:  # else another process was quicker
                    for statement in (*_TABLES.split(";"), f"PRAGMA user_version = {_VERSION}"):
                        self._connection.execute(statement)
        if self._version() != _VERSION:
            raise self._unreadable(f"it has version {self._version()}, this Plimsoll reads {_VERSION}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        self._connection.close()

    def seen_until(self, schedule: str, meaning: str) -> datetime | None:
        """Until when a schedule was looked at; None if it never was, or meant something else then."""
        with self._mapped():
            query = "SELECT seen_until FROM watched WHERE schedule = ? AND meaning = ?"
            row = self._connection.execute(query, (schedule, meaning)).fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def look(
        self, schedule: str, meaning: str, now: datetime, firings: list[NewFiring], *, begin: Begin | None = None
    ) -> list[Firing]:
        """Writes down at once that a schedule was looked at and what followed: neither is repeated after a crash.

        `begin` is called with the number of each run before others can see it.
        """
        upsert = """INSERT INTO watched VALUES (?, ?, ?)
            ON CONFLICT (schedule) DO UPDATE SET meaning = excluded.meaning, seen_until = excluded.seen_until"""
        with self._mapped(), self._writing():
            self._connection.execute(upsert, (schedule, meaning, _text(now)))
            numbers = [self._insert(firing, now, begin) for firing in firings]
        return [self.firing(number) for number in numbers]

    def forget_but(self, schedules: Iterable[str]) -> None:
        """What is not looked at any more starts afresh when it is again: nobody was to run it meanwhile."""
        kept = list(schedules)
        with self._mapped(), self._writing():
            self._connection.execute(f"DELETE FROM watched WHERE schedule NOT IN ({', '.join('?' * len(kept))})", kept)

    def add(self, firing: NewFiring, now: datetime, *, begin: Begin | None = None) -> Firing:
        """Writes down one firing; `begin` as for `look`."""
        with self._mapped(), self._writing():
            number = self._insert(firing, now, begin)
        return self.firing(number)

    def _insert(self, firing: NewFiring, now: datetime, begin: Begin | None) -> int:
        running = firing.outcome == "running"
        values = {
            "schedule": firing.schedule,
            "trigger": firing.trigger,
            "due_at": _text(firing.due_at),
            "outcome": firing.outcome,
            "last_due_at": _text(firing.last_due_at),
            "count": firing.count,
            "detail": firing.detail,
            "notice": firing.notice,
            "started_at": _text(now) if running else None,
            "ended_at": None if running else _text(now),
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._connection.execute(f"INSERT INTO firing ({names}) VALUES ({marks})", tuple(values.values()))
        number = cursor.lastrowid or 0
        self._connection.execute("DELETE FROM firing WHERE number <= ?", (number - FIRINGS_MAX,))
        if running and begin is not None:
            begin(number)
        return number

    def finish(self, number: int, verdict: Verdict, now: datetime, *, notice: str) -> Firing:
        """Writes down what came of a firing; once: who comes later changes nothing."""
        update = """UPDATE firing SET outcome = ?, exit_code = ?, run_id = ?, goals_missed = ?, detail = ?,
            ended_at = ?, notice = ? WHERE number = ? AND outcome = 'running'"""
        values = (
            verdict.outcome, verdict.exit_code, verdict.run_id, json.dumps(list(verdict.goals_missed)), verdict.detail,
            _text(now), notice, number,
        )  # fmt: skip
        with self._mapped(), self._writing():
            self._connection.execute(update, values)
        return self.firing(number)

    def told(self, number: int, notice: str) -> Firing:
        """Writes down what became of telling people."""
        with self._mapped(), self._writing():
            self._connection.execute("UPDATE firing SET notice = ? WHERE number = ?", (notice, number))
        return self.firing(number)

    def firing(self, number: int) -> Firing:
        with self._mapped():
            row = self._connection.execute("SELECT * FROM firing WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise self._unreadable(f"firing {number} is not there any more")
        return _firing(row)

    def running(self) -> list[Firing]:
        return self._select("outcome = 'running'", ())

    def to_tell(self) -> list[Firing]:
        """Those of which people have not been told yet."""
        return self._select("notice = 'due' AND outcome <> 'running'", ())

    def latest(self, limit: int, schedule: str | None = None) -> list[Firing]:
        """The last firings, oldest first."""
        return self._select("? IS NULL OR schedule = ?", (schedule, schedule), limit=limit)

    def _select(self, condition: str, values: tuple[Any, ...], *, limit: int = FIRINGS_MAX) -> list[Firing]:
        query = f"SELECT * FROM firing WHERE {condition} ORDER BY number DESC LIMIT ?"
        with self._mapped():
            rows = self._connection.execute(query, (*values, limit)).fetchall()
        return [_firing(row) for row in reversed(rows)]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Errors of the file and of SQLite as one of ours."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, why: str) -> RunDirectoryError:
        return RunDirectoryError(
            "cannot use the history of schedules",
            where=str(self.path),
            why=why,
            remedy="free some space or mend its permissions; if it is damaged, move it away and a new one is begun",
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _firing(row: sqlite3.Row) -> Firing:
    values = dict(row)
    moments = {name: _moment(values[name]) for name in ("due_at", "started_at", "ended_at", "last_due_at")}
    return Firing(**{**values, **moments, "goals_missed": tuple(json.loads(values["goals_missed"]))})
