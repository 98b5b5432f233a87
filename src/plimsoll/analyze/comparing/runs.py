"""A run as a comparison sees it: what was asked, what came of it, and what was watched beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.core.summary import Summary
from plimsoll.runs.facts import RunFacts


@dataclass(frozen=True, slots=True)
class StatementUse:
    """A statement over a run's measured time. `blocks` are pages hit and read."""

    query: str
    calls: int
    mean_ms: float
    blocks: float


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """`data_bytes`, `table_rows` and `settings` are those of the database, empty where nobody looked.

    `gauges` are means over the measured time by name, `statements` are by query id. `workers` says between how many of
    a served application's the policy chose; "" where none was watched.
    """

    facts: RunFacts
    summary: Summary
    data_bytes: int | None = None
    table_rows: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    statements: Mapping[str, StatementUse] = field(default_factory=dict)
    workers: str = ""

    @property
    def run_id(self) -> str:
        return self.facts.run_id


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one side. `said` is how it was asked for, `left_out` says which of it were not taken, and why."""

    said: str
    runs: Sequence[ComparedRun]
    left_out: Sequence[str] = ()
