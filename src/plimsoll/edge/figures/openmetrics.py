"""An edge's report as OpenMetrics text: Prometheus reads it. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.edge_report import EdgeReport
from plimsoll.core.openmetrics_text import END, Labels, MetricLines
from plimsoll.core.time_bounds import ANSWER_MS

_OURS: Final = MetricLines("plimsoll_edge")


def exposition(report: EdgeReport) -> str:
    """The whole text, of one process, with its end mark."""
    return "\n".join((*_lines({}, report), END))


def _lines(labels: Labels, report: EdgeReport) -> Iterator[str]:
    yield from _OURS.family("requests", "counter", "requests by class of what was told, and by what answered")
    for kind, outcomes in report.told.items():
        yield from _OURS.several("requests_total", {**labels, "class": kind}, "outcome", outcomes)
    for metric, label, counts, meaning in (
        ("forwarded", "reason", report.because, "requests for which the origin was asked, by RFC 9211"),
        ("passed", "reason", report.passed, "answers of the origin that were not stored"),
        ("country_requests", "country", report.countries, "requests by country, as a trusted peer says"),
    ):
        yield from _OURS.family(metric, "counter", meaning)
        yield from _OURS.several(f"{metric}_total", labels, label, counts)
    for metric, count, meaning in (
        ("errors", report.errors, "answers of 500 and above, and none at all"),
        ("broken_bodies", report.cut, "bodies that broke off"),
        ("saved_bytes", report.saved_bytes, "bytes of bodies that the origin did not send"),
        ("served_bytes", report.served_bytes, "bytes of bodies that were told"),
        ("evictions", report.evicted, "entries that went for want of room"),
        ("overtaken", report.overtaken, "answers that a purge overtook"),
        ("purged", report.purged, "entries that purges found"),
    ):
        yield from _OURS.family(metric, "counter", meaning)
        yield _OURS.sample(f"{metric}_total", labels, count)
    yield from _OURS.family("latency_seconds", "histogram", "time until the head of an answer was told")
    yield from _OURS.buckets("latency_seconds", labels, report.latency_ms, ANSWER_MS)
    yield _OURS.sample("latency_seconds_sum", labels, report.latency_s)
    behind = None if report.behind is None else int(report.behind)
    for metric, value, meaning in (
        ("entries", report.entries, "entries held"),
        ("bytes", report.bytes, "what they take"),
        ("limit_bytes", report.bytes_max, "what they may take"),
        ("tags", report.tags, "tags that entries carry"),
        ("behind", behind, "1 if too little is known of changes to tell what carries tags"),
    ):
        if value is not None:
            yield from _OURS.family(metric, "gauge", meaning)
            yield _OURS.sample(metric, labels, value)
