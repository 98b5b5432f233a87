"""A run over time in a bounded number of honest points."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.report.panels import account
from plimsoll.report.timeline import Point, Timeline
from tests.report import builders

FOUND = list(builders.intervals(40, rate=5))


def timeline_of(intervals: list[Interval], points_max: int) -> Timeline:
    timeline = Timeline(points_max=points_max)
    for interval in intervals:
        timeline.add(interval)
    return timeline


def present(timeline: Timeline) -> list[Point]:
    return [point for _, point in timeline.points() if point is not None]


@given(st.integers(1, 60), st.integers(1, 40))
def test_merging_keeps_every_count_and_every_sample(points_max: int, seconds: int) -> None:
    found = FOUND[:seconds]
    timeline = timeline_of(found, points_max)
    points = present(timeline)
    assert len(timeline.points()) <= points_max
    assert sum(point.requests for point in points) == sum(interval.requests for interval in found)
    assert sum(point.width_s for point in points) == pytest.approx(seconds)
    assert Histogram.merged(point.lag for point in points) == Histogram.merged(interval.lag for interval in found)


def test_percentiles_of_a_merged_point_are_of_all_its_samples() -> None:
    point = present(timeline_of(FOUND[:2], 1))[0]
    every = Histogram.merged(step.latency for interval in FOUND[:2] for step in interval.steps.values())
    assert point.latency == every


def test_gaps_stay_gaps() -> None:
    points = Timeline.of(builders.intervals(10, without=(3, 4))).points()
    assert [at for at, point in points if point is None] == [3.5, 4.5]
    assert len(points) == 10


def test_a_start_that_is_a_little_early_makes_no_gap() -> None:
    jittered = [replace(interval, start_s=interval.start_s - 0.0004 * at) for at, interval in enumerate(FOUND)]
    assert None not in [point for _, point in Timeline.of(jittered).points()]


def test_a_last_splinter_of_a_second_is_not_drawn() -> None:
    splinter = replace(FOUND[10], start_s=10.0, width_s=0.01)
    assert len(Timeline.of([*FOUND[:10], splinter]).points()) == 10


def test_the_warm_up_is_drawn_but_is_no_part_of_the_distribution() -> None:
    timeline = Timeline.of(builders.intervals(10, warmup_s=4))
    assert timeline.warmup_end_s == 4
    measured = sum(interval.requests for interval in builders.intervals(10) if interval.start_s >= 4)
    assert timeline.latency.value().count == measured
    assert len(timeline.points()) == 10


def test_nothing_makes_no_points() -> None:
    assert Timeline.of([]).points() == []


def test_the_rates_in_words_leave_the_tail_after_the_load_out() -> None:
    """What is under way when a load ends finishes afterwards: 0.3 s with one journey are no rate of the load."""
    summary, intervals, _ = builders.healthy()
    found = list(intervals)
    last = found[-1]
    tail = replace(last, start_s=last.start_s + last.width_s, width_s=0.5, target_users=None, target_rate_per_s=None,
                   journeys={name: replace(one, count=0) for name, one in last.journeys.items()})  # fmt: skip
    with_tail, without = (account(Timeline.of(every), summary) for every in ([*found, tail], found))
    assert with_tail.partition(" journeys finished")[0] == without.partition(" journeys finished")[0]
