"""Detailed metrics on a page: figures of the whole, of each step, of journeys and errors, and the course over time."""

from collections.abc import Iterable, Mapping, Sequence

from plimsoll.core.analysis import Analysis, Metrics, StepMetrics
from plimsoll.core.summary import Summary
from plimsoll.core.units import UNKNOWN, format_bytes, format_count, format_ms, format_rate, format_share
from plimsoll.report import sections
from plimsoll.report.analysis.words import number
from plimsoll.report.markup import Html, element
from plimsoll.report.panels import LEAST_MS, Colour, Line, Panel
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


def course_panels(points: Sequence[Point]) -> tuple[list[float], list[Panel]]:
    """The middle of each point, and panels of what was measured over time."""
    times = [(point.get("start_s") or 0.0) + (point.get("width_s") or 0.0) / 2 for point in points]
    latency = [
        Line("p50", "latency", "solid", _times(points, "p50_ms")),
        Line("p95", "latency", "dash", _times(points, "p95_ms")),
        Line("p99", "latency", "dot", _times(points, "p99_ms")),
    ]
    found = [
        Panel("Requests per second", 150, _line(points, "rate_per_s", "load"), format_rate),
        Panel("Latency, log axis", 220, latency, format_ms, log=True, bands=((0, 1), (1, 2))),
        Panel("Errors", 100, _line(points, "error_rate", "failing"), format_share),
        Panel("Requests under way at once", 100, _line(points, "concurrency", "load"), _plain_number),
    ]
    return times, [panel for panel in found if any(line.has_values for line in panel.lines)]


def _line(points: Sequence[Point], key: str, colour: Colour) -> list[Line]:
    return [Line("", colour, "solid", [point.get(key) for point in points])]


def _times(points: Sequence[Point], key: str) -> list[float | None]:
    """A logarithmic axis has no 0."""
    return [None if (value := point.get(key)) is None else max(LEAST_MS, value) for point in points]


def _plain_number(value: float | None) -> str:
    return UNKNOWN if value is None else number(value)
