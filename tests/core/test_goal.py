"""Goals judged: losses count against them, nothing measured fails, windows take consecutive seconds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.goal import Observed, WindowTracker, judge, measure, parse_goal
from plimsoll.core.histogram import Histogram

MS = 1000


def ran(*latencies_ms: int, errors: int = 0, arrivals: int = 0, dropped: int = 0, incomplete: int = 0) -> Observed:
    """So many steps with these latencies, in ten seconds."""
    latency = Histogram.of_us(np.array(latencies_ms, dtype=np.int64) * MS)
    return Observed(
        count=len(latencies_ms),
        errors=errors,
        arrivals=arrivals,
        dropped=dropped,
        incomplete=incomplete,
        duration_s=10.0,
        latency=latency,
    )


def verdict(goal: str, observed: Observed, scope: str = "total") -> tuple[object, bool]:
    result = judge(parse_goal(goal, scope), observed)
    return result.actual, result.passed


def test_percentiles_mean_and_max_are_compared_in_milliseconds() -> None:
    observed = ran(*range(1, 101))
    assert verdict("p50<51ms", observed) == (pytest.approx(50, rel=1e-3), True)
    assert verdict("p95<0.09s", observed) == (pytest.approx(95, rel=1e-3), False)
    assert verdict("mean<=50.5ms", observed) == (50.5, True)
    assert verdict("max<100ms", observed) == (100, False)
    assert verdict("max<=100ms", observed) == (100, True)


def test_service_wait_and_lag_are_taken_from_their_own_times() -> None:
    times = [Histogram.of_us(np.array([us])) for us in (1000, 2000, 3000)]
    observed = replace(ran(9), service=times[0], wait=times[1], lag=times[2])
    assert [measure(parse_goal(f"{which} p99<1s"), observed) for which in ("service", "wait", "lag")] == [1, 2, 3]


def test_what_was_lost_counts_as_an_error() -> None:
    observed = ran(*[1] * 90, errors=5, arrivals=100, dropped=6, incomplete=4)
    assert verdict("errors<=15%", observed) == (15, True)
    assert verdict("errors<15", observed) == (15, False)
    assert verdict("dropped<=6%", observed) == (6, True)
    assert verdict("dropped<6", observed) == (6, False)


def test_nothing_dropped_is_zero_where_no_arrivals_are_planned() -> None:
    assert verdict("dropped<1%", ran(1)) == (0, True)


def test_a_percentile_that_falls_among_the_lost_is_without_bound() -> None:
    observed = ran(*[1] * 90, dropped=6, incomplete=4)
    assert verdict("p90<2ms", observed) == (1, True)
    lost = judge(parse_goal("p91<2ms"), observed)
    assert (lost.actual, lost.passed) == (None, False)
    assert lost.because == "the percentile falls among 6 dropped and 4 incomplete, which count as infinitely late"
    assert not judge(parse_goal("p91>2ms"), observed).passed


def test_the_mean_of_what_was_measured_says_what_it_leaves_out() -> None:
    result = judge(parse_goal("mean<2ms"), ran(1, incomplete=3))
    assert (result.actual, result.passed, result.because) == (1, True, "without 3 incomplete")


def test_what_failed_is_late_without_end_however_quick_the_refusal_was() -> None:
    observed = replace(ran(*[0] * 60, *[5] * 40), errors=60, failed=ran(*[0] * 60).latency)
    assert verdict("p40<6ms", observed) == (5, True)
    refused = judge(parse_goal("p50<6ms"), observed)
    assert (refused.actual, refused.passed) == (None, False)
    assert refused.because == "the percentile falls among 60 failed, which count as infinitely late"


def test_a_rate_is_of_what_succeeded() -> None:
    observed = replace(ran(*[1] * 20, errors=5), journeys=10, journeys_failed=4, duration_s=10)
    assert verdict("rate>=1.5/s", observed) == (1.5, True)
    assert verdict("journeys>1/s", observed) == (0.6, False)


def test_rates_are_per_second_of_the_run() -> None:
    observed = replace(ran(*[1] * 20), journeys=5)
    assert verdict("rate>=2/s", observed) == (2, True)
    assert verdict("journeys>1/s", observed) == (0.5, False)


@pytest.mark.parametrize(
    "goal", ["p95<1s", "mean<1s", "errors<1%", "errors<1", "dropped<1%", "rate<100/s", "lag p99<1ms"]
)
def test_nothing_measured_passes_no_goal(goal: str) -> None:
    for observed in (Observed(), Observed(duration_s=10)):
        result = judge(parse_goal(goal), observed)
        assert (result.passed, result.because) == (False, "nothing was measured")


def test_a_failure_says_what_was_measured() -> None:
    result = judge(parse_goal("p95<1ms", "step:look up"), ran(2))
    assert (result.scope, result.expression, result.unit) == ("step:look up", "p95<1ms", "ms")
    assert (result.because, result.actual_text) == ("it was 2.00 ms", "2.00 ms")


def test_a_windowed_goal_is_decided_by_its_window() -> None:
    text, slow, fast = "p95<1ms for 3s", ran(2), ran(0)
    kept = fed(text, seconds(slow, slow, fast))
    assert judge(kept.goal, replace(slow, duration_s=3), window=kept).passed
    broken = fed(text, seconds(fast, slow, slow, slow, fast, slow))
    failed = judge(broken.goal, replace(fast, duration_s=6), window=broken)
    assert (failed.passed, failed.because) == (False, "violated from 1 s to 4 s")
    assert not judge(broken.goal, replace(fast, duration_s=6), window=None).passed


def test_a_run_shorter_than_the_window_passes_no_goal_with_it() -> None:
    goal = parse_goal("p95<1ms for 10s")
    short = judge(goal, replace(ran(2), duration_s=1.0), window=WindowTracker(goal))
    assert (short.passed, short.because) == (False, "the run lasted 1 s, less than the goal's 10 s")
    assert judge(goal, replace(ran(2), duration_s=9.99), window=WindowTracker(goal)).passed


def seconds(*rows: Observed) -> list[Observed]:
    return [replace(row, duration_s=1.0) for row in rows]


def fed(text: str, rows: list[Observed]) -> WindowTracker:
    tracker = WindowTracker(parse_goal(text))
    for row in rows:
        tracker.feed(row)
    return tracker


def test_a_window_is_violated_only_throughout_consecutive_seconds() -> None:
    slow, fast, idle = ran(50), ran(1), ran()
    goal = "p95<10ms for 3s"
    assert not fed(goal, seconds(slow, slow, fast, slow, slow)).violated
    assert fed(goal, seconds(fast, slow, slow, slow, fast)).violated
    assert fed(goal, seconds(slow, idle, slow, idle, slow)).violated
    assert not fed(goal, seconds(slow, idle, slow, idle, idle)).violated


def test_a_condition_holds_only_throughout_consecutive_seconds() -> None:
    bad, good = ran(1, 1, errors=2), ran(1, 1)
    condition = "errors>50% for 2s"
    assert fed(condition, seconds(bad, good, bad)).held is False
    assert fed(condition, seconds(good, bad, bad, good)).held is True
    assert fed("errors>50%", seconds(bad)).held is True


def test_a_silent_second_is_a_second_without_rate() -> None:
    idle, busy = ran(), ran(*[1] * 100)
    assert fed("rate>50/s for 3s", seconds(busy, idle, idle, idle)).violated
    assert fed("journeys<1/s for 3s", seconds(busy, busy, busy)).held
    assert not fed("rate>50/s for 3s", seconds(idle, idle, busy, idle, idle)).violated


def test_seconds_in_which_everything_was_lost_are_endlessly_late() -> None:
    lost = ran(dropped=5)
    assert fed("p95<1s for 2s", seconds(lost, lost)).violated
    assert fed("p95>1s for 2s", seconds(lost, lost)).held


def test_seconds_in_which_users_wait_and_nobody_is_answered_are_endlessly_late() -> None:
    frozen, thinking = replace(ran(), stuck=True), ran()
    assert fed("p95<1s for 2s", seconds(ran(1), frozen, frozen)).violated
    assert not fed("p95<1s for 2s", seconds(ran(1), thinking, thinking)).violated


def test_short_stretches_add_up() -> None:
    slow = replace(ran(50), duration_s=0.1)
    assert not fed("p95<10ms for 1s", [slow] * 9).violated
    assert fed("p95<10ms for 1s", [slow] * 10).violated


@given(st.lists(st.sampled_from([0, 1, 2]), max_size=40), st.integers(1, 6))
def test_a_streak_is_the_longest_run_of_violations_that_only_measured_seconds_break(
    rows: list[int], window: int
) -> None:
    observed = {0: ran(), 1: ran(1), 2: ran(50)}
    measured = "".join(str(row) for row in rows if row)
    tracker = fed(f"p95<10ms for {window}s", seconds(*(observed[row] for row in rows)))
    assert tracker.violated == ("2" * window in measured)
    assert tracker.held == ("1" * window in measured)
