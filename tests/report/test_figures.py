"""What the charts show, before anything draws them."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plimsoll.core.course import Recovery
from plimsoll.core.histogram import Histogram
from plimsoll.report.axes import at_ms, linear_ticks, log_ticks
from plimsoll.report.figures import distribution_figure, time_figure
from plimsoll.report.mark_lines import mark_numbers
from plimsoll.report.panels import Mark, Panel, account, marks, panels
from plimsoll.report.timeline import Timeline
from plimsoll.report.words import clock
from tests.report import builders


@pytest.fixture(scope="module")
def failing() -> list[Panel]:
    summary, intervals, _ = builders.failing()
    return panels(Timeline.of(intervals), summary)


def test_the_panels_go_from_what_was_asked_for_to_what_it_cost(failing: list[Panel]) -> None:
    assert [panel.title for panel in failing] == [
        "Load, journeys per second", "Users", "Latency, log axis", "Failed, per second", "Wait and lag, log axis",
        "Load generator, each process",
    ]  # fmt: skip
    assert [line.word for line in failing[3].lines] == ["errors", "dropped"]


def test_a_run_without_failures_has_no_panel_of_them() -> None:
    summary, intervals, _ = builders.healthy()
    assert "Failed, per second" not in [panel.title for panel in panels(Timeline.of(intervals), summary)]


def test_a_closed_loop_that_has_no_lag_shows_none() -> None:
    found = [replace(interval, lag=Histogram.of_us(np.zeros(9, np.int64))) for interval in builders.intervals(10)]
    titles = {panel.title: panel for panel in panels(Timeline.of(found), builders.summary_of(found))}
    assert [line.word for line in titles["Wait, log axis"].lines] == ["wait p50", "wait p99"]


def test_latency_goals_of_the_whole_run_are_lines_and_missed_ones_say_so(failing: list[Panel]) -> None:
    assert [(limit.word, limit.value) for limit in failing[2].limits] == [
        ("goal p95 < 1 s", 1000),
        ("goal p99 < 500 ms for 10 s, missed", 500),
    ]


def test_a_missing_second_is_missing_in_every_line() -> None:
    summary, intervals, _ = builders.healthy()
    for panel in panels(Timeline.of(intervals), summary):
        for line in panel.lines:
            assert line.values[63:66] == [None, None, None]


def test_memory_is_drawn_where_it_is_known_and_stands_between_two_looks() -> None:
    found = [
        replace(one, generator_memory_bytes=60 << 20, server_memory_bytes=90 << 20 if at % 5 == 0 else None)
        for at, one in enumerate(builders.intervals(20, without=(8,)))
    ]
    memory = panels(Timeline.of(found), builders.summary_of(found))[-1]
    assert (memory.title, memory.say(60)) == ("Memory", "60.0 MiB")
    generator, server = memory.lines
    assert server.values == [90 if second != 8 else None for second in range(20)]
    assert generator.values == [60 if second != 8 else None for second in range(20)]


def test_a_recovery_is_a_mark_among_the_stages_in_order_of_time() -> None:
    summary, intervals, facts = builders.healthy()
    recovery = Recovery(100, 300, 45, 70, 20, 5, 8, 90, recovered=True, recover_s=12)
    found = marks(Timeline.of(intervals), replace(summary, recovery=[recovery]), facts)
    assert "p95 is as before the burst" in [mark.word for mark in found if mark.at_s == 82]
    assert [mark.at_s for mark in found] == sorted(mark.at_s for mark in found)


def test_marks_are_the_warm_up_the_stages_and_what_cut_the_run_short() -> None:
    summary, intervals, facts = builders.healthy()
    timeline = Timeline.of(intervals)
    assert [(mark.at_s, mark.word) for mark in marks(timeline, summary, facts)] == [
        (5, "warm-up ends"),
        (45, "stage 2: 300 journeys/s for 55 s, ramped over 10 s"),
        (100, "stage 3: 200 journeys/s for 20 s"),
    ]
    for profile in ({}, {"stages": "?"}, {"stages": [None, 3]}, {"stages": [{"for_s": "1m"}]}):
        assert len(marks(timeline, summary, builders.facts(profile=profile))) == 1


def test_the_charts_are_told_in_words_too() -> None:
    summary, intervals, _ = builders.failing()
    words = account(Timeline.of(intervals), summary)
    assert "Errors began at 1:20" in words
    assert "p95 latency was between" in words
    healthy = account(Timeline.of(builders.healthy()[1]), summary)
    assert "No errors" in healthy
    assert "For 3 s there are no figures" in healthy


def test_all_panels_share_one_time_axis_and_do_not_overlap(failing: list[Panel]) -> None:
    summary, intervals, facts = builders.failing()
    timeline = Timeline.of(intervals)
    times = [at for at, _ in timeline.points()]
    figure = time_figure(failing, times, marks(timeline, summary, facts), 5.0, facts.started_at)
    layout = figure.plot["layout"]
    assert "xaxis2" not in layout
    assert layout["hovermode"] == "x unified"
    domains = [layout[f"yaxis{number or ''}"]["domain"] for number in (0, 2, 3, 4, 5, 6)]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert layout["yaxis3"]["type"] == "log"
    json.dumps(figure.plot, allow_nan=False)


def test_the_cursor_says_the_time_of_day_with_its_zone(failing: list[Panel]) -> None:
    times = [at for at, _ in Timeline.of(builders.failing()[1]).points()]
    told = time_figure(failing, times, [], 0.0, "2026-02-14T10:15:00+01:00").plot["data"][0]["customdata"]
    assert told[60] == "2026-02-14 10:16:00 +0100"
    untold = time_figure(failing, times, [], 0.0, "yesterday").plot["data"][0]
    assert untold["hoverinfo"] == "skip"


def test_the_distribution_ends_at_its_maximum() -> None:
    latency = Histogram.merged(step.latency for step in next(builders.intervals(1)).steps.values())
    figure = distribution_figure(latency, Histogram())
    (trace,) = figure.plot["data"]
    assert latency.max_us is not None
    assert trace["y"][-1] == pytest.approx(latency.max_us / 1000, rel=0.002)
    assert list(trace["y"]) == sorted(trace["y"])
    assert figure.plot["layout"]["xaxis"]["ticktext"][:2] == ["50 %", "90 %"]


@given(st.floats(1e-6, 1e9), st.integers(2, 12))
def test_linear_ticks_begin_at_0_and_are_as_few_as_asked(high: float, at_most: int) -> None:
    ticks = linear_ticks(high, at_most=at_most)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= at_most
    assert ticks == sorted(set(ticks))


@given(st.floats(1e-3, 1e6), st.floats(2.5, 1e9), st.integers(4, 12))
def test_log_ticks_lie_within_and_are_as_few_as_asked(low: float, ratio: float, at_most: int) -> None:
    assume(low * ratio < 1e8)
    ticks = log_ticks(low, low * ratio, at_most=at_most)
    assert 1 <= len(ticks) <= at_most
    assert all(low <= tick <= low * ratio for tick in ticks)


def test_clock_times_are_short() -> None:
    assert [clock(seconds) for seconds in (0, 5, 65.9, 3600, 36_005)] == ["0:00", "0:05", "1:05", "1:00:00", "10:00:05"]


@pytest.mark.parametrize(
    ("at_s", "numbers"),
    [
        ([], {}),
        ([20.0, 50.0], {20.0: "1", 50.0: "2"}),
        ([70.0, 70.0, 90.0], {70.0: "1–2", 90.0: "3"}),
        ([10.0, 11.0, 12.0, 30.0], {11.0: "1–3", 30.0: "4"}),
        ([10.0, 11.5, 13.0, 14.5, 16.0], {12.25: "1–4", 16.0: "5"}),
    ],
)
def test_numbers_of_marks_that_would_lie_on_each_other_share_a_place(
    at_s: list[float], numbers: dict[float, str]
) -> None:
    found = mark_numbers([Mark(one, "") for one in at_s], [0.5, 100.5])
    assert {(one["x"] - at_ms(0)) / 1000: one["text"] for one in found} == numbers
