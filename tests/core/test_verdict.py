"""From a run's intervals to its summary: figures, goals, abort conditions and validity in one value."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given

from plimsoll.core.goal import parse_goal
from plimsoll.core.interval import GeneratorUse, Interval
from plimsoll.core.summary import GoalSummary, ShortSpread, Spread, Summary
from plimsoll.core.totals import Totals
from plimsoll.core.verdict import Circumstances, Judge, RunIdentity, summarize
from tests.core.made_intervals import NOTHING, journey, second, some_run, step, times

IDENTITY = RunIdentity(1, "20260214-101500-3fa2", "accounts.py", "dev", "steps", 7, "2026-02-14T10:15:00Z", 2, True)


def judge(intervals: Iterable[Interval], goals: Sequence[str] = (), abort: Sequence[str] = ()) -> Judge:
    made = Judge([parse_goal(text) for text in goals], [parse_goal(text) for text in abort])
    for interval in intervals:
        made.add(interval)
    return made


def summary(*intervals: Interval, goals: Sequence[str] = (), because: Sequence[str] = ()) -> Summary:
    return summarize(IDENTITY, judge(intervals, goals), Circumstances("finished", ["a word"], because))


def outcome(goal: str, *intervals: Interval) -> tuple[float | None, bool, str]:
    (judged,) = judge(intervals, [goal]).goal_summaries()
    return judged.actual, judged.passed, judged.because


def aborted(condition: str, *intervals: Interval) -> str | None:
    return judge(intervals, abort=[condition]).abort_because()


def failing(start_s: float, errors: int, **changes: Any) -> Interval:
    return second(start_s, {("a", "select"): step(10, timeout=errors)}, **changes)


# -- figures ----------------------------------------------------------------------------------------------------------


def test_a_summary_says_what_was_measured() -> None:
    made = summary(
        second(0, warmup=True),
        second(
            1,
            {("look", "select"): step(30, 2, timeout=3), ("buy", "insert"): step(10, 8)},
            {"look": journey(15, 4, errors=3, dropped=2), "buy": journey(5, 16, incomplete=1)},
            incomplete=1,
            retries=6,
            reconnects=2,
            wait=times(40, 0.1),
            lag=times(20, 0.2),
            target_rate_per_s=25.0,
            generator=GeneratorUse(0.5, 0.1, 2.0),
        ),
        second(2, {}, {}, width_s=0.5, generator=GeneratorUse(0.0, 0.0, 0.5)),
    )

    assert (made.duration_s, made.warmup_s) == (1.5, 1.0)
    assert (made.requests, made.errors, made.error_rate) == (40, 3, 0.075)
    assert (made.dropped, made.incomplete, made.retries, made.reconnects) == (2, 1, 6, 2)
    assert (made.rate_per_s, made.journeys_per_s, made.target_rate_per_s) == (26.667, 13.333, 25.0)
    assert (made.latency_ms.p50, made.latency_ms.max, made.service_ms.max) == (2.0, 8.0, 4.0)
    assert (made.wait_ms, made.lag_ms) == (ShortSpread(0.1, 0.1, 0.1), ShortSpread(0.2, 0.2, 0.2))
    assert [(one.journey, one.name, one.count, one.errors, one.error_classes) for one in made.steps] == [
        ("buy", "insert", 10, 0, {}),
        ("look", "select", 30, 3, {"timeout": 3}),
    ]
    assert [one.rate_per_s for one in made.steps] == [6.667, 20.0]
    assert [(one.name, one.count, one.errors, one.latency_ms.p50) for one in made.journeys] == [
        ("buy", 5, 0, 16.0),
        ("look", 15, 3, 4.0),
    ]
    assert (made.generator.processes, made.generator.cpu_us_per_request) == (2, 12500.0)
    assert (made.generator.cpu_share, made.generator.run_delay_share) == (0.2, 0.04)


def test_a_summary_repeats_who_ran_what() -> None:
    made = summary(second(0))
    facts = (made.schema_version, made.run_id, made.scenario, made.environment, made.profile, made.seed)
    assert facts == (1, "20260214-101500-3fa2", "accounts.py", "dev", "steps", 7)
    assert (made.started_at, made.stopped_by, made.warnings) == ("2026-02-14T10:15:00Z", "finished", ["a word"])


def test_error_classes_are_told_most_frequent_first() -> None:
    made = summary(second(0, {("a", "select"): step(9, rare=1, frequent=5, usual=3)}))
    assert list(made.steps[0].error_classes) == ["frequent", "usual", "rare"]


@given(some_run())
def test_the_warm_up_is_in_no_figure(run: tuple[list[Interval], list[Interval]]) -> None:
    warm, measured = run
    goals = ["p95<1s", "errors<1%", "step:select: p99<5ms for 2s", "journey:a: dropped<3"]
    alone = [replace(interval, start_s=interval.start_s - len(warm)) for interval in measured]
    with_it, without = (summary(*run, goals=goals).to_json() for run in ([*warm, *measured], alone))

    assert with_it["warmup_s"] == len(warm)
    also = {"warmup_s", "reconnects", "warnings"}  # what broke, or was not stored, is told whenever it was
    assert {key: with_it[key] for key in with_it.keys() - also} == {key: without[key] for key in without.keys() - also}


def test_a_run_that_measured_nothing_has_no_figures_and_no_rates() -> None:
    made = summary(goals=["p95<1s"])
    assert (made.valid, made.invalid_because) == (False, ["nothing was measured: no step ended"])
    assert (made.duration_s, made.rate_per_s, made.journeys_per_s, made.error_rate) == (0, 0, 0, 0)
    assert (made.latency_ms, made.target_rate_per_s) == (Spread(*[None] * 7), None)
    assert (made.generator.cpu_us_per_request, made.generator.cpu_share) == (None, None)
    assert made.goals == [GoalSummary("total", "p95<1s", None, False, "ms", "nothing was measured")]


def test_what_spoilt_a_run_is_told_with_what_its_figures_show() -> None:
    late = second(0, lag=times(100, 80))
    made = summary(late, because=["a worker died"])
    assert not made.valid
    assert made.invalid_because[0] == "a worker died"
    assert made.invalid_because[1].startswith("the load generator was late")
    assert made.generator.saturated


# -- goals ------------------------------------------------------------------------------------------------------------


def test_a_goal_tells_its_figure_and_unit() -> None:
    (judged,) = summary(second(0), goals=["p95<0.5ms"]).goals
    assert judged == GoalSummary("total", "p95<0.5ms", 1.0, False, "ms", "it was 1.00 ms")


def test_a_goal_of_a_step_holds_for_every_journey_that_has_it() -> None:
    both = second(0, {("a", "select"): step(90, 1), ("b", "select"): step(10, 9)})
    assert outcome("step:select: p90<2ms", both) == (1.0, True, "")
    assert outcome("step:select: max<2ms", both) == (9.0, False, "it was 9.00 ms")
    assert outcome("step:select: rate>=100/s", both) == (100.0, True, "")


def test_a_goal_of_a_journey_counts_its_losses_only() -> None:
    lossy = second(0, journeys={"a": journey(90, dropped=6, incomplete=4), "b": journey(100)})
    assert outcome("journey:a: errors<=10%", lossy) == (10.0, True, "")
    assert outcome("journey:a: dropped<5%", lossy) == (6.0, False, "it was 6 %")
    assert outcome("journey:b: errors<1%", lossy) == (0.0, True, "")


def test_drops_and_incomplete_requests_fail_the_total() -> None:
    lossy = second(0, {("a", "select"): step(90)}, {"a": journey(90, dropped=6, incomplete=4)}, incomplete=4)
    assert outcome("errors<=10%", lossy) == (10.0, True, "")
    actual, passed, because = outcome("p99<1s", lossy)
    assert (actual, passed) == (None, False)
    assert "6 dropped and 4 incomplete" in because


def test_what_the_user_cut_off_by_stopping_the_run_fails_no_goal() -> None:
    """Only what the system did not answer is its failure: here 4 of 94 requests were under way at Ctrl-C."""
    made = Judge([parse_goal(text) for text in ("errors<1%", "errors<1% for 1s", "p99<1s", "max<2ms")])
    made.add(second(0, {("a", "select"): step(90, 3.0)}, {"a": journey(90)}))
    made.add(second(1, {}, {"a": journey(0, incomplete=4)}, incomplete=4, waiting=4), interrupted=True)
    judged = made.goal_summaries()
    assert [goal.passed for goal in judged] == [True, True, True, False]
    assert judged[0].because == "without 4 that the interruption cut off"
    assert judged[3].because == "without 4 that the interruption cut off; it was 3.00 ms"
    assert made.totals.incomplete == 4, "the figures keep them"


def test_a_goal_of_something_that_was_not_measured_says_so() -> None:
    assert outcome("step:nowhere: p95<1s", second(0)) == (None, False, "no step of this name was measured")
    assert outcome("journey:nowhere: rate>1/s", second(0))[1:] == (False, "no journey of this name was measured")


def test_what_happened_in_the_warm_up_only_was_not_measured() -> None:
    warm = second(0, {("a", "once"): step(1)}, warmup=True)
    assert outcome("step:once: p95<1s", warm, second(1)) == (None, False, "no step of this name was measured")


def test_a_goal_with_a_window_fails_on_so_many_bad_seconds_in_a_row() -> None:
    goal = "errors<50% for 3s"
    assert outcome(goal, *[failing(at, 9 * (at % 3 != 2)) for at in range(9)])[1:] == (True, "")
    assert outcome(goal, *[failing(at, 9 * (at < 3)) for at in range(9)])[1:] == (
        False, "violated from 0 s to 3 s",
    )  # fmt: skip


def test_a_window_spans_intervals_of_any_width() -> None:
    tenths = [failing(at / 10, 9, width_s=0.1) for at in range(20)]
    assert not outcome("errors<50% for 2s", *tenths)[1]
    assert outcome("errors<50% for 2s", *tenths[:-1], failing(1.9, 0, width_s=0.1))[1]


def test_windows_do_not_see_the_warm_up() -> None:
    warm = [failing(at, 10, warmup=True) for at in range(5)]
    assert outcome("errors<50% for 2s", *warm, failing(5, 10), failing(6, 0))[1]


# -- abort conditions -------------------------------------------------------------------------------------------------


def test_a_run_is_aborted_once_its_condition_held_throughout_the_window() -> None:
    condition = "errors>50% for 3s"
    assert aborted(condition, failing(0, 9), failing(1, 9)) is None
    assert aborted(condition, failing(0, 9), failing(1, 0), failing(2, 9), failing(3, 9)) is None
    assert aborted(condition, *[failing(at, 9) for at in range(3)]) == condition


def test_a_condition_once_met_stays_met() -> None:
    assert aborted("errors>50%", failing(0, 9), failing(1, 0)) == "errors>50%"


def test_a_condition_may_be_of_one_step() -> None:
    assert aborted("step:select: p95>5ms", second(0, {("a", "select"): step(9, 9)})) == "step:select: p95>5ms"
    assert aborted("step:other: p95>5ms", second(0, {("a", "select"): step(9, 9)})) is None


def test_the_warm_up_aborts_nothing() -> None:
    assert aborted("errors>50%", failing(0, 10, warmup=True)) is None


def test_of_several_conditions_the_first_that_was_met_is_named() -> None:
    made = judge([failing(0, 9)], abort=["p95>1s", "errors>50%", "rate<100/s"])
    assert made.abort_because() == "errors>50%"


def test_a_judge_without_conditions_aborts_nothing() -> None:
    made = judge([failing(0, 10)])
    assert made.abort_because() is None
    assert isinstance(made.totals, Totals)
    assert made.totals.lag.value() == NOTHING
