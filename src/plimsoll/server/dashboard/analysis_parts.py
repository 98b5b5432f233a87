"""The parts of an analysis: the same words, tables and small charts as in the report."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from plimsoll.core.analysis import Analysis
from plimsoll.core.finding import Chart
from plimsoll.report import sections
from plimsoll.report.analysis.html import (
    accounting_html,
    findings_html,
    grounds_html,
    next_limit_html,
    verdict_html,
)
from plimsoll.report.analysis.html_advice import advice_html
from plimsoll.report.analysis.html_metrics import metrics_html
from plimsoll.report.analysis.sparkline import sparkline
from plimsoll.report.analysis.words import cost_words, headline
from plimsoll.report.markup import Html as ReportHtml
from plimsoll.server.dashboard.markup import Html, element, joined, of_report
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.reports import REPORTS

Titled = tuple[str, Html]
SEVERITIES: Final = {"critical": "bad", "high": "bad", "medium": "doubt", "low": "soft"}
_COURSE: Final = (
    ("rate_per_s", "requests a second", "1/s", "generator"),
    ("p50_ms", "p50", "ms", "application"),
    ("p95_ms", "p95", "ms", "application"),
    ("p99_ms", "p99", "ms", "application"),
    ("error_rate", "errors", "share", "system"),
    ("concurrency", "requests under way at once", "count", "generator"),
)


def _overview(analysis: Analysis, place: Place) -> Iterable[Titled]:
    report = element("a", "its report", href=f"{REPORTS}/{analysis.source.name}", target="_blank", rel="noopener")
    yield (
        "Verdict",
        joined(of_report(verdict_html(analysis)), element("p", "The whole of the run: ", report, class_="soft")),
    )
    if analysis.findings:
        yield "What limits, the weightiest first", _titles(analysis, place)
    elif analysis.next_limit is not None:
        yield "What is next to its limit", of_report(next_limit_html(analysis.next_limit))
    yield "Goals", of_report(sections.goals(analysis.summary))
    where = accounting_html(analysis.accounting)
    if where:
        yield "Where the time went", of_report(where)
    grounds = grounds_html(analysis)
    if grounds:
        yield "What this rests on", of_report(grounds)


def _titles(analysis: Analysis, place: Place) -> Html:
    """A line each; the evidence is a click away."""
    items = [
        element(
            "li",
            element("b", finding.severity.capitalize(), class_=SEVERITIES[finding.severity]), " ",
            element(
                "a", headline(finding.title), href=place.href(part="bottlenecks"), data_in="", id=f"to-finding-{number}"
            ),
            element("span", f" impact {finding.impact} of 10 · {cost_words(finding) or finding.layer}", class_="soft"),
        )
        for number, finding in enumerate(analysis.findings, 1)
    ]  # fmt: skip
    return element("ol", *items, class_="findings numbered")


def _bottlenecks(analysis: Analysis, place: Place) -> Iterable[Titled]:
    to_advice = place.href(part="recommendations")
    yield "Bottlenecks", of_report(findings_html(analysis, to_advice))


def _recommendations(analysis: Analysis, _: Place) -> Iterable[Titled]:
    yield "What to do", of_report(advice_html(analysis.recommendations))


def _metrics(analysis: Analysis, _: Place) -> Iterable[Titled]:
    shown = [drawn for key, label, unit, layer in _COURSE if (drawn := _course(analysis, key, label, unit, layer))]
    figures = list(metrics_html(analysis))
    yield figures[0][0], of_report(figures[0][1])
    if shown:
        yield "Over time", element("div", *map(of_report, shown), class_="sparks")
    yield from ((title, of_report(content)) for title, content in figures[1:])


def _course(analysis: Analysis, key: str, label: str, unit: str, layer: str) -> ReportHtml | None:
    """A line over the run; None where it was not measured, and of errors where there were none."""
    known = [(point.get("start_s"), point.get(key)) for point in analysis.metrics.over_time]
    points = [(at, value) for at, value in known if at is not None and value is not None]
    if len(points) < 2 or (key == "error_rate" and not any(value for _, value in points)):
        return None
    thin = points[:: max(1, -(-len(points) // 120))]
    return sparkline(Chart(label, unit, [at for at, _ in thin], [value for _, value in thin]), layer)


Say = Callable[[Analysis, Place], Iterable[Titled]]
PARTS: Final[Mapping[str, tuple[str, Say]]] = {
    "overview": ("Overview", _overview),
    "bottlenecks": ("Bottlenecks", _bottlenecks),
    "recommendations": ("Recommendations", _recommendations),
    "metrics": ("Detailed metrics", _metrics),
}
