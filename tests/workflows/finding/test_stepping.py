"""What of a run is evidence about the platform."""

from plimsoll.workflows.finding.diagnosing import breaking, spoiled
from plimsoll.workflows.finding.stepping import held_back_by_users
from tests.analyze.load_line.making import failed, held, overloaded, untold

BEFORE = [held(100, service_p50_ms=10.0)]


def test_a_step_that_failed_while_all_users_were_busy_and_the_target_quick_tells_of_the_users() -> None:
    step = held_back_by_users(overloaded(400, 200, users=100, service_p50_ms=11.0), BEFORE, 100)
    assert (step.outcome, step.limited_by) == ("no evidence", "users")
    assert step.because == "all 100 users were busy, and the target answered in 11.0 ms, as before"


def test_a_target_that_became_slow_is_the_reason_itself() -> None:
    slow = overloaded(400, 200, users=100, service_p50_ms=80.0)
    assert held_back_by_users(slow, BEFORE, 100) == slow
    idle = overloaded(400, 200, users=40, service_p50_ms=11.0)
    assert held_back_by_users(idle, BEFORE, 100) == idle


def test_the_steps_that_broke_at_the_lowest_rates_are_analyzed_the_longer_of_two_first() -> None:
    short, long = failed(410, seconds=10.0), failed(410, seconds=30.0)
    steps = [held(200), overloaded(1_600, 400), overloaded(800, 400), short, long, untold(420), held(400)]
    assert [(step.rate_per_s, step.seconds) for step in breaking(steps, 410)] == [(410, 30.0), (800, 10.0)]
    assert breaking(steps, None) == []


def test_where_the_generator_was_the_limit_the_steps_that_it_spoiled_at_the_last_rate_are_analyzed() -> None:
    steps = [held(100), untold(400), held(200), untold(410, seconds=10.0), untold(410, seconds=30.0)]
    assert [(step.rate_per_s, step.seconds) for step in spoiled(steps)] == [(410, 30.0), (410, 10.0)]
    assert spoiled([held(100)]) == []
