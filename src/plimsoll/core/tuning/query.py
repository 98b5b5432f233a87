"""What is asked of a database under advice: statements with their weight, and values to ask them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# real: was sent so; common, rare: by the planner's statistics of the column; sampled: of rows that are there;
# guessed: nothing tells it.
Origin = Literal["real", "common", "rare", "sampled", "guessed"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Values of a statement's parameters in order, as the server writes them as text; None is NULL. `share` is how
    often the statement is asked like this, of all its bindings together 1."""

    values: tuple[str | None, ...] = ()
    origin: Origin = "sampled"
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """A statement of the workload. `text` has its parameters as $1, $2 …, of `types` as format_type names them (those
    in `enums` are enums); one of a type that `core.sql.values` reads by `cast` is cast from text in it already, and
    `sent` is the text without that. `calls` and `total_ms` are of the workload's stretch. A query that `writes`
    changes rows."""

    id: str
    text: str
    calls: float
    total_ms: float
    rows_per_call: float = 0.0
    types: tuple[str, ...] = ()
    enums: frozenset[str] = frozenset()
    bindings: tuple[Binding, ...] = (Binding(),)
    writes: bool = False
    label: str = ""
    sent: str = ""

    @property
    def shown(self) -> str:
        """Its text for people, who look for it in their code."""
        return self.sent or self.text

    @property
    def mean_ms(self) -> float:
        return self.total_ms / max(1.0, self.calls)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statement that no advice is about, and why."""

    text: str
    calls: float
    total_ms: float
    why: str


@dataclass(frozen=True, slots=True)
class QueryWorkload:
    """`source` says in words where it comes from: "run 20261126-…", "pg_stat_statements over 10 min", "queries.sql".
    Times of a source that has none (a file of SQL) are 0; a proof then weighs by what it measures, times calls.
    `bypassed` are ids of queries whose tables have row security that did not bind whoever planned them."""

    queries: Sequence[Query]
    source: str
    seconds: float | None = None
    since: datetime | None = None
    left_out: Sequence[LeftOut] = ()
    notes: Sequence[str] = ()
    bypassed: frozenset[str] = frozenset()

    @property
    def total_ms(self) -> float:
        return sum(one.total_ms for one in self.queries)
