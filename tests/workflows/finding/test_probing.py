"""What a few users tell before the first step."""

import numpy as np

from plimsoll.core.goal import parse_goal
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval, StepInterval
from plimsoll.workflows.finding.probing import Alone, Pace


def second(at_s: float, journeys: int, failed: int = 0) -> Interval:
    nothing = Histogram()
    made = {"look": JourneyInterval(journeys, failed, nothing)}
    return Interval(at_s, 1.0, False, 8, 8, None, {}, made, nothing, nothing)


def test_the_pace_is_that_after_everybodys_first_journey() -> None:
    """Eight users who log in for five seconds, and then make four journeys a second together."""
    pace = Pace(users=8, least_s=3)
    said = [pace(second(at, journeys)) for at, journeys in enumerate([0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4])]
    assert pace.rate_per_s == 4
    assert said == [""] * 10 + ["enough is known"]


def test_where_little_came_after_it_is_that_of_everything() -> None:
    pace = Pace(users=8, least_s=3)
    for at, journeys in enumerate([0, 0, 3, 5]):
        pace(second(at, journeys))
    assert pace.rate_per_s == 2


def test_refusals_are_no_pace() -> None:
    pace = Pace(users=8, least_s=3)
    for at in range(4):
        pace(second(at, 2_000, failed=1_850))
    assert pace.rate_per_s == 150


def test_a_quick_target_is_probed_for_some_seconds_all_the_same() -> None:
    pace = Pace(users=8, least_s=3)
    assert [pace(second(at, 400)) for at in range(3)] == ["", "", "enough is known"]


def alone_with(goal: str, took_ms: int, *, requests: int = 20) -> Alone:
    took = Histogram.of_us(np.full(requests, took_ms * 1_000))
    steps = {("look", "get"): StepInterval("http", requests, {}, took, took)}
    alone = Alone([parse_goal(goal)])
    said = [alone(Interval(at, 1.0, False, 1, 1, None, steps, {}, Histogram(), Histogram())) for at in range(3)]
    assert bool(said[-1]) == (requests == 20)
    return alone


def test_a_goal_that_a_single_user_misses_is_told_and_one_that_it_meets_is_not() -> None:
    assert alone_with("p95<10ms", 41).missed.startswith("a single user already misses p95<10ms: 41")
    assert alone_with("p95<100ms", 41).missed == ""


def test_of_a_few_requests_nothing_is_concluded() -> None:
    assert alone_with("p95<10ms", 41, requests=2).missed == ""
