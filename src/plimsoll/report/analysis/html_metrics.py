"""Detailed metrics on a page: figures of the whole, of each step, of journeys and errors, and the course over time."""

from collections.abc import Iterable, Mapping

from plimsoll.core.analysis import Analysis, Metrics, StepMetrics
from plimsoll.core.summary import Summary
from plimsoll.core.units import UNKNOWN, format_bytes, format_count, format_ms, format_rate, format_share
from plimsoll.report import sections
from plimsoll.report.analysis.words import number
from plimsoll.report.markup import Html, element
from plimsoll.report.sections import Cell, table

Point = Mapping[str, float | None]


def metrics_html(analysis: Analysis) -> Iterable[tuple[str, Html]]:
    """Titles and what stands below them."""
    summary, metrics = analysis.summary, analysis.metrics
    yield "Figures of the whole", whole_html(summary, metrics)
    yield "Steps", sections.steps(summary.steps)
    if metrics.steps:
        yield "Steps: APDEX, concurrency, bytes", _more_html(metrics)
    if summary.journeys:
        yield "Journeys", sections.journeys(summary.journeys)
    yield "Errors by class", sections.errors(summary)


def whole_html(summary: Summary, metrics: Metrics) -> Html:
    latency, total = summary.latency_ms, metrics.total
    boxes = (
        ("Requests", format_count(summary.requests)),
        ("Rate", format_rate(summary.rate_per_s)),
        ("Errors", format_share(summary.error_rate) if summary.requests else UNKNOWN),
        ("Least", format_ms(total.min_ms)),
        ("Mean", format_ms(latency.mean)),
        *((name, format_ms(value)) for name, value in (
            ("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95), ("p99", latency.p99),
            ("p99.9", latency.p999), ("Max", latency.max))),
        (f"APDEX, satisfied below {format_ms(metrics.apdex_ms[0])}", apdex_words(total.apdex)),
        ("Under way at once, mean", UNKNOWN if total.concurrency is None else number(total.concurrency)),
        ("Received", format_bytes(total.bytes_received)),
        ("Sent", format_bytes(total.bytes_sent)),
    )  # fmt: skip
    shown = (element("div", element("dt", name), element("dd", said, class_="value")) for name, said in boxes)
    return element("dl", *shown, class_="figures")


def apdex_words(apdex: float | None) -> str:
    return UNKNOWN if apdex is None else f"{apdex:.2f}"


def _more_html(metrics: Metrics) -> Html:
    rows = [_more_row(step) for step in metrics.steps]
    head = ("Step", ">APDEX", ">Under way", ">Least", ">Received", ">Sent")
    return table(head, rows, "steps")


def _more_row(step: StepMetrics) -> tuple[Cell, ...]:
    return (
        f"{step.journey}: {step.name}" if step.journey else step.name,
        apdex_words(step.apdex),
        UNKNOWN if step.concurrency is None else number(step.concurrency),
        format_ms(step.min_ms),
        format_bytes(step.bytes_received),
        format_bytes(step.bytes_sent),
    )
