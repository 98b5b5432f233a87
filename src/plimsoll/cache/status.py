"""What a cache says of itself: plain numbers and words, as JSON takes them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from plimsoll.cache.store.entry import Limits
from plimsoll.core.cache_report import Uses

if TYPE_CHECKING:
    from plimsoll.cache.fill.desk import Desk
    from plimsoll.cache.following import Followed, Following

NOT_FOLLOWED = "changes are not followed: cache.follow(…), or staleness_s=None to do without"


@dataclass(frozen=True, slots=True)
class Status:
    """Counts since the cache was made, or since the fork; sizes in bytes.

    `hits` are of tier 1, `hits_shared` of tier 2. `misses`, `refused` (values not kept) and `gone` by reason.
    `families`: hits, estimated from samples, and fills, by family of tags. `fill_s` is the sum of what fills took,
    `fill_ms` counts as many as `core.time_bounds.FILL_MS` has bounds. `joined`: answers by another's fill;
    `waited_in_vain`: who waited for one as long as he would. `stale`: values given though they had ended
    ("revalidating") or instead of an error ("error"). `queries`: calls of query caches whose answers may be kept,
    `uncached`: those that ran as without a cache, by reason. `age_s`: how old what is known of changes is at most;
    None: nothing is known. `trouble`: why changes are not known, `neglected`: why the changelog is not looked
    after; "" if all is well. `everything`: how often all had to go, by reason.
    """

    name: str
    policy: str
    staleness_s: float | None
    entries: int
    entries_max: int
    bytes: int
    bytes_max: int
    tenant_bytes: Mapping[str, int]
    hits: int
    hits_shared: int
    namespace_hits: Mapping[str, int]
    misses: Mapping[str, int]
    families: Mapping[str, Uses]
    puts: int
    refused: Mapping[str, int]
    gone: Mapping[str, int]
    fills: int
    failed: int
    fill_s: float
    fill_ms: tuple[int, ...]
    joined: int
    waited_in_vain: int
    refreshed: int
    refreshes_failed: int
    stale: Mapping[str, int]
    queries: int
    uncached: Mapping[str, int]
    filling: int
    age_s: float | None
    polls: int
    rows: int
    failures: int
    everything: Mapping[str, int]
    trouble: str
    neglected: str

    @property
    def hit_ratio(self) -> float | None:
        """Hits of tier 1 among all that was asked for; None if nothing was."""
        asked = self.hits + sum(self.misses.values())
        return self.hits / asked if asked else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def status_of(
    name: str, limits: Limits, policy: str, desk: "Desk", following: "Following | None", namespaces: Mapping[str, int]
) -> Status:
    """As of now."""
    store, fills = desk.tier1.statistics(), desk.counts.told()
    followed: Followed | None = None if following is None else following.told
    refused = {reason.value: count for reason, count in store.refused.items()} | dict(fills.refused)
    return Status(
        name=name,
        policy=policy,
        staleness_s=desk.staleness_s,
        entries=store.entries,
        entries_max=limits.entries,
        bytes=store.bytes,
        bytes_max=limits.bytes,
        tenant_bytes=store.tenant_bytes,
        hits=store.hits,
        hits_shared=fills.shared,
        namespace_hits=namespaces,
        misses={reason.value: count for reason, count in store.misses.items()},
        families={family: Uses(*uses) for family, uses in desk.tier1.sampling.families().items()},
        puts=store.puts,
        refused=refused,
        gone={str(reason): count for reason, count in store.gone.items()},
        fills=fills.fills,
        failed=fills.failed,
        fill_s=fills.seconds,
        fill_ms=fills.took_ms,
        joined=fills.joined,
        waited_in_vain=fills.waited_in_vain,
        refreshed=fills.refreshed,
        refreshes_failed=fills.refreshes_failed,
        stale=fills.stale,
        queries=sum(one.cached for one in desk.queries()),
        uncached=sum((Counter(one.uncached) for one in desk.queries()), Counter()),
        filling=len(desk.flights),
        age_s=None if followed is None else followed.age_s,
        polls=0 if followed is None else followed.polls,
        rows=0 if followed is None else followed.rows,
        failures=0 if followed is None else followed.failures,
        everything={} if followed is None else followed.everything,
        trouble=_trouble(desk.staleness_s, followed),
        neglected="" if followed is None else followed.neglected,
    )


def _trouble(staleness_s: float | None, followed: "Followed | None") -> str:
    """What hinders the polls, or, where nobody said, that they are not answered."""
    if followed is None:
        return "" if staleness_s is None else NOT_FOLLOWED
    if followed.trouble or staleness_s is None:
        return followed.trouble
    if followed.age_s is None:
        return "nothing is known of changes yet: the first poll was not answered"
    if followed.age_s > staleness_s:
        return f"no poll was answered for {followed.age_s:.2f} s, longer than staleness_s={staleness_s:g}"
    return ""
