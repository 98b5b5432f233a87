"""The SQLite file of stored series: made, recognized, opened for writing or for reading alone."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.core.errors import SeriesStoreError

VERSION: Final = 2
APPLICATION_ID: Final = 0x504C494D  # "PLIM", where SQLite's own `file` and others look
BUSY_S: Final = 5.0  # how long another process may write
PAGE_BYTES: Final = 8192  # blocks of 1 to 2 KB fill it better than 4096
JOURNAL_PAGES_MAX: Final = 128  # then the journal is written into the file: 1 MB
_TABLES: Final = """
CREATE TABLE series (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE look (seq INTEGER PRIMARY KEY, source TEXT NOT NULL, at_ms INTEGER NOT NULL, ids BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE raw (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, points INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX raw_series ON raw (series, last_ms, first_ms, points);
CREATE INDEX raw_age ON raw (last_ms);
CREATE TABLE rollup (id INTEGER PRIMARY KEY, step_s INTEGER NOT NULL, series INTEGER NOT NULL, block INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (step_s, series, block));
CREATE INDEX rollup_age ON rollup (step_s, last_ms);
CREATE TABLE detail (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX detail_kind ON detail (kind, at_ms);
CREATE INDEX detail_at ON detail (at_ms, bytes);
CREATE TABLE statement (query_id TEXT PRIMARY KEY, query TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE event (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX event_at ON event (at_ms);
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""  # noqa: E501  # a table to a line reads better
_INCREMENTAL: Final = 2  # of auto_vacuum
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "cache_size = -2000",
)
_ELSEWHERE: Final = "choose another file with [monitor] store"


def open_to_write(path: Path, journal_bytes_max: int) -> sqlite3.Connection:
    """The file, made where it is not there, private. Raises SeriesStoreError, and DamagedError."""
    try:
        with suppress(FileExistsError):  # one that is there is not opened: closing it would end SQLite's locks on it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _make_private(path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), _ELSEWHERE) from error
    connection = _connected(path, "rw")
    try:
        _prepare(connection, path, journal_bytes_max)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """A file and its journal that others may read, as a copy may have left them. Raises OSError if it is not ours."""
    for end in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            file = path.with_name(path.name + end)
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


class DamagedError(Exception):
    """The file was ours once; SQLite cannot make sense of it any more."""


def unusable(path: Path, error: sqlite3.DatabaseError) -> DamagedError | SeriesStoreError:
    """What to raise where a file could not be opened. What does not even begin like a database was never ours."""
    damaged = _code(error) == sqlite3.SQLITE_CORRUPT
    return DamagedError(str(error)) if damaged else _refused(path, str(error), _ELSEWHERE)


def is_damage(error: sqlite3.Error) -> bool:
    """Of a file that was open already."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_full(error: BaseException) -> bool:
    """For want of space."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, sqlite3.Error) and _code(error) == sqlite3.SQLITE_FULL


def _code(error: sqlite3.Error) -> int:
    """Without what SQLite adds to it to say where. 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def open_to_read(path: Path) -> sqlite3.Connection:
    """Read-only, beside whoever writes. Raises SeriesStoreError."""
    if not path.is_file():
        raise _refused(path, "there is no such file", "see where [monitor] store keeps it")
    connection = _connected(path, "ro")
    try:
        connection.execute("PRAGMA cache_size = -4000")
        _check_version(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _refused(path, f"it cannot be read: {error}", "it may be damaged") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    try:
        return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:  # a directory, or not to be read by us
        raise _refused(path, str(error), _ELSEWHERE) from error


def _prepare(connection: sqlite3.Connection, path: Path, journal_bytes_max: int) -> None:
    new = _is_free(connection)
    if not new:
        _check_version(connection, path)
    for pragma in (f"page_size = {PAGE_BYTES}", "auto_vacuum = INCREMENTAL", *_PRAGMAS, *_journal(journal_bytes_max)):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if new:
        with transaction(connection):
            for statement in _TABLES.strip().split("\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
    if _pragma(connection, "auto_vacuum") != _INCREMENTAL:  # the alerts' tables were there first
        with suppress(sqlite3.OperationalError):  # they are in use: the file stays bounded, and shrinks another time
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("VACUUM")


def _journal(bytes_max: int) -> tuple[str, str]:
    """A transaction may take it beyond its pages: what it is cut to then is what it may keep."""
    pages = min(JOURNAL_PAGES_MAX, max(1, bytes_max // (2 * PAGE_BYTES)))
    return f"wal_autocheckpoint = {pages}", f"journal_size_limit = {bytes_max}"


def _is_free(connection: sqlite3.Connection) -> bool:
    """Empty, or with nothing in it but what alerts keep."""
    names = [str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return _pragma(connection, "application_id") == 0 and all(name.startswith(("alert", "sqlite_")) for name in names)


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise _refused(path, "it is no file of stored series", "move it away, or choose another with [monitor] store")
    version = _pragma(connection, "user_version")
    if version != VERSION:
        why = f"it has version {version}, this Plimsoll reads {VERSION}"
        raise _refused(path, why, "move it away, or use the Plimsoll that wrote it")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything that is read in it is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def free_pages(connection: sqlite3.Connection) -> int:
    return _pragma(connection, "freelist_count")


def bytes_held(connection: sqlite3.Connection) -> int:
    """Of the file, without pages that are free."""
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def move_aside(path: Path) -> Path:
    """A damaged file with its journal, under a name that says when; nothing is deleted."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for end in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside


def identity(path: Path) -> tuple[int, int] | None:
    """Of the file that has this name now."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


class OneWriter:
    """Held by the one process that writes into a file. Raises SeriesStoreError where another one does."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file: int | None = self._take()
        except FileExistsError:
            raise _refused(path, f"{path.parent} is no directory", _ELSEWHERE) from None
        except BlockingIOError:
            why, remedy = "another process is writing into it", "stop that one, or choose another with [monitor] store"
            raise _refused(path, why, remedy) from None
        except OSError as error:
            raise _refused(path, error.strerror or str(error), _ELSEWHERE) from error

    def _take(self) -> int:
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(file), self._path.lstat()):
                    return file
            except FileNotFoundError:  # the last holder has removed it under our hands
                pass
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def release(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._file), self._path.lstat()):  # it may have been removed with the file
                self._path.unlink()
        os.close(self._file)
        self._file = None


def _refused(path: Path, why: str, remedy: str) -> SeriesStoreError:
    return SeriesStoreError("cannot use the file of stored series", where=str(path), why=why, remedy=remedy)
