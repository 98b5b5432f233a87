"""What is deleted and when: by age for each resolution, and by size, the oldest first, in small steps."""

import sqlite3
from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple

from plimsoll.monitor.series.files import bytes_held, free_pages, transaction
from plimsoll.monitor.series.rollups import LEVELS_S

ROWS_MAX: Final = 200  # that one step deletes of a table: some milliseconds
PAGES_MAX: Final = 32  # that one step gives back to the file system: they pass through the journal
EVENTS_MAX: Final = 50_000
_JOURNAL_BYTES_MAX: Final = 4_000_000
_MINUTE: Final = LEVELS_S[0]


@dataclass(frozen=True, slots=True)
class Keep:
    """How long points are kept: as measured, of a minute, of a quarter of an hour; and how large the file may become.

    A document of what is at a moment is stored about every `details_every_s` at most; documents are kept as long as
    points, all of them together within `details_bytes_max`; events as long as minutes.
    """

    raw_s: float = 86_400.0
    minutes_s: float = 14 * 86_400.0
    quarters_s: float = 400 * 86_400.0
    bytes_max: float = 256_000_000
    details_every_s: float = 30.0
    details_bytes_max: float = 24_000_000

    @property
    def journal_bytes_max(self) -> int:
        """What the journal beside the file may take of it."""
        return int(min(_JOURNAL_BYTES_MAX, self.bytes_max / 4))

    @property
    def file_bytes_max(self) -> float:
        """Beyond it points are deleted; while that goes on the file may grow by what is left."""
        return 0.9 * self.bytes_max - self.journal_bytes_max


FOREVER: Final = Keep(inf, inf, inf, inf, details_every_s=0.0, details_bytes_max=64_000_000)
"""As for a run: it ends by itself, and its directory is deleted as a whole."""


def age_clock(before_s: float, wall_s: float, passed_s: float) -> float:
    """The time by which ages are reckoned: it never runs faster than twice the time that passed, so that a clock that
    is set forward by mistake, and back again, has nothing deleted."""
    return min(wall_s, before_s + 2 * passed_s)


class Cleaned(NamedTuple):
    """Whether there may be more to delete, and how much of it was not too old but too much."""

    more: bool
    trimmed: int


def clean_step(connection: sqlite3.Connection, keep: Keep, now_s: float) -> Cleaned:
    """Deletes a little of what is too old or too much."""
    trimmed = 0
    with transaction(connection):
        deleted = _delete_aged(connection, keep, now_s)
        if _detail_bytes(connection) > keep.details_bytes_max:
            trimmed += _delete(connection, "detail", "at_ms", "1")
        if bytes_held(connection) > keep.file_bytes_max:
            trimmed += _delete_oldest(connection)
    connection.executescript(f"PRAGMA incremental_vacuum({PAGES_MAX})")  # `execute` would give back one page
    return Cleaned(max(deleted, trimmed) >= ROWS_MAX or free_pages(connection) > 0, trimmed)


def _detail_bytes(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(sum(bytes), 0) FROM detail").fetchone()[0])


def _delete_aged(connection: sqlite3.Connection, keep: Keep, now_s: float) -> int:
    """The most that was deleted of one table."""
    aged = [
        _delete(connection, "raw", "last_ms", f"last_ms < {_before(now_s, keep.raw_s)}"),
        _delete(connection, "detail", "at_ms", f"at_ms < {_before(now_s, keep.raw_s)}"),
        _delete(connection, "event", "at_ms", f"at_ms < {_before(now_s, keep.minutes_s)}"),
        _delete(connection, "event", "id", f"id <= (SELECT max(id) FROM event) - {EVENTS_MAX}"),
    ]
    for step_s in LEVELS_S:
        limit_ms = _before(now_s, keep.minutes_s if step_s == _MINUTE else keep.quarters_s)
        aged.append(_delete(connection, "rollup", "last_ms", f"step_s = {step_s} AND last_ms < {limit_ms}"))
    return max(aged)


def _delete_oldest(connection: sqlite3.Connection) -> int:
    """Points first, then documents, minutes, and what is coarser."""
    tables = [("raw", "last_ms", "1"), ("detail", "at_ms", "1")]
    tables += [("rollup", "last_ms", f"step_s = {step_s}") for step_s in LEVELS_S]
    return next((count for table in tables if (count := _delete(connection, *table))), 0)


def _delete(connection: sqlite3.Connection, table: str, order: str, where: str) -> int:
    """All three texts are ours."""
    oldest = f"SELECT id FROM {table} WHERE {where} ORDER BY {order} LIMIT {ROWS_MAX}"
    return connection.execute(f"DELETE FROM {table} WHERE id IN ({oldest})").rowcount


def _before(now_s: float, kept_s: float) -> int:
    """In ms; what is kept for ever is older than nothing."""
    return int((now_s - kept_s) * 1000) if kept_s < inf else -(2**62)
