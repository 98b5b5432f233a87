"""Totals: sums over a run's intervals, the warm-up left out."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.totals import MERGE_AT, HistogramSum, Totals
from tests.core.made_intervals import journey, second, some_run, step, times


def total(intervals: Iterable[Interval]) -> Totals:
    totals = Totals()
    for interval in intervals:
        totals.add(interval)
    return totals


@given(some_run())
def test_totals_are_the_sums_of_what_was_measured(run: tuple[list[Interval], list[Interval]]) -> None:
    warm, measured = run
    totals = total([*warm, *measured])

    assert totals.requests == sum(interval.requests for interval in measured)
    assert totals.errors == sum(interval.errors for interval in measured)
    assert totals.dropped == sum(interval.dropped for interval in measured)
    assert totals.incomplete == sum(interval.incomplete for interval in measured)
    assert totals.retries == sum(interval.retries for interval in measured)
    journeys = [one for interval in measured for one in interval.journeys.values()]
    assert totals.journeys_finished == sum(one.count for one in journeys)
    assert totals.journeys_begun == sum(one.count + one.dropped + one.incomplete for one in journeys)
    assert totals.cpu_s == sum(interval.generator.cpu_s for interval in measured)
    assert (totals.warmup_end_s, totals.measured_s) == (len(warm), len(measured))


@given(some_run())
def test_times_are_those_of_all_measured_samples_together(run: tuple[list[Interval], list[Interval]]) -> None:
    warm, measured = run
    totals = total([*warm, *measured])
    steps = [one for interval in measured for one in interval.steps.values()]

    assert totals.latency() == Histogram.merged(one.latency for one in steps)
    assert totals.service() == Histogram.merged(one.service for one in steps)
    assert totals.wait.value() == Histogram.merged(interval.wait for interval in measured)
    assert totals.lag.value() == Histogram.merged(interval.lag for interval in measured)


@given(some_run())
def test_reconnects_and_lost_samples_of_the_warm_up_are_kept(run: tuple[list[Interval], list[Interval]]) -> None:
    everything = [*run[0], *run[1]]
    totals = total(everything)

    assert totals.reconnects == sum(interval.reconnects for interval in everything)
    assert totals.samples_lost == sum(interval.samples_lost for interval in everything)


def test_error_classes_add_up_for_each_step() -> None:
    totals = total(
        [second(at, {("a", "select"): step(9, timeout=1, dead=at), ("b", "select"): step(1)}) for at in range(3)]
    )

    assert totals.steps["a", "select"].error_classes == Counter(dead=3, timeout=3)
    assert totals.steps["a", "select"].errors == 6
    assert totals.steps["b", "select"].errors == 0


def test_the_duration_ends_with_the_last_sample() -> None:
    assert total([second(0), second(1), second(2, width_s=0.25)]).measured_s == 2.25


def test_a_run_that_ended_in_its_warm_up_measured_nothing() -> None:
    totals = total([second(0, warmup=True)])
    assert (totals.measured_s, totals.requests, totals.journeys_begun) == (0, 0, 0)


def test_the_target_rate_is_the_mean_over_the_seconds_that_had_one() -> None:
    ramp = [second(at, target_rate_per_s=rate) for at, rate in enumerate([100.0, 300.0])]
    drained = second(2, target_rate_per_s=None)
    half = second(3, target_rate_per_s=800.0, width_s=0.5)

    assert total([*ramp, drained]).target_rate_per_s == 200
    assert total([*ramp, drained, half]).target_rate_per_s == 320
    assert total([drained]).target_rate_per_s is None


def test_the_target_of_the_warm_up_is_not_a_target() -> None:
    warm = second(0, warmup=True, target_rate_per_s=900.0)
    assert total([warm, second(1, target_rate_per_s=100.0)]).target_rate_per_s == 100


def test_a_single_second_is_judged_as_if_it_stood_alone() -> None:
    totals = Totals()
    totals.add_measured(second(41, {}, {"look": journey(3, dropped=2, incomplete=1)}, warmup=True, width_s=0.5))
    assert (totals.measured_s, totals.journeys_begun) == (0.5, 6)


@pytest.mark.parametrize("parts", [0, 1, MERGE_AT - 1, MERGE_AT, MERGE_AT + 1, 3 * MERGE_AT])
def test_a_sum_of_histograms_holds_every_value_and_few_parts(parts: int) -> None:
    whole = HistogramSum()
    for number in range(parts):
        whole.add(Histogram.of_us(np.array([number + 1])))
        whole.add(Histogram())
        assert len(whole._parts) < MERGE_AT
    assert whole.value() == Histogram.of_us(np.arange(1, parts + 1))
    whole.add(times(1))
    assert whole.value().count == parts + 1
