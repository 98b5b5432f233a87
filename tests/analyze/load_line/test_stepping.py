"""How long a step lasts, and when it can be told whether its rate holds."""

from random import Random

import pytest

from plimsoll.analyze.load_line.demands import LoadSecond
from plimsoll.analyze.load_line.stepping import (
    Ruling,
    StepCourse,
    StepPlan,
    beyond,
    fraction_error,
    grows,
    most_s,
    rises,
)
from tests.analyze.load_line.making import second

PLAN = StepPlan(least_s=10, most_s=30, allowed=(0.05,))


def course_of(seconds: list[LoadSecond], plan: StepPlan = PLAN) -> tuple[Ruling, int]:
    """The ruling that ended the step, and after how many seconds."""
    course = StepCourse(plan)
    ruling: Ruling = "goes on"
    for number, one in enumerate(seconds, 1):
        ruling = course.add(one)
        if ruling != "goes on":
            return ruling, number
    return ruling, len(seconds)


def test_a_step_that_clearly_holds_takes_its_time_and_no_more() -> None:
    assert course_of([second(100, 100)] * 30) == ("holds", 10)


def test_a_growing_queue_ends_it_after_three_seconds() -> None:
    assert course_of([second(200, 100)] * 30) == ("grows", 3)


def test_a_queue_that_grows_slowly_is_seen_when_it_is_beyond_chance() -> None:
    ruling, seconds = course_of([second(1_000, 900)] * 30)
    assert ruling == "grows"
    assert 3 <= seconds <= 8


def test_a_queue_that_once_was_and_no_longer_grows_is_not_called_growing() -> None:
    assert not grows([second(500, 0), *[second(100, 100)] * 10])


def test_a_goal_that_is_missed_far_beyond_chance_ends_it_early() -> None:
    assert course_of([second(1_000, 1_000, beyond=300)] * 30) == ("misses", 5)


def test_a_goal_close_to_its_limit_takes_all_the_time_there_is() -> None:
    random = Random(1)
    close = [second(100, 100, beyond=random.choice((2, 8))) for _ in range(30)]
    assert course_of(close) == ("bound", 30)


def test_latency_that_still_rises_at_the_end_of_its_time_makes_it_longer() -> None:
    rising = [second(100, 100, p50_ms=10 + 2 * number) for number in range(15)]
    ruling, seconds = course_of([*rising, *[second(100, 100, p50_ms=40)] * 15])
    assert ruling in ("holds", "bound")
    assert seconds > 15


def test_what_is_in_flight_at_the_ends_is_chance_and_no_growth() -> None:
    quiet = StepCourse(PLAN)
    for number in range(10):
        quiet.add(second(10, 10 - (number == 9) * 3, in_flight=8))
    assert quiet.finished / quiet.due == pytest.approx(0.97)
    assert quiet.served


def test_what_was_not_served_beyond_that_is_told() -> None:
    course = StepCourse(PLAN)
    for _ in range(10):
        course.add(second(1_000, 980, in_flight=20))
    assert not course.served
    assert course.short == pytest.approx(0.02, abs=0.002)


def test_a_step_that_missed_by_less_than_chance_is_narrow() -> None:
    near, far = StepCourse(PLAN), StepCourse(PLAN)
    for number in range(10):
        near.add(second(100, 100, beyond=5 + number % 2))
        far.add(second(100, 100, beyond=40))
    assert near.narrow
    assert not far.narrow


def test_a_trend_is_told_from_values_that_only_resemble_their_neighbours() -> None:
    random, level, wandering = Random(3), 0.0, 0
    for _ in range(200):
        values = []
        for _ in range(20):
            level = 0.9 * level + random.gauss(0, 1)
            values.append(50 + level)
        wandering += rises(values)
    assert wandering <= 20
    assert rises([10 + 0.8 * number + random.gauss(0, 0.5) for number in range(20)])


def test_a_fractions_error_counts_bursts_as_what_they_are() -> None:
    spread = [(5, 100)] * 16
    bursts = [(40, 100), (40, 100), *[(0, 100)] * 14]
    assert fraction_error(bursts) > 3 * fraction_error(spread)
    assert beyond([(10, 100)] * 16, 0.05, 3)
    assert not beyond(bursts, 0.03, 3)


@pytest.mark.parametrize(("rate", "seconds"), [(1_000, 30), (75, 40), (10, 60)])
def test_few_arrivals_may_take_longer(rate: float, seconds: float) -> None:
    assert most_s(10, rate) == seconds
