"""The metrics of a file as a terminal shows them: its figures, its steps, what failed. Fits 80 columns."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from plimsoll.core.analysis import Analysis, Metrics, StepMetrics
from plimsoll.core.summary import Spread, StepSummary, Summary
from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)
from plimsoll.report.analysis.words import number
from plimsoll.report.lines import cells, heading, line, table
from plimsoll.report.words import by_count, by_time_spent, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

ROWS_MAX: Final = 20
CLASSES_MAX: Final = 10


def metrics_view(analysis: Analysis) -> "RenderableType":
    """Beneath the analysis: everything that was counted."""
    from rich.console import Group

    summary, metrics = analysis.summary, analysis.metrics
    parts = [*_figures(summary, metrics), *_steps(summary, metrics), *_sizes(summary, metrics)]
    what = "journey" if analysis.source.kind == "run" else "transaction"
    return Group(*parts, *_journeys(summary, what), *_errors(summary))


def _figures(summary: Summary, metrics: Metrics) -> "Iterable[RenderableType]":
    total = metrics.total
    apdex = UNKNOWN if total.apdex is None else f"{total.apdex:.3f}"
    satisfied, tolerated = (format_duration(ms / 1000) for ms in metrics.apdex_ms)
    rows = [
        ("requests", f"{format_count(summary.requests)} in {format_duration(summary.duration_s or None)}"),
        ("rate", format_rate(summary.rate_per_s if summary.duration_s else None)),
        ("failed", f"{format_count(summary.errors)} ({format_share(summary.error_rate)})"),
        ("latency", _spread_words(summary.latency_ms, total)),
        ("under way", UNKNOWN if total.concurrency is None else f"{number(total.concurrency)} in the mean"),
        ("bytes", f"{format_bytes(total.bytes_received)} received, {format_bytes(total.bytes_sent)} sent"),
        ("APDEX", f"{apdex} (satisfied up to {satisfied}, tolerating up to {tolerated})"),
    ]
    grid = table(["", ""], show_header=False, gives_way=(1,))
    for name, said in rows:
        grid.add_row(*cells(name, said, wrap=True))
    return [*heading("Figures"), grid]


def _spread_words(spread: Spread, total: StepMetrics) -> str:
    named = (("min", total.min_ms), ("p50", spread.p50), ("p90", spread.p90), ("p95", spread.p95), ("p99", spread.p99))
    said = [*named, ("p99.9", spread.p999), ("max", spread.max), ("mean", spread.mean)]
    return ", ".join(f"{name} {format_ms(value)}" for name, value in said)


def _steps(summary: Summary, metrics: Metrics) -> "Iterable[RenderableType]":
    if not summary.steps:
        return []
    known = {(step.journey, step.name): step for step in metrics.steps}
    alone = len({step.name for step in summary.steps}) == len(summary.steps)  # then a journey's name is not needed
    grid = table(["step", ">requests", ">rate", ">failed", ">p50", ">p95", ">p99", ">max", ">APDEX"])
    for label, step in by_time_spent(summary.steps)[:ROWS_MAX]:
        grid.add_row(*cells(step.name if alone else label, wrap=True), *cells(*_step_cells(step, known)))
    return [*heading("Steps, most time spent first"), grid, *_more(len(summary.steps), ROWS_MAX, "steps")]


def _step_cells(step: StepSummary, known: Mapping[tuple[str, str], StepMetrics]) -> list[str]:
    found = known.get((step.journey, step.name))
    apdex = UNKNOWN if found is None or found.apdex is None else f"{found.apdex:.2f}"
    failed = format_share(step.errors / step.count) if step.count else UNKNOWN
    spread = step.latency_ms
    times = [format_ms(value) for value in (spread.p50, spread.p95, spread.p99, spread.max)]
    return [format_count(step.count), format_rate(step.rate_per_s or None), failed, *times, apdex]


def _sizes(summary: Summary, metrics: Metrics) -> "Iterable[RenderableType]":
    """Bytes and concurrency of the steps, where the file tells them of more than one."""
    known = {(step.journey, step.name): step for step in metrics.steps}
    shown = [(label, step, known.get((step.journey, step.name))) for label, step in by_time_spent(summary.steps)]
    told = [(label, step, one) for label, step, one in shown if one is not None and one.bytes_received]
    if len(told) < 2:
        return []
    grid = table(["step", ">mean", ">under way", ">received", ">a request", ">sent"])
    for label, step, one in told[:ROWS_MAX]:
        a_request = format_bytes((one.bytes_received or 0) / step.count if step.count else None)
        way = UNKNOWN if one.concurrency is None else number(one.concurrency)
        sizes = (format_bytes(one.bytes_received), a_request, format_bytes(one.bytes_sent))
        grid.add_row(*cells(label, wrap=True), *cells(format_ms(step.latency_ms.mean), way, *sizes))
    return [*heading("Sizes"), grid]


def _journeys(summary: Summary, what: str) -> "Iterable[RenderableType]":
    if not summary.journeys:
        return []
    grid = table([what, ">count", ">failed", ">p50", ">p95", ">p99", ">max"])
    for journey in by_count(summary.journeys)[:ROWS_MAX]:
        spread = journey.latency_ms
        times = [format_ms(value) for value in (spread.p50, spread.p95, spread.p99, spread.max)]
        failed = format_share(journey.errors / journey.count) if journey.count else UNKNOWN
        grid.add_row(*cells(journey.name, format_count(journey.count), failed, *times))
    return [*heading(f"{what.capitalize()}s"), grid, *_more(len(summary.journeys), ROWS_MAX, f"{what}s")]


def _errors(summary: Summary) -> "Iterable[RenderableType]":
    classes = error_classes(summary)
    if not classes:
        return []
    grid = table(["class", ">requests", ">share", "steps"], gives_way=(0, 3))
    for name, (count, steps) in list(classes.items())[:CLASSES_MAX]:
        more = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
        grid.add_row(*cells(name, format_count(count), format_share(count / summary.requests), f"{steps[0]}{more}"))
    return [*heading("What failed"), grid, *_more(len(classes), CLASSES_MAX, "classes")]


def error_classes(summary: Summary) -> Mapping[str, tuple[int, list[str]]]:
    """Of each class how many requests, and of which steps, both the most frequent first."""
    found: dict[str, dict[str, int]] = {}
    for label, step in by_time_spent(summary.steps):
        for name, count in step.error_classes.items():
            found.setdefault(name, {})[label] = count
    sums = {name: (sum(steps.values()), sorted(steps, key=lambda step: -steps[step])) for name, steps in found.items()}
    return dict(sorted(sums.items(), key=lambda pair: -pair[1][0]))


def _more(count: int, shown: int, what: str) -> "Iterable[RenderableType]":
    return [line(plain(f"and {count - shown:,} more {what}: --json has them"), "dim")] if count > shown else []
