"""What a process tells of its cache every few seconds: written by the cache, read by whoever watches. Plain JSON.

Counters count since the cache was made. Whoever reads it trusts nothing: any role that may report may have written it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any, Final

from plimsoll.core.tag import STATEMENT_FAMILY, TABLE_FAMILY
from plimsoll.core.time_bounds import FILL_MS
from plimsoll.core.told import count_told, cut, list_told, map_told, number_told, text_told

NAME_CHARACTERS_MAX: Final = 100
INSTANCE_CHARACTERS_MAX: Final = 64
PROCESSES_MAX: Final = 1_000  # that report at once; a further one is refused
REPORT_BYTES_MAX: Final = 16_384
REPORTS_BYTES_MAX: Final = 32 * 2**20  # of all reports in a database, with what a long transaction keeps of old ones
SILENT_S: Final = 60  # who has not reported for so long is gone
REPORT_EVERY_S: Final = 2.0
OVERDUE_S: Final = 3 * REPORT_EVERY_S  # who has not reported for so long passes itself by, stands still, or is gone
CLOSED: Final = '{"closed": true}'  # the last report of who ends in peace: whoever reads them leaves it out
NAMES_MAX: Final = 20  # of each map of a report; what is beyond stands under OTHERS
OTHERS: Final = "(others)"
RATIOS_MAX: Final = 24  # of a shadow: policies times sizes
STALE_SHOWN_MAX: Final = 5

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Uses:
    """Of one family of tags: what was found, and what was not."""

    hits: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Hits whose fill was run again. `stale` differed though the entry was still right by all that was known
    afterwards; `changing` was just being changed; `unknown` could not be judged. `found` are keys that were stale."""

    checked: int = 0
    stale: int = 0
    changing: int = 0
    unknown: int = 0
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowRatio:
    """What a policy at `size` times the cache would have found, of the sampled keys. `ratio` from 0 to 1."""

    policy: str
    size: float
    ratio: float


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """Other policies and sizes, simulated beside the live one on one of `one_in` keys. `requests` were counted."""

    requests: int = 0
    one_in: float = 1.0
    ratios: tuple[ShadowRatio, ...] = ()


@dataclass(frozen=True, slots=True)
class CacheReport:
    """Sizes in bytes, `started_s` since 1970, `age_s` how old what is known of changes was (None: nothing is).

    `hits` by tier ("process", "shared"), `misses`, `refused`, `gone`, `uncached` and `everything` by reason,
    `fill_ms` as many as FILL_MS has bounds, `fill_s` what they took together. `trouble` is why changes are not
    followed, `shared_trouble` why tier 2 is passed by; "" if all is well. `staleness_s` None: no changes are
    followed. `stale` values were served to who asked for what is stale. `lag_ms` counts polls that found changes,
    as `fill_ms`: by how old those were at most when they were applied. `queries`: calls of query caches whose
    answers may be kept, `uncached`: the others. `heard`: those of `families` of which a tag was written so far.
    """

    host: str = ""
    pid: int = 0
    started_s: float = 0.0
    policy: str = ""
    entries: int = 0
    bytes: int = 0
    entries_max: int = 0
    bytes_max: int = 0
    hits: Mapping[str, int] = field(default_factory=dict)
    misses: Mapping[str, int] = field(default_factory=dict)
    stale: int = 0
    fills: int = 0
    failed: int = 0
    joined: int = 0
    fill_s: float = 0.0
    fill_ms: tuple[int, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    queries: int = 0
    uncached: Mapping[str, int] = field(default_factory=dict)
    tenants: Mapping[str, int] = field(default_factory=dict)
    families: Mapping[str, Uses] = field(default_factory=dict)
    heard: tuple[str, ...] = ()
    staleness_s: float | None = None
    age_s: float | None = None
    trouble: str = ""
    polls: int = 0
    lag_ms: tuple[int, ...] = ()
    everything: Mapping[str, int] = field(default_factory=dict)
    has_shared: bool = False
    shared_trouble: str = ""
    audit: AuditReport | None = None
    shadow: ShadowReport | None = None

    @property
    def asked(self) -> int:
        """Reads since the cache was made."""
        return sum(self.hits.values()) + sum(self.misses.values())

    @property
    def is_behind(self) -> bool:
        """Whether what carries tags is passed by, since too little is known of changes."""
        return self.staleness_s is not None and (self.age_s is None or self.age_s > self.staleness_s)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_report(said: object) -> CacheReport | None:
    """What somebody reported, made fit to be shown; None for what is no report. What is odd within it is left out."""
    if not isinstance(said, Mapping):
        return None
    audit, shadow = said.get("audit"), said.get("shadow")
    plain: dict[str, Any] = {
        **{name: text_told(said.get(name)) for name in ("host", "policy", "trouble", "shared_trouble")},
        **{name: count_told(said.get(name)) for name in _COUNTS},
        **{name: _counts(said, name) for name in _MAPS},
    }
    return CacheReport(
        **plain,
        started_s=number_told(said.get("started_s")) or 0.0,
        fill_s=number_told(said.get("fill_s")) or 0.0,
        fill_ms=_buckets(said, "fill_ms"),
        lag_ms=_buckets(said, "lag_ms"),
        families={name: _uses(one) for name, one in _mapped(said, "families")},
        heard=tuple(cut(one) for one in list_told(said.get("heard"))[: NAMES_MAX + 1] if isinstance(one, str)),
        staleness_s=number_told(said.get("staleness_s")),
        age_s=number_told(said.get("age_s")),
        has_shared=said.get("has_shared") is True,
        audit=_audit(audit) if isinstance(audit, Mapping) else None,
        shadow=_shadow(shadow) if isinstance(shadow, Mapping) else None,
    )


def unwritten_families(reports: Iterable[CacheReport], written: Collection[str]) -> dict[str, int]:
    """Families that values carry and that nobody writes: no template, whose families are `written`, and so far nobody
    by hand. With how many values were filled by them, the most first; of the families that are reported."""
    seen = list(reports)
    known = {*written, *_WRITTEN_AT_NEED, *(name for one in seen for name in one.heard)}
    found: dict[str, int] = {}
    for name, uses in ((name, uses) for one in seen for name, uses in one.families.items()):
        if name not in known and uses.misses:
            found[name] = found.get(name, 0) + uses.misses
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:NAMES_MAX])


def largest(counts: Mapping[str, int], most: int = NAMES_MAX) -> dict[str, int]:
    """The largest of them, and the sum of the others."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ranked[most:])
    return dict(ranked[:most]) | ({OTHERS: rest} if rest else {})


def quantile_ms(counts: Sequence[float], share: float, bounds: Sequence[float] = FILL_MS) -> float | None:
    """The time that this share of fills did not exceed, by their counts in `bounds`; None where there were none.

    Off by at most the bucket it lies in. Above the last bound, that bound.
    """
    total = sum(counts)
    if total <= 0:
        return None
    below, left = 0.0, share * total
    for bound, count in zip(bounds, counts, strict=False):
        if count and left <= count:
            return below if bound == inf else below + (bound - below) * left / count
        left -= count
        below = below if bound == inf else bound
    return below


_WRITTEN_AT_NEED: Final = frozenset({TABLE_FAMILY, STATEMENT_FAMILY, OTHERS})
_COUNTS: Final = (
    "pid", "entries", "bytes", "entries_max", "bytes_max", "stale", "fills", "failed", "joined", "polls", "queries",
)  # fmt: skip
_MAPS: Final = ("hits", "misses", "refused", "gone", "uncached", "tenants", "everything")


def _audit(said: Json) -> AuditReport:
    found = tuple(cut(one) for one in list_told(said.get("found"))[:STALE_SHOWN_MAX] if isinstance(one, str))
    return AuditReport(
        **{name: count_told(said.get(name)) for name in ("checked", "stale", "changing", "unknown")}, found=found
    )


def _shadow(said: Json) -> ShadowReport:
    ratios = tuple(
        ShadowRatio(text_told(one.get("policy")), size, ratio)
        for one in list_told(said.get("ratios"))[:RATIOS_MAX]
        if isinstance(one, Mapping)
        and (size := number_told(one.get("size"))) is not None
        and (ratio := number_told(one.get("ratio"))) is not None
        and ratio <= 1
    )
    return ShadowReport(count_told(said.get("requests")), max(1.0, number_told(said.get("one_in")) or 1.0), ratios)


def _uses(said: object) -> Uses:
    return Uses(count_told(said.get("hits")), count_told(said.get("misses"))) if isinstance(said, Mapping) else Uses()


def _buckets(said: Json, name: str) -> tuple[int, ...]:
    return tuple(map(count_told, list_told(said.get(name))[: len(FILL_MS)]))


def _counts(said: Json, name: str) -> dict[str, int]:
    return {key: count_told(one) for key, one in _mapped(said, name)}


def _mapped(said: Json, name: str) -> Sequence[tuple[str, Any]]:
    return map_told(said.get(name), NAMES_MAX + 1)
