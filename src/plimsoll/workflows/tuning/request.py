"""What a tuning is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from plimsoll.core.tuning.named import Named
from plimsoll.workflows.target import TargetRequest

TOP: Final = 50  # statements looked into, the heaviest
TIME_S: Final = 600.0  # of the search, and of the proof each
CLONE_BYTES_MAX: Final = 20 * 2**30
READ_S: Final = 15.0  # of each look at the catalog and at counters
KEPT_ROOT: Final = Path(".plimsoll") / "tunings"
Say = Callable[[str], None]  # to whoever waits, in a line


@dataclass(frozen=True, slots=True)
class WorkloadSource:
    """Where the workload comes from: a run's directory, a file of SQL, a server's log with plans of auto_explain, else
    pg_stat_statements over `window_s`, or since its counters began where that is None."""

    run: Path | None = None
    sql: Path | None = None
    log: Path | None = None
    window_s: float | None = None


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """`prove` measures on a copy. `clone_on` says where that is made: "own" (a server that is started for it and goes
    with it; the default), "beside" (on the database's own server, from it as a template, where nobody is connected to
    it), or a DSN of another server. `budget_bytes` bounds what new indexes take; `kept_root` is where tunings are
    kept. Statements are planned and measured as `role` ("": who connects), with the settings of `session` that row
    security reads ("app.tenant_id"). `named` is how the database was named, which is kept."""

    where: TargetRequest
    source: WorkloadSource = field(default_factory=WorkloadSource)
    top: int = TOP
    budget_bytes: int | None = None
    time_s: float = TIME_S
    prove: bool = False
    clone_on: str = "own"
    clone_bytes_max: int = CLONE_BYTES_MAX
    schemas: tuple[str, ...] = ()
    role: str = ""
    session: Mapping[str, str] = field(default_factory=dict)
    kept_root: Path = KEPT_ROOT
    named: Named = field(default_factory=Named)
