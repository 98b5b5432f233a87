"""A report as OpenMetrics text, for an application's own endpoint: Prometheus reads it, and `plimsoll watch` does."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.cache_report import CacheReport
from plimsoll.core.openmetrics_text import END, Labels, MetricLines

_OURS: Final = MetricLines("plimsoll_cache")


def exposition(name: str, report: CacheReport) -> str:
    """The whole text, of one cache in one process, with its end mark."""
    return "\n".join((*_lines({"cache": name}, report), END))


def _lines(labels: Labels, report: CacheReport) -> Iterator[str]:
    for metric, label, counts, meaning in (
        ("hits", "tier", report.hits, "reads that were hits"),
        ("misses", "reason", report.misses, "reads that were none"),
        ("evictions", "reason", report.gone, "values that went"),
        ("refused", "reason", report.refused, "values that were filled and not kept"),
        ("uncached", "reason", report.uncached, "statements of query caches that ran as without a cache"),
        ("everything", "reason", report.everything, "times that all had to go"),
        ("family_hits", "family", {one: uses.hits for one, uses in report.families.items()}, "hits by family of tags"),
        ("family_misses", "family", {one: uses.misses for one, uses in report.families.items()}, "fills by family"),
    ):
        yield from _OURS.family(metric, "counter", meaning)
        yield from _OURS.several(f"{metric}_total", labels, label, counts)
    for metric, count, meaning in (
        ("failed_fills", report.failed, "fills that raised an error"),
        ("joined", report.joined, "reads answered by another's fill"),
        ("stale_served", report.stale, "values given after their end, where that was asked for"),
        ("queries", report.queries, "statements of query caches whose answers may be kept"),
        ("polls", report.polls, "polls of the changelog"),
    ):
        yield from _OURS.family(metric, "counter", meaning)
        yield _OURS.sample(f"{metric}_total", labels, count)
    yield from _OURS.family("fill_seconds", "histogram", "what fills took")
    yield from _OURS.buckets("fill_seconds", labels, report.fill_ms)
    yield _OURS.sample("fill_seconds_sum", labels, report.fill_s)
    yield from _OURS.family(
        "lag_seconds", "histogram", "how late changes were applied at most, by polls that found any"
    )
    yield from _OURS.buckets("lag_seconds", labels, report.lag_ms)
    yield from _gauges(labels, report)
    if report.audit is not None:
        audit = report.audit
        outcomes = {"stale": audit.stale, "changing": audit.changing, "unknown": audit.unknown}
        yield from _OURS.family("audited", "counter", "hits whose fill was run again, by what came of it")
        right = max(0, audit.checked - sum(outcomes.values()))
        yield from _OURS.several("audited_total", labels, "outcome", {"right": right, **outcomes})


def _gauges(labels: Labels, report: CacheReport) -> Iterator[str]:
    for metric, value, meaning in (
        ("entries", report.entries, "values held"),
        ("bytes", report.bytes, "what they take"),
        ("limit_bytes", report.bytes_max, "what they may take"),
        ("watermark_age_seconds", report.age_s, "how old what is known of changes is"),
        ("staleness_seconds", report.staleness_s, "how old that may be"),
        ("behind", int(report.is_behind), "1 if the cache passes itself by, for want of news of changes"),
        ("shared_away", int(bool(report.shared_trouble)), "1 if tier 2 is passed by"),
    ):
        if value is not None:
            yield from _OURS.family(metric, "gauge", meaning)
            yield _OURS.sample(metric, labels, value)
    yield from _OURS.family("tenant_bytes", "gauge", "what the largest tenants' values take")
    yield from _OURS.several("tenant_bytes", labels, "tenant", report.tenants)
