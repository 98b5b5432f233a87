"""Whole searches in virtual time, on queues whose capacity, or whose load line for a goal, is known."""

import pytest

from plimsoll.analyze.load_line.concluding import conclude
from tests.analyze.load_line.queueing import Queue, Search

TARGETS = {
    "one slow slot": Queue(1, 0.05),
    "two slower slots": Queue(2, 0.1),
    "eight slots": Queue(8, 0.02),
    "a hundred slots": Queue(100, 0.1),
    "exponential times": Queue(4, 0.01, exponential=True),
}
# the rate at which p95 is the goal, found by `Queue.true_line` with 400,000 arrivals
TIGHT = {
    "p95 of 40 ms where 20 are needed": (Queue(8, 0.02, goal_s=0.04), 336.7),
    "p95 of 40 ms, exponential times": (Queue(4, 0.01, goal_s=0.04, exponential=True), 292.2),
}


@pytest.mark.parametrize("queue", TARGETS.values(), ids=TARGETS)
def test_a_target_of_known_capacity_is_found_within_5_percent_in_12_steps(queue: Queue) -> None:
    start = 0.5 * min(8 / queue.service_s, queue.capacity)
    search = Search(queue, start).run()
    found = conclude(search.steps, search.ended)
    assert found.verdict == "found"
    assert found.rate_per_s == pytest.approx(queue.capacity, rel=0.05)
    assert found.failed_per_s is not None
    assert found.failed_per_s > 0.98 * queue.capacity
    assert len(search.steps) <= 12


@pytest.mark.parametrize(("queue", "true"), TIGHT.values(), ids=TIGHT)
def test_a_goal_that_breaks_before_the_capacity_is_found_within_5_percent(queue: Queue, true: float) -> None:
    search = Search(queue, 0.4 * queue.capacity).run()
    found = conclude(search.steps, search.ended)
    assert found.rate_per_s == pytest.approx(true, rel=0.05)
    assert len(search.steps) <= 12


def test_a_start_far_above_the_line_comes_down_to_it() -> None:
    search = Search(Queue(8, 0.02), 3_000).run()
    assert conclude(search.steps, search.ended).rate_per_s == pytest.approx(400, rel=0.05)


def test_a_goal_that_cannot_be_met_is_said_to_hold_nowhere() -> None:
    search = Search(Queue(8, 0.02, goal_s=0.01), 100).run()
    found = conclude(search.steps, search.ended)
    assert (found.verdict, found.rate_per_s) == ("nothing-held", None)


def test_the_highest_rate_allowed_is_tried_and_not_passed() -> None:
    search = Search(Queue(8, 0.02), 50, ceiling=150).run()
    found = conclude(search.steps, search.ended)
    assert (found.verdict, found.limit, found.rate_per_s) == ("at-least", "ceiling", 150)
    assert max(step.rate_per_s for step in search.steps) == 150


def test_an_overload_ends_its_step_early_and_a_clear_case_takes_its_time_only() -> None:
    search = Search(Queue(8, 0.02), 200).run()
    lasted = {step.rate_per_s: step.seconds for step in search.steps}
    assert lasted[200] == 10
    assert lasted[800] <= 4
