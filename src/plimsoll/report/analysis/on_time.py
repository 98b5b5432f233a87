"""An analysis on the time axis of its run: the part that was analyzed, and when what was found began."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from plimsoll.core.analysis import Analysis, Stretch
from plimsoll.core.finding import Chart, Finding
from plimsoll.report.analysis.words import amount
from plimsoll.report.panels import Mark

EDGE_S: Final = 1.5  # nearer to an end of the run a mark would say the same again
FINDINGS_MAX: Final = 5


def part_of(analysis: Analysis | None, warmup_end_s: float, end_s: float) -> Stretch | None:
    """The part of the run that was analyzed; None where that is all of what was measured."""
    stretch = analysis.stretch if analysis is not None else None
    if stretch is None or not _apart(stretch, (warmup_end_s, end_s)):
        return None
    return stretch


def analysis_marks(analysis: Analysis | None, warmup_end_s: float, end_s: float) -> Iterable[Mark]:
    """Begin and end of the part, unless they are the run's; and where a finding's line crosses its limit."""
    if analysis is None:
        return
    edges = (0.0, warmup_end_s, end_s)
    if analysis.stretch is not None:
        ends = ((analysis.stretch.start_s, "begins"), (analysis.stretch.end_s, "ends"))
        yield from (Mark(at, f"the analyzed part {word}") for at, word in ends if _is_inside(at, edges))
    yield from _crossings(analysis.findings[:FINDINGS_MAX])


def _crossings(findings: Sequence[Finding]) -> Iterable[Mark]:
    for number, finding in enumerate(findings, 1):
        chart = finding.chart
        at = None if chart is None else crossing_s(chart)
        if chart is not None and at is not None:
            yield Mark(at, f"finding {number}: {chart.label} crosses {amount(chart.limit, chart.unit)}")


def crossing_s(chart: Chart) -> float | None:
    """When its line first crosses its limit, from whichever side it began; None where it does not."""
    limit = chart.limit
    if limit is None:
        return None
    points = list(zip(chart.times_s, chart.values, strict=False))
    return next((at for (_, before), (at, now) in pairwise(points) if (before > limit) != (now > limit)), None)


def _apart(stretch: Stretch, edges: Sequence[float]) -> bool:
    return any(_is_inside(at, (0.0, *edges)) for at in (stretch.start_s, stretch.end_s))


def _is_inside(at_s: float, edges: Iterable[float]) -> bool:
    return all(abs(at_s - edge) > EDGE_S for edge in edges)
