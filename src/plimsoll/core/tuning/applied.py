"""What was applied of a tuning and when, with what the server had counted until then. What `applied.json` holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from plimsoll.core.json_values import CannotReadError, Format

APPLIED_VERSION: Final = 1
# done: by us, was-there: it was done before we came, failed: not done, left: not come to, taken-back: done once.
State = Literal["done", "was-there", "failed", "left", "taken-back"]
_FORMAT: Final = Format()


@dataclass(frozen=True, slots=True)
class Counted:
    """A statement as pg_stat_statements has counted it: entries of its roles and schemas added up. `m2` is the sum of
    squared deviations from the mean, of which two counts' difference has its own."""

    calls: int
    total_ms: float
    m2: float = 0.0


@dataclass(frozen=True, slots=True)
class Counters:
    """Of the workload's statements, by their ids. `since` is when the count began, where the server tells; entries
    `evicted` are all that it ever dropped to make room."""

    at: datetime
    since: datetime | None
    statements: Mapping[str, Counted] = field(default_factory=dict)
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class AppliedIndex:
    """One that was built; its use is counted under this name."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change of the tuning, by its id, and what became of it."""

    id: str
    title: str
    state: State
    at: datetime
    seconds: float = 0.0
    why: str = ""
    index: AppliedIndex | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """Everything done to one database, in several goes maybe. `counters` are those before the first of them, `since`
    those after the last; None where the server counts no statements (`uncounted` says why). `finished_at` is the end
    of the last go."""

    tuning: str
    database: str
    server: str
    began_at: datetime
    finished_at: datetime
    changes: Sequence[AppliedChange] = ()
    counters: Counters | None = None
    since: Counters | None = None
    uncounted: str = ""
    schema_version: int = APPLIED_VERSION

    @property
    def done(self) -> list[AppliedChange]:
        """Those that are in effect."""
        return [one for one in self.changes if one.state in ("done", "was-there")]

    @property
    def taken_back(self) -> list[AppliedChange]:
        return [one for one in self.changes if one.state == "taken-back"]


def applied_to_json(applied: Applied) -> dict[str, Any]:
    found: dict[str, Any] = _FORMAT.written(applied)
    return found


def applied_from_json(data: Any) -> Applied:
    """Raises CannotReadError."""
    version = data.get("schema_version") if isinstance(data, dict) else APPLIED_VERSION
    if version != APPLIED_VERSION:
        raise CannotReadError("schema_version", f"it is of version {version!r}, not {APPLIED_VERSION}")
    return _FORMAT.read(Applied, data)
