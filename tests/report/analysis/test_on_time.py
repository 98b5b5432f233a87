"""An analysis on the time axis of its run."""

from dataclasses import replace

from plimsoll.core.analysis import Stretch
from plimsoll.core.finding import Chart
from plimsoll.report.analysis.on_time import analysis_marks, crossing_s, part_of
from tests.report import made_analysis

MADE = made_analysis.bottleneck()  # of 70 s to 120 s


def line(*values: float, limit: float | None = 5.0) -> Chart:
    return Chart("waits", "count", [float(at) for at in range(len(values))], values, limit)


def test_a_part_of_the_run_is_marked_and_shaded() -> None:
    marks = {mark.word: mark.at_s for mark in analysis_marks(MADE, 5.0, 150.0)}
    assert (marks["the analyzed part begins"], marks["the analyzed part ends"]) == (70.0, 120.0)
    assert part_of(MADE, 5.0, 150.0) == MADE.stretch


def test_all_of_the_run_is_not() -> None:
    whole = replace(MADE, stretch=Stretch(5.0, 120.0, "the whole measured time"), findings=())
    assert list(analysis_marks(whole, 5.0, 120.4)) == []
    assert part_of(whole, 5.0, 120.4) is None


def test_a_finding_is_marked_where_its_line_crosses_its_limit() -> None:
    words = [mark.word for mark in analysis_marks(MADE, 5.0, 120.0)]
    assert words[-1] == "finding 1: blocks read a second crosses 1,200/s"


def test_a_line_may_cross_its_limit_upwards_or_downwards_or_not_at_all() -> None:
    assert crossing_s(line(1, 2, 9, 1)) == 2.0
    assert crossing_s(line(9, 8, 2)) == 2.0
    assert crossing_s(line(1, 2, 3)) is None
    assert crossing_s(line(1, 9, limit=None)) is None
    assert crossing_s(line()) is None
