"""A report as OpenMetrics text, for an application's own endpoint: Prometheus reads it, and `plimsoll watch` does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Final

from plimsoll.core.cache_report import CacheReport
from plimsoll.core.time_bounds import FILL_MS

CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PREFIX: Final = "plimsoll_cache"
_ESCAPING: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
Labels = Mapping[str, str]


def exposition(name: str, report: CacheReport) -> str:
    """The whole text, of one cache in one process, with its end mark."""
    return "\n".join((*_lines({"cache": name}, report), "# EOF\n"))


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
        yield from _family(metric, "counter", meaning)
        yield from _several(f"{metric}_total", labels, label, counts)
    for metric, count, meaning in (
        ("failed_fills", report.failed, "fills that raised an error"),
        ("joined", report.joined, "reads answered by another's fill"),
        ("stale_served", report.stale, "values given after their end, where that was asked for"),
        ("queries", report.queries, "statements of query caches whose answers may be kept"),
        ("polls", report.polls, "polls of the changelog"),
    ):
        yield from _family(metric, "counter", meaning)
        yield _sample(f"{metric}_total", labels, count)
    yield from _family("fill_seconds", "histogram", "what fills took")
    yield from _buckets("fill_seconds", labels, report.fill_ms)
    yield _sample("fill_seconds_sum", labels, report.fill_s)
    yield from _family("lag_seconds", "histogram", "how late changes were applied at most, by polls that found any")
    yield from _buckets("lag_seconds", labels, report.lag_ms)
    yield from _gauges(labels, report)
    if report.audit is not None:
        audit = report.audit
        outcomes = {"stale": audit.stale, "changing": audit.changing, "unknown": audit.unknown}
        yield from _family("audited", "counter", "hits whose fill was run again, by what came of it")
        right = max(0, audit.checked - sum(outcomes.values()))
        yield from _several("audited_total", labels, "outcome", {"right": right, **outcomes})


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
            yield from _family(metric, "gauge", meaning)
            yield _sample(metric, labels, value)
    yield from _family("tenant_bytes", "gauge", "what the largest tenants' values take")
    yield from _several("tenant_bytes", labels, "tenant", report.tenants)


def _buckets(metric: str, labels: Labels, in_each: Sequence[int]) -> Iterator[str]:
    """Of a histogram: what stands under a bound is counted under the higher ones, too."""
    counts = (*in_each, *[0] * (len(FILL_MS) - len(in_each)))
    for bound, count in zip(FILL_MS, accumulate(counts), strict=True):
        bound_s = "+Inf" if bound == inf else f"{bound / 1000:g}"
        yield _sample(f"{metric}_bucket", {**labels, "le": bound_s}, count)
    yield _sample(f"{metric}_count", labels, sum(counts))


def _family(metric: str, kind: str, meaning: str) -> Iterable[str]:
    return (f"# TYPE {_PREFIX}_{metric} {kind}", f"# HELP {_PREFIX}_{metric} {meaning}")


def _several(metric: str, labels: Labels, label: str, counts: Mapping[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        yield _sample(metric, {**labels, label: name}, count)


def _sample(metric: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{_PREFIX}_{metric}{{{inner}}} {value}"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPING)
