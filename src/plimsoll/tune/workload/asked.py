"""What a source of a workload tells of a statement, before its values are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.core.statement import WorkloadStatement
from plimsoll.core.tuning.query import LeftOut

Values = tuple[str | None, ...]  # of $1, $2 …, as text


@dataclass(frozen=True, slots=True)
class Seen:
    """Values that a statement was sent with, how often, and for how long in all."""

    values: Values
    calls: float
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with parameters as $1, $2 …; `seen` are values that it was sent with, as far as the source has them.
    `id` is the server's number of it, where there is one. `literal` is how it was sent once, with its constants, where
    the source took them out. `line` is where it stands in a file; 0 where it is of none."""

    text: str
    calls: float
    total_ms: float = 0.0
    rows_per_call: float = 0.0
    id: str = ""
    seen: Sequence[Seen] = ()
    literal: str = ""
    line: int = 0

    @property
    def statement(self) -> WorkloadStatement:
        """As capture takes it."""
        rows = round(self.rows_per_call * self.calls)
        return WorkloadStatement(self.text, max(1, round(self.calls)), self.total_ms, rows)


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a source tells; `source`, `seconds` and `since` as a QueryWorkload has them. `remedy` is what to do
    where that is nothing."""

    asked: Sequence[Asked]
    source: str
    seconds: float | None = None
    since: datetime | None = None
    left_out: Sequence[LeftOut] = ()
    notes: Sequence[str] = ()
    remedy: str = "connect as the application does, with its search_path"
