"""What the caches of a database come to, as the document "caches" tells it: plain JSON, made of their reports.

Rates are of the time between the last two reports of each process; what is not known is None, and never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.units import format_share

Standing = Literal["right", "behind", "silent", "unreadable"]
GAIN_MIN: Final = 0.005  # of all reads: what is less is not worth a word
TITLES: Final = {"lru": "LRU", "sieve": "SIEVE", "s3-fifo": "S3-FIFO", "2q": "2Q"}
_SIZES: Final = {0.5: "half the size", 1.0: "this size", 2.0: "twice the size"}


@dataclass(frozen=True, slots=True)
class CacheRow:
    """A process: a row of the document. Sizes in bytes, `hit_percent` of its reads, `age_ms` of what it knew of changes
    when it reported, `staleness_ms` how old that may be (None: it follows none).

    `standing`: "behind" passes itself by, since it knows too little; "silent" has not reported for some time.
    """

    cache: str
    instance: str
    host: str
    pid: int
    role: str
    standing: Standing
    seen_s_ago: float
    reads_per_s: float | None
    hit_percent: float | None
    entries: int
    bytes: int
    bytes_max: int
    age_ms: float | None
    staleness_ms: float | None
    trouble: str
    shared_trouble: str


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """Reads whose values carry tags of a family, of all processes."""

    family: str
    reads_per_s: float | None
    hit_percent: float | None


@dataclass(frozen=True, slots=True)
class UnwrittenRow:
    """A family of tags that nobody writes, and how many values were filled by it in all processes."""

    family: str
    filled: int


@dataclass(frozen=True, slots=True)
class TenantRow:
    """What a tenant's values take in all processes."""

    tenant: str
    bytes: int


@dataclass(frozen=True, slots=True)
class RatioRow:
    """What a policy at `size` times the cache would find, 0 to 1, by the shadow simulation in all processes."""

    policy: str
    size: float
    ratio: float


@dataclass(frozen=True, slots=True)
class CacheTotals:
    """One cache in all its processes: what an application calls by that name.

    `processes` have reported lately; `silent` ones have within the last minute only, or cannot be read: nothing of
    theirs is in the figures. `behind` of them pass it by since they know too little of changes, `away` pass tier 2 by.
    Rates are per second, by tier ("process", "shared") or reason. `age_ms` is the oldest among those that may hit;
    `staleness_ms` the shortest that is promised. `lag_ms`: how long after its commit a change was applied at most, of
    the polls that found any. `queries_per_s`: calls of query caches whose answers may be kept, None where no statement
    was asked through one; `uncached_per_s`: those that ran as without a cache, the most frequent reasons.
    """

    cache: str
    processes: int
    silent: int
    behind: int
    away: int
    policy: str
    reads_per_s: float | None
    hit_percent: float | None
    hits_per_s: dict[str, float]
    misses_per_s: dict[str, float]
    fills_per_s: float | None
    failed_per_s: float | None
    fill_ms_p50: float | None
    fill_ms_p99: float | None
    lag_ms_p50: float | None
    lag_ms_p99: float | None
    gone_per_s: dict[str, float]
    refused_per_s: dict[str, float]
    queries_per_s: float | None
    uncached_per_s: dict[str, float]
    entries: int
    bytes: int
    bytes_max: int
    age_ms: float | None
    staleness_ms: float | None


@dataclass(frozen=True, slots=True)
class CacheFigures(CacheTotals):
    """All that is told of it. `stale` values were found by the audit among `audited`."""

    audited: int
    stale: int
    changing: int
    unknown: int
    stale_keys: tuple[str, ...]
    families: tuple[FamilyRow, ...]
    unwritten: tuple[UnwrittenRow, ...]
    tenants: tuple[TenantRow, ...]
    shadow_requests: int
    shadow: tuple[RatioRow, ...]
    advice: tuple[str, ...]


def advice_of(policy: str, ratios: Sequence[RatioRow]) -> tuple[str, ...]:
    """What the shadow says in words, the most telling first; () where the live policy was not simulated.

    Both sides are simulated, for the live cache also loses what expires and what changes.
    """
    known = {(one.policy, one.size): one.ratio for one in ratios}
    now = known.get((policy, 1.0))
    if now is None:
        return ()
    said = []
    for size in (1.0, 2.0):
        best = max(((ratio, name) for (name, at), ratio in known.items() if at == size), default=None)
        if best is not None and best[0] - now >= GAIN_MIN * (1 if size == 1.0 else 2):
            said.append(f"{title(best[1])} at {_SIZES[size]}: {format_share(best[0])} instead of {format_share(now)}")
    half = max(((ratio, name) for (name, at), ratio in known.items() if at == 0.5), default=None)
    if half is not None and now - half[0] < GAIN_MIN:
        said.append(
            f"{title(half[1])} at half the size would do: {format_share(half[0])} instead of {format_share(now)}"
        )
    return tuple(said) or ("no other policy, and not twice the size, would find noticeably more",)


def title(policy: str) -> str:
    """As people write it."""
    return TITLES.get(policy, policy)
