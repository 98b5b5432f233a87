"""What all edges come to together, as the documents "edges" and "purges" tell it: plain JSON, made of their reports.

Rates are of the time between the last two looks; what is not known is None, and never 0.
"""

from dataclasses import dataclass
from typing import Final, Literal

EdgeStanding = Literal["up", "behind", "silent"]
SAMPLE_MIN: Final = 20  # requests: of fewer a share says little, and would alarm people


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A process, by its address. "behind" tells nothing by tag, since it knows too little of changes; "silent" did not
    answer, and `why`. Sizes in bytes."""

    edge: str
    host: str
    pid: int
    standing: EdgeStanding
    why: str
    requests_per_s: float | None
    hit_percent: float | None
    latency_ms_p95: float | None
    errors_percent: float | None
    entries: int | None
    bytes: int | None
    bytes_max: int | None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Requests by how an answer may be kept and what it is."""

    kind: str
    requests_per_s: float
    hit_percent: float | None


@dataclass(frozen=True, slots=True)
class EdgeTotals:
    """All edges as if they were one. `hit_percent`: answered without a body of the origin's, of what a cache may
    answer; latencies until an answer's head; `errors_percent`: answers of 500 and above, none at all, and bodies that
    were cut off."""

    edges: int
    silent: int
    behind: int
    requests_per_s: float | None
    hit_percent: float | None
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    latency_ms_p99: float | None
    errors_percent: float | None
    errors_per_s: float | None
    saved_bytes_per_s: float | None
    served_bytes_per_s: float | None
    purged_per_s: float | None
    entries: int
    bytes: int
    bytes_max: int
    outcomes_per_s: dict[str, float]
    because_per_s: dict[str, float]
    passed_per_s: dict[str, float]
    countries_per_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class PurgeRow:
    """What waits for a provider; `oldest_s` is the lag, None where nothing waits. `resume_s`: so long it is left
    alone."""

    provider: str
    waiting: int
    leased: int
    parked: int
    oldest_s: float | None
    tries: int
    resume_s: float | None
    trouble: str
