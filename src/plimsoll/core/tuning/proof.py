"""What a change was measured to give, on a copy of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Effect = Literal["better", "worse", "same", "unclear"]


@dataclass(frozen=True, slots=True)
class Interval95:
    """A figure with the interval in which it lies with 95 % probability."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A statement's executions on one side: milliseconds (median over the rounds of the mean over its bindings), pages
    of 8 KiB touched in shared buffers and read from outside of them, a call, None where it was ended at the time limit.
    `plan` is what the plan comes to in a line ("Index Scan using idx_orders_customer_id"). `wal_bytes` a call, of one
    that writes."""

    ms: Interval95
    pages: float | None = 0.0
    pages_read: float | None = 0.0
    wal_bytes: float = 0.0
    plan: str = ""
    cold_ms: float | None = None


@dataclass(frozen=True, slots=True)
class QueryProof:
    """A statement before and after. `saved_ms` is of the workload's stretch: calls times the difference."""

    query: str
    before: Measured
    after: Measured
    effect: Effect
    saved_ms: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class WriteCost:
    """What writing to a table comes to, before and after: microseconds and WAL bytes a row, and the share of updates
    that were HOT; None where it was not measured. What is `more` is by how much a row takes longer, within rounds."""

    table: str
    insert_us: tuple[float, float] | None = None
    update_us: tuple[float, float] | None = None
    wal_bytes: tuple[float, float] | None = None
    hot_share: tuple[float, float] | None = None
    insert_more_us: Interval95 | None = None
    update_more_us: Interval95 | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Of one change, or of all together. `saved_ms` is the workload's time saved over its stretch, with its interval,
    write cost taken off; `before_ms` is what the workload takes without it."""

    queries: Sequence[QueryProof]
    before_ms: float
    saved_ms: Interval95
    rounds: int
    size_bytes: int = 0
    build_s: float | None = None
    writes: Sequence[WriteCost] = ()
    notes: Sequence[str] = ()

    @property
    def worse(self) -> list[QueryProof]:
        return [one for one in self.queries if one.effect == "worse"]
