"""The fold: raw rows become counts and histograms, the same however they are batched."""

from collections import Counter
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plimsoll.core.histogram import Histogram
from plimsoll.load.recording.fold import NO_ERROR, Fold
from plimsoll.load.recording.recorder import NO_HTTP
from plimsoll.runs.samples import ERROR, FINISHED, NAME, READY, ROW_FIELDS, SCHEDULED, STARTED, THINK, SampleName

NAMES = [
    SampleName("a", "select", "sql"),
    SampleName("a", None, None),
    SampleName("b", "select", "http"),
    SampleName("b", None, None),
]
ERRORS = [None, "timeout", "40001"]
JOURNEYS = (1, 3)
US = 1000  # nanoseconds
Rows = NDArray[np.int64]


SOME_HTTP = st.lists(st.integers(0, 10**9), min_size=5, max_size=5)


@st.composite
def some_row(draw: st.DrawFn) -> list[int]:
    times = sorted(draw(st.lists(st.integers(0, 10**12), min_size=4, max_size=4)))
    think = draw(st.integers(0, times[3] - times[0]))
    name, error = draw(st.integers(0, len(NAMES) - 1)), draw(st.integers(0, len(ERRORS) - 1))
    return [name, draw(st.integers(0, 9)), *times, think, error, *draw(SOME_HTTP)]


def packed(rows: list[list[int]]) -> Rows:
    return np.array(rows, np.int64).reshape(-1, len(ROW_FIELDS))


some_rows = st.lists(some_row(), max_size=40).map(packed)


def folded(*batches: Rows) -> Fold:
    fold = Fold()
    for rows in batches:
        fold.add(rows, NAMES, ERRORS)
    return fold


def us(ns: Rows) -> Histogram:
    return Histogram.of_us((ns + 500) // US)


def told(fold: Fold) -> tuple[object, ...]:
    return (
        fold.step_intervals(), fold.journey_intervals(), fold.wait.value(), fold.lag.value(), fold.last_finished_ns,
    )  # fmt: skip


@given(some_rows, st.lists(st.integers(0, 40), max_size=5))
def test_batches_fold_to_the_same_as_the_whole(rows: Rows, cuts: list[int]) -> None:
    assert told(folded(*np.split(rows, sorted(cuts)))) == told(folded(rows))


@given(some_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: Rows, chance: Random) -> None:
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert told(folded(rows[order])) == told(folded(rows))


@given(some_rows)
def test_steps_hold_their_rows_and_nothing_else(rows: Rows) -> None:
    steps = folded(rows).step_intervals()
    assert set(steps) == {(NAMES[n].journey, NAMES[n].step) for n in rows[:, NAME].tolist() if n not in JOURNEYS}
    for number in (0, 2):
        name = NAMES[number]
        of = rows[rows[:, NAME] == number]
        if len(of):
            step = steps[name.journey, str(name.step)]
            assert (step.kind, step.count) == (name.kind, len(of))
            assert step.error_classes == Counter(ERRORS[n] for n in of[:, ERROR].tolist() if n != NO_ERROR)
            assert step.latency == us(of[:, FINISHED] - of[:, SCHEDULED])
            assert step.service == us(of[:, FINISHED] - of[:, STARTED])


@given(some_rows)
def test_journeys_hold_their_own_samples_without_thinking(rows: Rows) -> None:
    journeys = folded(rows).journey_intervals()
    for number in JOURNEYS:
        of = rows[rows[:, NAME] == number]
        if len(of):
            journey = journeys[NAMES[number].journey]
            assert (journey.count, journey.errors) == (len(of), int(np.count_nonzero(of[:, ERROR])))
            assert journey.latency == us(of[:, FINISHED] - of[:, SCHEDULED] - of[:, THINK])


@given(some_rows)
def test_waits_are_those_of_steps_and_lags_those_of_arrivals(rows: Rows) -> None:
    fold = folded(rows)
    arrivals = np.isin(rows[:, NAME], JOURNEYS)
    assert fold.wait.value() == us((rows[:, STARTED] - rows[:, READY])[~arrivals])
    assert fold.lag.value() == us((rows[:, READY] - rows[:, SCHEDULED])[arrivals])


def test_times_are_rounded_to_the_nearest_microsecond() -> None:
    spans = [0, 499, 500, 1_499, 1_500, 2_000_499]
    rows = packed([[0, 0, 0, 0, 0, ns, 0, NO_ERROR, *NO_HTTP] for ns in spans])
    latency = folded(rows).step_intervals()["a", "select"].latency
    assert latency == Histogram.of_us(np.array([0, 0, 1, 1, 2, 2000]))


def test_a_clock_that_ran_backwards_gives_no_negative_time() -> None:
    rows = packed([[0, 0, 9 * US, 9 * US, 9 * US, 5 * US, 0, NO_ERROR, *NO_HTTP]])
    assert folded(rows).step_intervals()["a", "select"].latency == Histogram.of_us(np.array([0]))


def test_nothing_folds_to_nothing() -> None:
    assert told(folded(packed([]))) == told(Fold()) == ({}, {}, Histogram(), Histogram(), 0)
