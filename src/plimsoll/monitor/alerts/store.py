"""Alerts on disk: states, silences, history and messages on their way, in tables of their own beside the series."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any, Final

from plimsoll.core.errors import SeriesStoreError
from plimsoll.monitor.alerts.alert import Alert, Override, Silence
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.alerts.outbox import SHOWN_MAX, WAITING_MAX, Errand
from plimsoll.monitor.alerts.saved import Saved, incident_of, told_of
from plimsoll.monitor.series.files import APPLICATION_ID

HISTORY_MAX: Final = 10_000  # alerts; and none that ended longer ago than HISTORY_S
HISTORY_S: Final = 90 * 86_400.0
ERRANDS_MAX: Final = WAITING_MAX + 1_000
RECENT_MAX: Final = 1_000  # of the history that is read at the start
_VERSION: Final = "1"
_BUSY_S: Final = 5.0
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS alert_about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS alert_incident (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS alert_history (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS alert_history_at ON alert_history (at)",
    "CREATE TABLE IF NOT EXISTS alert_silence (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS alert_override (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS alert_told (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS alert_errand (id TEXT PRIMARY KEY, at REAL NOT NULL, data TEXT NOT NULL)",
)

_Row = tuple[str, float, Mapping[str, Any]]


class AlertStore:
    """May be used by several threads, and beside others that write into the file. Raises SeriesStoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        with self._mapped():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._refuse_foreign()
        self._connection.execute("PRAGMA journal_mode = WAL").fetchall()
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing():
            for statement in _TABLES:
                self._connection.execute(statement)
            self._connection.execute("INSERT OR IGNORE INTO alert_about VALUES ('version', ?)", (_VERSION,))
        version = self._connection.execute("SELECT value FROM alert_about WHERE name = 'version'").fetchone()[0]
        if version != _VERSION:
            raise self._unusable(f"its alerts have version {version}, this Plimsoll reads {_VERSION}")

    def _refuse_foreign(self) -> None:
        """A database of something else is left as it is."""
        if self._connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        foreign = [name for (name,) in names if not name.startswith(("alert_", "sqlite_"))]
        if foreign:
            raise self._unusable(f"it is a database of something else, with a table {foreign[0]!r}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def load(self) -> Saved:
        """What the last watch left, and others have added."""
        with self._lock, self._mapped():
            return Saved(
                incidents=[incident_of(one) for one in self._read("alert_incident")],
                ended=[alert for alert in self._alerts(RECENT_MAX) if not alert.active],
                silences=self._silences(),
                overrides=self._overrides(),
                told=[told_of(one) for one in self._read("alert_told")],
                errands=[Errand(**one) for one in self._read("alert_errand")][-SHOWN_MAX - WAITING_MAX :],
            )

    def given(self) -> tuple[list[Silence], list[Override]]:
        """What people have asked for, also through another process."""
        with self._lock, self._mapped():
            return self._silences(), self._overrides()

    def history(self, limit: int, rule: str | None = None) -> list[Alert]:
        """Alerts that fired, also those that still do, the newest first."""
        with self._lock, self._mapped():
            return self._alerts(limit, rule)[::-1]

    def write(self, changes: Changes, errands: Iterable[Errand], now_s: float) -> None:
        """All of it or nothing."""
        with self._lock, self._mapped(), self._writing():
            for fingerprint, incident in changes.incidents.items():
                if incident is None:
                    self._connection.execute("DELETE FROM alert_incident WHERE id = ?", (fingerprint,))
                else:
                    self._put("alert_incident", (fingerprint, now_s, asdict(incident)))
            for alert in changes.alerts.values():
                self._put("alert_history", (alert.id, alert.started_at or alert.since, alert.to_json()))
            for silence in changes.silences.values():
                self._put("alert_silence", (silence.id, silence.until, silence.to_json()))
            for override in changes.overrides.values():
                self._put("alert_override", (override.rule, override.at, override.to_json()))
            for told in changes.told.values():
                self._put("alert_told", (told.fingerprint, told.at_s, asdict(told)))
            for errand in errands:
                self._put("alert_errand", (errand.id, errand.created_at, asdict(errand)))
            self._clean(now_s)

    def add_silence(self, silence: Silence) -> None:
        """For a process that does not watch; one that does reads it within seconds."""
        with self._lock, self._mapped(), self._writing():
            self._put("alert_silence", (silence.id, silence.until, silence.to_json()))

    def _clean(self, now_s: float) -> None:
        for table, kept in (("alert_history", HISTORY_MAX), ("alert_errand", ERRANDS_MAX), ("alert_silence", 1_000)):
            self._connection.execute(f"DELETE FROM {table} WHERE at < ?", (now_s - HISTORY_S,))
            oldest = f"(SELECT at FROM {table} ORDER BY at DESC LIMIT 1 OFFSET ?)"
            self._connection.execute(f"DELETE FROM {table} WHERE at <= {oldest}", (kept,))
        self._connection.execute("DELETE FROM alert_told WHERE at < ?", (now_s - HISTORY_S,))

    def _read(self, table: str) -> list[dict[str, Any]]:
        return [json.loads(data) for (data,) in self._connection.execute(f"SELECT data FROM {table} ORDER BY at")]

    def _silences(self) -> list[Silence]:
        return [Silence(**one) for one in self._read("alert_silence")]

    def _overrides(self) -> list[Override]:
        return [Override(**one) for one in self._read("alert_override")]

    def _alerts(self, limit: int, rule: str | None = None) -> list[Alert]:
        query = """SELECT data FROM alert_history WHERE ?1 IS NULL OR json_extract(data, '$.rule') = ?1
            ORDER BY at DESC LIMIT ?2"""
        rows = self._connection.execute(query, (rule, limit)).fetchall()
        return [Alert(**json.loads(data)) for (data,) in reversed(rows)]

    def _put(self, table: str, row: _Row) -> None:
        values = (row[0], row[1], json.dumps(row[2], separators=(",", ":")))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", values)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Errors of the file, of SQLite and of what it holds as one of ours."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._unusable(why or type(error).__name__) from error

    def _unusable(self, why: str) -> SeriesStoreError:
        remedy = "free some space or mend its permissions, or choose another file with [monitor] store"
        return SeriesStoreError(
            "cannot use the alerts in the file of stored series", where=str(self.path), why=why, remedy=remedy
        )
