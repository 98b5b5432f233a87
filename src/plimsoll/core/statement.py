"""What a database was asked in a stretch of time: its statements, how often and for how long.

Read from pg_stat_statements by `plimsoll.postgres.workload`. Constants of a statement stand as $1, $2 and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

OURS: Final = "/* plimsoll */"  # tells our own statements from the application's, in counters and logs
OURS_WATCHING: Final = "/* plimsoll watch */"


def is_ours(query: str) -> bool:
    """Whether it is one of our own, and none of the application's."""
    return OURS in query or OURS_WATCHING in query


@dataclass(frozen=True, slots=True)
class WorkloadStatement:
    """One statement, of all roles that ran it. `total_ms` is time spent executing, without planning.

    `blocks_hit` and `blocks_read` are pages found in shared buffers and those that were not. `id` is the server's
    number of it, of several with one text that which took most time; "" where it is not known.
    """

    query: str
    calls: int
    total_ms: float
    rows: int
    roles: tuple[str, ...] = ()
    blocks_hit: int = 0
    blocks_read: int = 0
    id: str = ""

    @property
    def mean_ms(self) -> float:
        return self.total_ms / max(1, self.calls)

    @property
    def rows_per_call(self) -> float:
        return self.rows / max(1, self.calls)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Statements whose text could not be had: those of other roles without pg_read_all_stats, or lost ones."""

    calls: int = 0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Workload:
    """Statements in no order, of the current database only, those sent by clients (not from within functions).

    `evicted`: how often the server made room by forgetting the rarest statements. `since` is the beginning, where the
    server tells it. `restarted`: counters were reset in the meantime, so what came before is missing.
    """

    statements: Sequence[WorkloadStatement]
    seconds: float
    since: datetime | None = None
    hidden: Unseen = field(default_factory=Unseen)
    lost: Unseen = field(default_factory=Unseen)
    evicted: int = 0
    restarted: bool = False

    @property
    def calls(self) -> int:
        return sum(one.calls for one in self.statements)

    @property
    def total_ms(self) -> float:
        return sum(one.total_ms for one in self.statements)
