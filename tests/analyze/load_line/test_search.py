"""Which rate is tried next."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.analyze.load_line.search import Ended, SearchPlan, bracket, next_rate
from plimsoll.core.load_line import LineStep
from tests.analyze.load_line.making import failed, held, overloaded, untold

PLAN = SearchPlan(start=100)


def test_it_begins_where_it_is_told_to_but_not_above_the_ceiling() -> None:
    assert next_rate([], PLAN) == 100
    assert next_rate([], SearchPlan(start=100, ceiling=40)) == 40


def test_a_rate_that_held_is_doubled() -> None:
    assert next_rate([held(100)], PLAN) == 200


def test_it_goes_up_faster_while_latency_does_not_move() -> None:
    assert next_rate([held(100), held(200, p95_ms=21.0)], PLAN) == 800
    assert next_rate([held(100), held(200, p95_ms=40.0)], PLAN) == 400
    assert next_rate([held(100), held(200, pressure=0.8)], PLAN) == 400


def test_between_what_held_and_what_failed_it_takes_the_geometric_middle() -> None:
    assert next_rate([held(100), failed(400)], PLAN) == 200


def test_what_an_overloaded_step_got_done_says_where_to_look() -> None:
    tried = [held(200), overloaded(800, 400)]
    assert next_rate(tried, PLAN) == pytest.approx(392)
    tried.append(held(392))
    assert next_rate(tried, PLAN) == pytest.approx(406)
    tried.append(failed(406))
    assert next_rate(tried, PLAN) == pytest.approx(math.sqrt(392 * 406), rel=1e-3)


def test_what_failed_without_having_been_overloaded_says_nothing_of_the_capacity() -> None:
    assert next_rate([held(200), failed(800)], PLAN) == 400


def test_it_ends_when_the_interval_is_narrow() -> None:
    assert next_rate([held(400), failed(408)], PLAN) == Ended("goal")


def test_a_step_that_failed_narrowly_is_repeated_once() -> None:
    tried = [held(100), failed(200, narrow=True)]
    assert next_rate(tried, PLAN) == 200
    assert next_rate([*tried, failed(200, narrow=True)], PLAN) != 200


@pytest.mark.parametrize(("pressure", "holds"), [(0.5, True), (0.95, False)])
def test_of_two_steps_at_a_rate_that_differ_the_mean_decides(pressure: float, holds: bool) -> None:
    tried = [held(100), failed(200, narrow=True, pressure=1.2), held(200, pressure=pressure)]
    assert bracket(tried) == ((200, None) if holds else (100, 200))


def test_what_held_above_a_rate_that_failed_counts_for_nothing() -> None:
    assert bracket([held(100), failed(200), held(400)]) == (100, 200)


def test_a_start_that_fails_is_halved_or_taken_near_what_was_served() -> None:
    assert next_rate([failed(100)], PLAN) == 50
    assert next_rate([overloaded(100, 40)], PLAN) == pytest.approx(39.2)
    assert next_rate([overloaded(100, 98)], PLAN) == pytest.approx(95)
    assert next_rate([overloaded(3_000, 2)], PLAN) == pytest.approx(187.5)


def test_a_goal_that_nothing_meets_is_given_up_after_some_halvings() -> None:
    tried = [failed(100.0 / 2**number) for number in range(5)]
    assert next_rate(tried, PLAN) == 3.125
    assert next_rate([*tried, failed(3.125)], PLAN) == Ended("goal")


def test_a_step_without_evidence_is_repeated_and_then_ends_the_search() -> None:
    assert next_rate([held(100), untold(200)], PLAN) == 200
    assert next_rate([held(100), untold(200), untold(200)], PLAN) == Ended("generator")
    assert next_rate([held(100), untold(200, "users")], PLAN) == Ended("users")


def test_the_ceiling_is_tried_and_ends_the_search_if_it_held() -> None:
    plan = SearchPlan(start=100, ceiling=150)
    assert next_rate([held(100)], plan) == 150
    assert next_rate([held(100), held(150)], plan) == Ended("ceiling")


def test_no_more_steps_are_made_than_allowed() -> None:
    assert next_rate([held(100), held(200)], SearchPlan(100, steps_max=2)) == Ended("steps")


def judged(rate: float, line: float, capacity: float) -> LineStep:
    if rate <= line:
        return held(rate, p95_ms=10 / max(0.02, 1 - rate / (1.05 * capacity)))
    return failed(rate) if rate <= capacity else overloaded(rate, capacity)


@given(
    capacity=st.floats(1, 100_000),
    below=st.floats(0.01, 1),
    part=st.floats(0.6, 1),
)
def test_without_noise_any_line_is_found_within_5_percent_in_12_steps(
    capacity: float, below: float, part: float
) -> None:
    """From a hundredth of the capacity on; the goal breaks at a part of it."""
    line, tried = part * capacity, list[LineStep]()
    plan = SearchPlan(start=below * line)
    while not isinstance(rate := next_rate(tried, plan), Ended):
        tried.append(judged(rate, line, capacity))
    low, high = bracket(tried)
    assert low is not None
    assert high is not None
    assert low == pytest.approx(line, rel=0.05)
    assert low <= line < high
    assert len(tried) <= 12
