"""From a step's course and its run's figures to what the search goes by."""

from dataclasses import replace

import numpy as np
import pytest

from plimsoll.analyze.load_line.search import SearchPlan, next_rate
from plimsoll.analyze.load_line.stepping import StepCourse, StepPlan
from plimsoll.analyze.load_line.steps import Measured, error_rate_of, judged, pressure_of, tails_of
from plimsoll.core.goal import Observed, parse_goal
from plimsoll.core.histogram import Histogram
from plimsoll.core.load_line import LineStep
from plimsoll.core.summary import GoalSummary
from tests.analyze.load_line.making import held, second

LATE = "the load generator was late: lag p99 27 ms"


def step_of(run: Measured, *, finished: int = 100) -> LineStep:
    course = StepCourse(StepPlan(10, 30, ()))
    for _ in range(10):
        course.add(second(100, finished))
    return judged(1, 100.0, course, run)


def goal(actual: float | None, *, passed: bool) -> GoalSummary:
    return GoalSummary("total", "p95<100ms", actual, passed, "ms", "")


def test_it_holds_where_every_goal_does_and_what_was_due_was_served() -> None:
    assert step_of(Measured((), 0.5)).outcome == "held"
    missed = step_of(Measured(("p95<1s",), 1.2))
    assert (missed.outcome, missed.because) == ("failed", "missed p95<1s")
    short = step_of(Measured((), 0.5), finished=70)
    assert (short.outcome, short.because) == ("failed", "70 % of what was due ended in time, and the queue grew")
    assert short.pressure == pytest.approx(30)


def test_a_step_that_failed_under_a_late_generator_is_no_evidence() -> None:
    step = step_of(Measured(("p95<1s",), 1.2, no_evidence=LATE, limited_by="generator"))
    assert (step.outcome, step.because) == ("no evidence", LATE)


def test_a_refusal_is_no_service() -> None:
    """Half of what was due was answered with an error, at once."""
    course = StepCourse(StepPlan(10, 30, ()))
    for _ in range(10):
        course.add(replace(second(100, 100), failed=50))
    step = judged(1, 100.0, course, Measured(("errors<1%",), 50.0))
    assert (step.finished, step.failed, step.achieved_per_s, step.reached) == (1_000, 500, 50.0, 0.5)
    assert step.served  # all ended in time: how many may fail is a goal's affair
    assert next_rate([held(25), replace(step, narrow=False)], SearchPlan(25)) == 49  # just below what it let through


def test_percentiles_and_errors_are_those_that_goals_count() -> None:
    quick, refused = Histogram.of_us(np.full(90, 10_000)), Histogram.of_us(np.full(6, 1_000))
    seen = Observed(96, 6, 100, 4, latency=Histogram.merged([quick, refused]), failed=refused)
    tails = tails_of(seen)
    assert tails["p50_ms"] == pytest.approx(10, rel=0.05)
    assert (tails["p95_ms"], tails["p99_ms"]) == (None, None)
    assert error_rate_of(seen) == 0.1


def test_one_that_held_all_the_same_is() -> None:
    step = step_of(Measured((), 0.5, no_evidence=LATE, limited_by="generator"))
    assert (step.outcome, step.because) == ("held", f"{LATE}; every goal held all the same")
    died = step_of(Measured((), 0.5, no_evidence="a worker died", limited_by="error"))
    assert died.outcome == "no evidence"


@pytest.mark.parametrize(
    ("actual", "passed", "pressure"),
    [(50.0, True, 0.5), (150.0, False, 1.5), (None, False, 1_000), (None, True, 0.001)],
)
def test_pressure_is_what_was_measured_in_relation_to_the_limit(
    actual: float | None, passed: bool, pressure: float
) -> None:
    assert pressure_of([parse_goal("p95<100ms")], [goal(actual, passed=passed)]) == pytest.approx(pressure)


def test_a_lower_bound_presses_the_other_way_and_a_window_only_by_its_outcome() -> None:
    assert pressure_of([parse_goal("p95>100ms")], [goal(200.0, passed=True)]) == pytest.approx(0.5)
    assert pressure_of([parse_goal("p95<100ms for 10s")], [goal(50.0, passed=False)]) > 1
