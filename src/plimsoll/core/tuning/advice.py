"""Advice on a database: what to change, in order, with what it is measured or reckoned to give; and what not, and why.

What `tuning.json` and `plimsoll tune --json` hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.named import Named
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import QueryWorkload

SCHEMA_VERSION: Final = 1
NO_SEARCH: Final = "no search: "  # how `Tuning.searched` begins where nothing could be reckoned; why follows
TIME_UP: Final = "time was up"
NOT_MEASURED: Final = "not measured: "  # how `Rejected.why` begins of what no proof judged; why follows
UNTRIED: Final = "the search ended before it was tried"  # `Rejected.why` of what it did not come to
# proved: measured on a copy; estimated: the planner's costs with the index as it would be; explained: neither, its
# reason is all there is.
Standing = Literal["proved", "estimated", "explained"]
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """By the planner's costs: the workload's cost before and after, weighted by calls, and the index's size."""

    before: float
    after: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Advised:
    """A recommended change. `saved_share` is of the workload's time by the proof, else of its cost. `gives` tells
    in words what it gives where that is no such share, or why it was not measured."""

    change: Change
    standing: Standing
    confidence: Confidence
    saved_share: float = 0.0
    estimate: Estimate | None = None
    proof: Proof | None = None
    gives: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One that is not, with the reason in words, and its measurement where there is one."""

    change: Change
    why: str
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """The database's copy that was measured on. `how` is "template" or "dump"; `server` its version in words
    ("PostgreSQL 18.1, started for this"). `seconds` is what making it took."""

    how: str
    server: str
    bytes: int
    seconds: float
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Tuning:
    """All of it. `together` is the proof of everything recommended at once, against the database as it is.
    `budget_bytes` bounds the new indexes. `searched` says in words how the search went and by what costs. `named` is
    how the database was named."""

    id: str
    database: str
    server: str
    made_at: datetime
    workload: QueryWorkload
    advised: Sequence[Advised] = ()
    rejected: Sequence[Rejected] = ()
    together: Proof | None = None
    copy: Copy | None = None
    budget_bytes: int | None = None
    searched: str = ""
    notes: Sequence[str] = ()
    seconds: float = 0.0
    interrupted: bool = False
    named: Named = field(default_factory=Named)
    schema_version: int = field(default=SCHEMA_VERSION)
