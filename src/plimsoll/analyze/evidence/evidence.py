"""Everything a diagnosis may look at, as one value. Rules read it and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence
from plimsoll.core.analysis import Accounting, Stretch
from plimsoll.core.details import IndexRow, StatementRow, TableRow, WaitRow
from plimsoll.core.finding import Suspect
from plimsoll.core.observation import Event
from plimsoll.core.recorded import Dated, Document
from plimsoll.core.summary import Summary


@dataclass(frozen=True, slots=True)
class Setting:
    """How the run was made. `pool` is the number of connections of each generator process, None where each user has
    its own; `target_is_here` says that the watched machine is also the target's, None where that is not known;
    `loopback` that the load goes to this machine by an address that leads through no network."""

    open_loop: bool
    users_max: int
    pool: int | None
    processes: int
    server_version: str = ""
    target_is_here: bool | None = None
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class DatabaseEvidence:
    """What the database did over the stretch. Empty where it was not watched; `counted_s` is the time that statements
    and tables were counted over. `plans` are plans (the planner's JSON) by query_id; `settings` name to value; `locks`
    are trees at their worst moments, the worst first; `sessions` are the fullest moments."""

    statements: Sequence[StatementRow] = ()
    waits: Sequence[WaitRow] = ()
    tables: Sequence[TableRow] = ()
    indexes: Sequence[IndexRow] = ()
    locks: Sequence[Dated] = ()
    sessions: Sequence[Dated] = ()
    counted_s: float = 0.0
    plans: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    schema: Document = field(default_factory=dict)

    @property
    def statement_ms(self) -> float:
        """Of statements that clients sent themselves; those within functions are in their callers."""
        return sum(row.total_ms for row in self.statements if row.top_level)

    def suspect(self, row: StatementRow) -> Suspect:
        share = row.total_ms / self.statement_ms if self.statement_ms else None
        return Suspect(row.query_id, row.query, row.calls, round(row.mean_ms, 3), share)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`gauges`, `accounting` and `database` are empty where nothing was watched. `processes` are documents of the
    busiest processes of the machine, with their times. Times count from the start of the load. `stretch_is_worse` says
    that the stretch was chosen because it was clearly worse than the rest of the run, `damaged` what of the load's own
    record could not be read."""

    summary: Summary
    setting: Setting
    stretch: Stretch
    load: LoadEvidence
    gauges: Gauges
    accounting: Accounting
    database: DatabaseEvidence = field(default_factory=DatabaseEvidence)
    processes: Sequence[Dated] = ()
    events: Sequence[Event] = ()
    notes: Sequence[str] = ()
    stretch_is_worse: bool = False
    damaged: str = ""

    @property
    def is_of_a_file(self) -> bool:
        """Samples of a file: no run of ours, with its warnings and its scenario, stands behind them."""
        return not self.summary.run_id

    @property
    def watched(self) -> bool:
        return bool(self.gauges.windows)

    @property
    def goals_missed(self) -> bool:
        return any(not goal.passed for goal in self.summary.goals)
