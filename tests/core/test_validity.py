"""Validity: when a run's figures may not be believed, and what is merely worth a warning."""

from dataclasses import replace

import pytest

from plimsoll.core.interval import GeneratorUse, Interval
from plimsoll.core.totals import Totals
from plimsoll.core.validity import Validity, judge_validity
from tests.core.made_intervals import journey, second, step, times


def judged(*intervals: Interval, open_loop: bool = True) -> Validity:
    totals = Totals()
    for interval in intervals:
        totals.add(interval)
    return judge_validity(totals, open_loop=open_loop)


def late(lag_ms: float, median_ms: float) -> Interval:
    return second(0, {("a", "select"): step(100, median_ms)}, lag=times(100, lag_ms))


def used(cpu_s: float = 0.1, run_delay_s: float = 0.0) -> Interval:
    return second(0, generator=GeneratorUse(cpu_s, run_delay_s, 1.0))


def test_a_punctual_run_may_be_believed() -> None:
    for open_loop in (True, False):
        assert judged(used(), open_loop=open_loop) == Validity(False, (), ())


@pytest.mark.parametrize(
    ("lag_ms", "median_ms", "believed"),
    [
        (10, 1, True),  # 10 ms is harmless, whatever is measured
        (10.2, 1, False),
        (50, 500, True),  # and so is a tenth of what is measured
        (51, 500, False),
        (11, 1000, True),
    ],
)
def test_lag_spoils_an_open_loop_above_10_ms_and_a_tenth_of_the_median(
    lag_ms: float, median_ms: float, *, believed: bool
) -> None:
    validity = judged(late(lag_ms, median_ms))
    assert (not validity.invalid_because, validity.saturated) == (believed, not believed)


def test_a_late_generator_says_how_late_it_was() -> None:
    (because,) = judged(late(80, 1)).invalid_because
    assert because == "the load generator was late: lag p99 80.0 ms; it was saturated or starved"


def test_it_is_the_99th_percentile_of_lag_that_counts() -> None:
    once = [late(0.1, 1), second(1, lag=times(1, 900))]
    assert not judged(*once).invalid_because
    assert judged(*once, second(2, lag=times(2, 900))).invalid_because


@pytest.mark.parametrize(("delay_s", "starved"), [(0.0, False), (0.30, False), (0.31, True), (0.63, True)])
def test_a_generator_without_a_core_spoils_an_open_loop(delay_s: float, *, starved: bool) -> None:
    validity = judged(used(run_delay_s=delay_s))
    assert (bool(validity.invalid_because), validity.saturated) == (starved, starved)


def test_a_starved_closed_loop_is_only_warned_of() -> None:
    validity = judged(used(run_delay_s=0.5), open_loop=False)
    assert validity.invalid_because == ()
    assert validity.warnings == (
        "the load generator waited 50 % of the time for a core, which the latencies hold in part",
    )


@pytest.mark.parametrize(("cpu_s", "busy"), [(0.9, False), (0.91, True)])
def test_a_closed_loop_that_used_its_core_up_is_saturated_but_valid(cpu_s: float, *, busy: bool) -> None:
    validity = judged(used(cpu_s=cpu_s), open_loop=False)
    assert (validity.saturated, len(validity.warnings), validity.invalid_because) == (busy, int(busy), ())


def test_a_busy_open_loop_that_kept_up_is_valid_and_unwarned() -> None:
    assert judged(used(cpu_s=1.0)) == Validity(False, (), ())


def test_a_closed_loop_has_no_lag_to_be_judged_by() -> None:
    totals = Totals()
    totals.add(late(500, 1))
    assert judge_validity(totals, open_loop=False) == Validity(False, (), ())


def test_lateness_in_the_warm_up_spoils_nothing() -> None:
    warm = second(0, warmup=True, lag=times(100, 900), generator=GeneratorUse(0.1, 0.9, 1.0))
    assert judged(warm, second(1)) == Validity(False, (), ())


def test_where_the_system_tells_nothing_of_the_generator_nothing_is_concluded() -> None:
    assert judged(second(0, generator=GeneratorUse())) == Validity(False, (), ())


def test_a_run_that_measured_nothing_says_so() -> None:
    assert judged().invalid_because == ("nothing was measured: no step ended",)
    assert judged(second(0, warmup=True)).invalid_because == ("nothing was measured: no step ended",)


def test_journeys_without_steps_measure_nothing() -> None:
    assert judged(second(0, {}, {"a": journey(3)})).invalid_because == ("nothing was measured: no journey made a step",)


def test_a_run_that_failed_wholesale_names_the_class_of_most_failures() -> None:
    steps = {
        ("a", "one"): step(5, timeout=5),
        ("a", "two"): step(4, **{"42P01": 4}),
        ("b", "three"): step(4, **{"42P01": 4}),
    }
    (because,) = judged(second(0, steps)).invalid_because
    assert because == "every one of 13 requests failed, most often with 42P01"


def test_one_success_is_enough_to_measure_something() -> None:
    assert judged(second(0, {("a", "one"): step(5, timeout=4)})).invalid_because == ()


def test_many_failures_and_journeys_that_all_failed_are_warned_of() -> None:
    some = second(0, {("a", "s"): step(99), ("a", "t"): replace(step(1), error_classes={"x": 1})})
    assert judged(some).warnings == ()
    many = second(
        0,
        {("a", "s"): step(90), ("a", "t"): replace(step(10), error_classes={"x": 10})},
        {"a": replace(journey(10), errors=10)},
    )
    assert judged(many).invalid_because == ()
    assert judged(many).warnings == (
        "every one of 10 journeys failed: nobody got what they came for",
        "10 % of the requests failed; latencies and rates hold them, but for those of goals",
    )


def test_samples_that_were_not_stored_are_told_but_spoil_nothing() -> None:
    validity = judged(second(0, samples_lost=1234))
    assert validity.invalid_because == ()
    assert validity.warnings == ("1,234 samples were not stored; the figures count them",)


def test_code_that_holds_the_event_loop_up_is_named_in_a_warning() -> None:
    held = second(0, generator=GeneratorUse(0.1, 0.0, 1.0, blocked_s=0.4))
    assert any("event loop" in warning for warning in judged(held, open_loop=False).warnings)
    starved = second(0, generator=GeneratorUse(0.1, 0.4, 1.0, blocked_s=0.4))
    assert not any("event loop" in warning for warning in judged(starved, open_loop=False).warnings)


def test_samples_lost_before_they_were_counted_make_a_run_invalid() -> None:
    assert not judged(used()).invalid_because
    assert "lost before they were counted" in judged(replace(used(), samples_uncounted=3)).invalid_because[0]
