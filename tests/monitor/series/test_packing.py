"""Columns on disk: what goes in comes out, whole numbers exactly and others to 7 digits, in few bytes."""

from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.series.packing import pack_points, pack_rollup, short, unpack_points, unpack_rollup

FIRST_MS = 1_790_000_000_123
numbers = st.floats(-1e15, 1e15)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), numbers), min_size=1, max_size=20))
def test_points_come_back_to_the_millisecond_and_to_seven_digits(points: list[tuple[int, float]]) -> None:
    times = list(accumulate((step for step, _ in points[1:]), initial=FIRST_MS))
    values = [value for _, value in points]
    found_times, found = unpack_points(pack_points(times, values), FIRST_MS)
    assert [round(at * 1000) for at in found_times] == times
    assert found == pytest.approx(values, rel=1e-7, abs=1e-37)


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1))
def test_whole_numbers_come_back_exactly(values: list[int]) -> None:
    times = [FIRST_MS] * len(values)
    assert unpack_points(pack_points(times, [float(value) for value in values]), FIRST_MS)[1] == values


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_a_mean_stays_between_the_lowest_and_the_highest(rows: list[tuple[float, float, float]]) -> None:
    low, mean, high = (list(column) for column in zip(*(sorted(row) for row in rows), strict=True))
    ones = [1] * len(low)
    slots, low, mean, high, counts = (
        list(column) for column in unpack_rollup(pack_rollup(ones, low, mean, high, ones))
    )
    assert (slots, counts) == (ones, ones)
    assert all(a <= b <= c for a, b, c in zip(short(low), short(mean), short(high), strict=True))


@given(st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.6g}")))
def test_a_short_number_reads_as_it_was_written(value: float) -> None:
    _, found = unpack_points(pack_points([FIRST_MS], [value]), FIRST_MS)
    assert short(found) == [pytest.approx(value, rel=1e-12, abs=1e-37)]


def test_a_point_of_noise_takes_five_bytes_and_one_that_never_changes_less_than_one() -> None:
    chance = Random(6)
    times = [FIRST_MS + 2000 * place + chance.randint(0, 3) for place in range(300)]
    assert len(pack_points(times, [100 * chance.random() for _ in times])) / 300 < 5
    assert len(pack_points(times, [42.0] * 300)) / 300 < 1
