"""Intervals of several processes become the run's, exactly, in whatever order they are told."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval, StepInterval
from plimsoll.load.recording.merge import Alignment


def interval(second: int, count: int) -> Interval:
    times = Histogram.of_us(np.full(count, 1000))
    return Interval(
        start_s=float(second),
        width_s=1.0,
        warmup=False,
        users=1,
        target_users=None,
        target_rate_per_s=10.0,
        steps={("look", "select"): StepInterval("sql", count, {}, times, times)},
        journeys={"look": JourneyInterval(count, 0, times)},
        wait=times,
        lag=times,
    )


@given(
    counts=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=4),
    chance=st.randoms(use_true_random=False),
)
def test_each_second_is_told_once_and_whole_whoever_comes_first(counts: list[list[int]], chance: Random) -> None:
    aligned = Alignment(range(len(counts)))
    told: list[Interval] = []
    ahead = [0] * len(counts)
    while aligned.running:
        process = chance.choice([number for number, at in enumerate(ahead) if at <= len(counts[number])])
        if ahead[process] == len(counts[process]):
            aligned.end(process)
        else:
            aligned.add(process, interval(ahead[process], counts[process][ahead[process]]))
        ahead[process] += 1
        told += aligned.take()

    seconds = range(max(map(len, counts)))
    assert [one.start_s for one in told] == [float(second) for second in seconds]
    assert [one.requests for one in told] == [sum(of[at] for of in counts if at < len(of)) for at in seconds]
    running = [sum(at < len(of) for of in counts) for at in seconds]
    assert [one.target_rate_per_s for one in told] == [10.0 * processes for processes in running]


def test_nothing_is_told_before_the_slowest_process_has_told_its_part() -> None:
    aligned = Alignment([0, 1])
    aligned.add(0, interval(0, 1))
    aligned.add(0, interval(1, 1))
    assert list(aligned.take()) == []

    aligned.add(1, interval(0, 5))
    assert [one.requests for one in aligned.take()] == [6]

    aligned.end(1)
    assert [one.requests for one in aligned.take()] == [1]
