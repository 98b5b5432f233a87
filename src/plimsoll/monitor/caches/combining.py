"""What many processes report becomes one account of each cache. Pure."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from plimsoll.changes.caches import SeenCache
from plimsoll.core.cache_figures import (
    CacheFigures,
    CacheRow,
    FamilyRow,
    RatioRow,
    Standing,
    TenantRow,
    UnwrittenRow,
    advice_of,
)
from plimsoll.core.cache_report import OTHERS, STALE_SHOWN_MAX, CacheReport, quantile_ms, unwritten_families
from plimsoll.core.time_bounds import FILL_MS
from plimsoll.monitor.collecting.counters import Difference, Look, difference

APART_S_MIN: Final = 0.5  # two looks that are nearer saw one report
FAMILIES_SHOWN: Final = 10
TENANTS_SHOWN: Final = 10
REASONS_SHOWN: Final = 20  # why statements ran uncached
_COMPLETE: Final = ("hits", "misses", "gone", "refused", "uncached", "fill_ms", "lag_ms")

Counted = tuple[Hashable, ...]
Between = Difference[Counted]


class Reports:
    """The last report of each process, and what it counted since the one before."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._last: dict[tuple[str, str], tuple[Look[Counted], Between | None]] = {}

    def next(self, seen: Iterable[SeenCache], steady_s: float) -> dict[tuple[str, str], Between]:
        """By cache and instance, where it is known. Who is not seen any more is forgotten."""
        now: dict[tuple[str, str], tuple[Look[Counted], Between | None]] = {}
        for one in seen:
            if one.report is None or one.is_silent:
                continue
            key = (one.name, one.instance)
            look = Look(steady_s - one.seen_s_ago, counters_of(one.report), one.report.started_s)
            before = self._last.get(key)
            if before is None:
                now[key] = (look, None)
            elif abs(look.steady_s - before[0].steady_s) < APART_S_MIN:
                now[key] = before
            else:
                now[key] = (look, difference(_whole(before[0], look), look, self._period_s))
        self._last = now
        return {key: found for key, (_, found) in now.items() if found is not None}


def _whole(before: Look[Counted], after: Look[Counted]) -> Look[Counted]:
    """With 0 for each reason that had not come up yet. Of families only the most read are reported."""
    new = {key: 0.0 for key in after.counters.keys() - before.counters.keys() if key[0] in _COMPLETE}
    return replace(before, counters={**before.counters, **new})


def counters_of(report: CacheReport) -> dict[Counted, float]:
    """All that counts up, by what it is."""
    named: Mapping[str, Mapping[str, int]] = {
        "hits": report.hits, "misses": report.misses, "gone": report.gone, "refused": report.refused,
        "uncached": report.uncached,
    }  # fmt: skip
    return {
        **{(kind, name): float(count) for kind, counts in named.items() for name, count in counts.items()},
        **{("fill_ms", place): float(count) for place, count in enumerate(report.fill_ms)},
        **{("lag_ms", place): float(count) for place, count in enumerate(report.lag_ms)},
        **{("family hits", name): float(uses.hits) for name, uses in report.families.items()},
        **{("family misses", name): float(uses.misses) for name, uses in report.families.items()},
        ("fills",): float(report.fills),
        ("queries",): float(report.queries),
        ("failed",): float(report.failed),
    }


def row_of(one: SeenCache, between: Between | None) -> CacheRow:
    """A process as it is shown."""
    report = one.report or CacheReport()
    hits, misses = _of_kind(between, "hits"), _of_kind(between, "misses")
    asked = sum(hits.values()) + sum(misses.values())
    return CacheRow(
        cache=one.name,
        instance=one.instance,
        host=report.host,
        pid=report.pid,
        role=one.role,
        standing=standing_of(one),
        seen_s_ago=one.seen_s_ago,
        reads_per_s=None if between is None else asked,
        hit_percent=_percent(sum(hits.values()), asked),
        entries=report.entries,
        bytes=report.bytes,
        bytes_max=report.bytes_max,
        age_ms=None if report.age_s is None else report.age_s * 1000,
        staleness_ms=None if report.staleness_s is None else report.staleness_s * 1000,
        trouble=report.trouble,
        shared_trouble=report.shared_trouble,
    )


def standing_of(one: SeenCache) -> Standing:
    if one.report is None:
        return "unreadable"
    if one.is_silent:
        return "silent"
    return "behind" if one.report.is_behind else "right"


def figures_of(
    cache: str,
    seen: Sequence[SeenCache],
    found: Mapping[tuple[str, str], Between],
    written: Collection[str] | None = None,
) -> CacheFigures:
    """Of all processes with a cache of this name. `written` are families that templates have; None: not known."""
    fresh = [one.report for one in seen if one.report is not None and not one.is_silent]
    between = [found[key] for one in seen if (key := (one.name, one.instance)) in found]
    hits, misses = _summed(between, "hits"), _summed(between, "misses")
    asked = sum(hits.values()) + sum(misses.values())
    fills, lags = (
        [_counted(between, (kind, place)) for place in range(len(FILL_MS))] for kind in ("fill_ms", "lag_ms")
    )
    ages = [one.age_s for one in fresh if one.age_s is not None and not one.is_behind]
    audits = [one.audit for one in fresh if one.audit is not None]
    policy = next((one.policy for one in fresh if one.policy), "")
    shadow = _ratios(fresh)
    unwritten = {} if written is None else unwritten_families(fresh, written)
    return CacheFigures(
        cache=cache,
        processes=len(fresh),
        silent=len(seen) - len(fresh),
        behind=sum(one.is_behind for one in fresh),
        away=sum(bool(one.shared_trouble) for one in fresh),
        policy=policy,
        reads_per_s=asked if between else None,
        hit_percent=_percent(sum(hits.values()), asked),
        hits_per_s=hits,
        misses_per_s=misses,
        fills_per_s=_per_s(between, ("fills",)),
        failed_per_s=_per_s(between, ("failed",)),
        fill_ms_p50=quantile_ms(fills, 0.5),
        fill_ms_p99=quantile_ms(fills, 0.99),
        lag_ms_p50=quantile_ms(lags, 0.5),
        lag_ms_p99=quantile_ms(lags, 0.99),
        gone_per_s=_summed(between, "gone"),
        refused_per_s=_summed(between, "refused"),
        queries_per_s=_per_s(between, ("queries",)) if any(one.queries or one.uncached for one in fresh) else None,
        uncached_per_s=_largest(_summed(between, "uncached"), REASONS_SHOWN),
        entries=sum(one.entries for one in fresh),
        bytes=sum(one.bytes for one in fresh),
        bytes_max=sum(one.bytes_max for one in fresh),
        age_ms=max(ages) * 1000 if ages else None,
        staleness_ms=min((one.staleness_s * 1000 for one in fresh if one.staleness_s is not None), default=None),
        audited=sum(one.checked for one in audits),
        stale=sum(one.stale for one in audits),
        changing=sum(one.changing for one in audits),
        unknown=sum(one.unknown for one in audits),
        stale_keys=tuple(dict.fromkeys(chain.from_iterable(one.found for one in audits)))[:STALE_SHOWN_MAX],
        families=_families(between),
        unwritten=tuple(UnwrittenRow(name, filled) for name, filled in unwritten.items()),
        tenants=_tenants(fresh),
        shadow_requests=sum(one.shadow.requests for one in fresh if one.shadow is not None),
        shadow=shadow,
        advice=advice_of(policy, shadow),
    )


def _families(between: Sequence[Between]) -> tuple[FamilyRow, ...]:
    """The most read."""
    hits, misses = _summed(between, "family hits"), _summed(between, "family misses")
    asked = {name: hits.get(name, 0.0) + misses.get(name, 0.0) for name in hits.keys() | misses.keys()}
    ranked = sorted(asked.items(), key=lambda one: (-one[1], one[0]))
    return tuple(FamilyRow(name, rate, _percent(hits.get(name, 0.0), rate)) for name, rate in ranked[:FAMILIES_SHOWN])


def _tenants(reports: Iterable[CacheReport]) -> tuple[TenantRow, ...]:
    """The largest; who is none's ("") is left out."""
    held: defaultdict[str, int] = defaultdict(int)
    for name, size in chain.from_iterable(one.tenants.items() for one in reports):
        if name not in ("", OTHERS):
            held[name] += size
    ranked = sorted(held.items(), key=lambda one: (-one[1], one[0]))
    return tuple(TenantRow(name, size) for name, size in ranked[:TENANTS_SHOWN])


def _ratios(reports: Iterable[CacheReport]) -> tuple[RatioRow, ...]:
    """Weighted by how many requests each process simulated."""
    weights: defaultdict[tuple[str, float], float] = defaultdict(float)
    summed: defaultdict[tuple[str, float], float] = defaultdict(float)
    for shadow in (one.shadow for one in reports if one.shadow is not None):
        weight = shadow.requests * shadow.one_in
        for ratio in shadow.ratios:
            weights[ratio.policy, ratio.size] += weight
            summed[ratio.policy, ratio.size] += weight * ratio.ratio
    return tuple(RatioRow(*key, summed[key] / weight) for key, weight in sorted(weights.items()) if weight)


def _percent(some: float, of: float) -> float | None:
    """Divided first: so it is at most 100, and 100 exactly where some are all."""
    return 100 * (some / of) if of else None


def _of_kind(between: Between | None, kind: str) -> dict[str, float]:
    """Rates by name."""
    if between is None:
        return {}
    return {str(key[1]): count / between.seconds for key, count in between.counted.items() if key[0] == kind}


def _summed(between: Iterable[Between], kind: str) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for name, rate in chain.from_iterable(_of_kind(one, kind).items() for one in between):
        found[name] += rate
    return dict(found)


def _largest(rates: Mapping[str, float], most: int) -> dict[str, float]:
    ranked = sorted(rates.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(rate for _, rate in ranked[most:])
    return dict(ranked[:most]) | ({OTHERS: rest} if rest else {})


def _per_s(between: Sequence[Between], key: Counted) -> float | None:
    rates = [rate for one in between if (rate := one.per_s(key)) is not None]
    return sum(rates) if rates else None


def _counted(between: Iterable[Between], key: Counted) -> float:
    return sum(one.counted.get(key, 0.0) for one in between)
