"""The documents beside the series: sessions, locks, statements, tables, indexes, processes. Each is plain JSON.

`Observation.details` holds them by kind as `document(...)` makes them, `{"rows": [...], "left_out": n, ...}`: at most
`ROWS_MAX` rows of a kind's class below, the weightiest first, and how many more there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

ROWS_MAX: Final = 200
OURS: Final = "plimsoll"  # a tree of processes: the load generator and the watch
SQL_CHARACTERS_MAX: Final = 2_000  # of a text in a list; a statement's whole text is asked for by itself


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Kind "sessions": a session of a client that is not idle. `wait` is "CPU" or "Class:Event"; times in seconds.

    `query` is its last statement, with constants as they were sent: it may hold data, so it needs the right to read.
    """

    pid: int
    user: str
    database: str
    application: str
    client: str
    state: str
    wait: str
    transaction_s: float | None
    state_s: float | None
    query_s: float | None
    query_id: str | None
    blocked_by: tuple[int, ...]
    query: str


@dataclass(frozen=True, slots=True)
class LockRow:
    """Kind "locks": a session in a tree of waits, in the order of reading it from the top.

    `depth` 0 is a session that waits for nobody and holds what others want; `waits_for` is the session it stands under.
    `lock` is "mode on what" ("ExclusiveLock on tuple of public.accounts"), `wait_s` how long it has waited.
    """

    pid: int
    depth: int
    waits_for: int | None
    lock: str
    wait_s: float | None
    user: str
    application: str
    state: str
    transaction_s: float | None
    blocks: int
    query: str


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Kind "waits": average active sessions since the last look, by what they wait for and what they execute."""

    wait: str
    query_id: str | None
    sessions: float


@dataclass(frozen=True, slots=True)
class StatementRow:
    """Kind "statements": what a statement did between two looks (`seconds` of the document apart). Times in ms."""

    query_id: str
    user: str
    calls: int
    total_ms: float
    rows: int
    blocks_hit: int
    blocks_read: int
    blocks_dirtied: int
    temp_blocks: int
    wal_bytes: int
    io_ms: float
    top_level: bool
    query: str

    @property
    def mean_ms(self) -> float:
        return self.total_ms / max(1, self.calls)


@dataclass(frozen=True, slots=True)
class TableRow:
    """Kind "tables": what happened to a table between two looks, and what is known of it. Sizes in bytes.

    `bloat_bytes` is an estimate from statistics; None where they do not suffice, as `live_rows` after a crash.
    """

    table: str
    live_rows: int | None
    dead_rows: int
    size_bytes: int | None
    bloat_bytes: int | None
    sequential_scans: int
    sequential_rows: int
    index_scans: int
    inserted: int
    updated: int
    hot_updated: int
    deleted: int
    modified_since_analyze: int
    vacuumed_s_ago: float | None
    analyzed_s_ago: float | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Kind "indexes": `scans` since the counters began, `scans_now` between two looks. They began at the document's
    `counted_from_s`, or earlier."""

    table: str
    index: str
    size_bytes: int | None
    scans: int
    scans_now: int
    unique: bool
    valid: bool


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """Kind "processes": the busiest of the machine. CPU in percent of one core. `command` is the command line where the
    name says nothing ("python"), without secrets and cut.

    `tree` is the watched tree that it belongs to, as series label it ("database", "port:8000"), `OURS` for the load
    generator and the watch, "" for none. `cores` are those it is pinned to ("1", "0,2"), "" where it may use all."""

    pid: int
    name: str
    user: str
    cpu_percent: float
    memory_bytes: int
    threads: int
    command: str = ""
    tree: str = ""
    cores: str = ""


def document(rows: Sequence[Any], *, left_out: int = 0, **more: Any) -> Mapping[str, Any]:
    """A detail of at most `ROWS_MAX` rows (they come sorted), with how many more there are."""
    shown = [asdict(row) for row in rows[:ROWS_MAX]]
    return {"rows": shown, "left_out": left_out + len(rows) - len(shown), **more}
