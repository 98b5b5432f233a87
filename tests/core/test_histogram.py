"""Histograms: HdrHistogram's layout, exact merging, nearest-rank quantiles."""

import copy

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plimsoll.core.histogram import HIGHEST_US, Histogram, bucket_indexes, nearest_rank

micros = st.one_of(st.integers(0, 5_000), st.integers(0, 2_000_000), st.integers(0, HIGHEST_US))
arrays = hnp.arrays(np.int64, st.integers(0, 200), elements=micros)
filled = hnp.arrays(np.int64, st.integers(1, 200), elements=micros)


def hdr_of(values: np.ndarray) -> HdrHistogram:
    peer = HdrHistogram(1, HIGHEST_US, 3)
    for value in values.tolist():
        peer.record_value(value)
    return peer


def assert_same(one: Histogram, other: Histogram) -> None:
    assert one == other
    assert [part.tolist() for part in one.buckets()] == [part.tolist() for part in other.buckets()]


@given(filled)
def test_holds_the_same_counts_in_the_same_buckets_as_hdrhistogram(values: np.ndarray) -> None:
    peer = hdr_of(values)
    lower, upper, counts = Histogram.of_us(values).buckets()
    assert int(counts.sum()) == peer.get_total_count() == values.size
    for low, high, count in zip(lower.tolist(), upper.tolist(), counts.tolist(), strict=True):
        assert peer.get_count_at_value(low) == count
        assert peer.get_lowest_equivalent_value(high) == low
        assert peer.get_highest_equivalent_value(low) == high


@given(filled, st.floats(0, 100))
def test_quantiles_are_within_one_bucket_of_the_true_value_and_of_hdrhistogram(
    values: np.ndarray, percentile: float
) -> None:
    peer = hdr_of(values)
    measured = Histogram.of_us(values).quantile_us(percentile / 100)
    true = int(np.sort(values)[nearest_rank(percentile / 100, values.size) - 1])
    assert measured is not None
    assert true <= measured <= min(peer.get_highest_equivalent_value(true), int(values.max()))
    # HdrHistogram rounds the rank half up where we round up: give it the percentile in the middle of our rank
    rank = nearest_rank(percentile / 100, values.size)
    theirs = peer.get_value_at_percentile(100 * rank / values.size)
    assert bucket_indexes(np.array([int(measured)])) == bucket_indexes(np.array([int(theirs)]))


@given(st.lists(arrays, max_size=8))
def test_merging_is_recording_everything_in_one(parts: list[np.ndarray]) -> None:
    together = np.concatenate([np.zeros(0, np.int64), *parts])
    assert_same(Histogram.merged(Histogram.of_us(part) for part in parts), Histogram.of_us(together))


@given(arrays)
def test_bytes_and_reduction_bring_back_the_same_histogram(values: np.ndarray) -> None:
    histogram = Histogram.of_us(values)
    assert_same(Histogram.from_bytes(histogram.to_bytes()), histogram)
    assert_same(copy.deepcopy(histogram), histogram)


@given(arrays, st.data())
def test_altered_or_cut_bytes_are_refused(values: np.ndarray, data: st.DataObject) -> None:
    good = Histogram.of_us(values).to_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    altered = bytearray(good)
    altered[at] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(altered), good[:at], good + b"\0"):
        with pytest.raises(ValueError, match="histogram"):
            Histogram.from_bytes(bad)


@given(filled)
def test_folded_buckets_make_the_same_histogram(values: np.ndarray) -> None:
    folded = Histogram.from_buckets(
        bucket_indexes(values),
        np.ones(values.size, np.int64),
        min_us=int(values.min()),
        max_us=int(values.max()),
        sum_us=int(values.sum()),
    )
    assert_same(folded, Histogram.of_us(values))


@given(filled, micros)
def test_counts_above_a_value_to_the_resolution_of_a_bucket(values: np.ndarray, limit: int) -> None:
    index_of_limit = bucket_indexes(np.array([limit]))[0]
    above = Histogram.of_us(values).count_above_us(limit)
    assert int((bucket_indexes(values) > index_of_limit).sum()) <= above <= int((values > limit).sum())


@given(filled)
def test_extremes_sum_and_mean_are_exact(values: np.ndarray) -> None:
    histogram = Histogram.of_us(values)
    assert (histogram.count, histogram.min_us, histogram.max_us) == (values.size, values.min(), values.max())
    assert histogram.sum_us == values.sum()
    assert histogram.mean_us == pytest.approx(values.mean())
    assert histogram.quantile_us(1.0) == values.max()


def test_counts_wider_than_a_byte_survive_the_bytes() -> None:
    for count in (255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**40):
        one = Histogram.from_buckets(np.array([7]), np.array([count]), min_us=7, max_us=7, sum_us=7 * count)
        assert_same(Histogram.from_bytes(one.to_bytes()), one)
        assert one.count == count


def test_values_above_an_hour_fall_into_the_highest_bucket_but_keep_their_maximum_and_sum() -> None:
    histogram = Histogram.of_us(np.array([5, HIGHEST_US * 3, 2**40]))
    lower, upper, counts = histogram.buckets()
    assert counts.tolist() == [1, 2]
    assert lower[1] <= HIGHEST_US <= upper[1]
    assert (histogram.max_us, histogram.sum_us) == (2**40, 5 + HIGHEST_US * 3 + 2**40)
    assert histogram.quantile_us(1.0) == 2**40


def test_an_empty_histogram_knows_nothing() -> None:
    empty = Histogram()
    assert (empty.count, empty.min_us, empty.max_us, empty.mean_us, empty.sum_us) == (0, None, None, None, 0)
    assert empty.quantile_us(0.5) is None
    assert empty.count_above_us(0) == 0
    assert_same(empty, Histogram.of_us(np.zeros(0, np.int64)))
    assert_same(empty, Histogram.merged([]))
    assert_same(empty, Histogram.from_buckets(np.zeros(0, int), np.zeros(0, int), min_us=0, max_us=0, sum_us=0))


def test_small_integer_types_do_not_overflow() -> None:
    assert Histogram.of_us(np.full(300, 200, np.uint8)).sum_us == 60_000


def test_what_is_not_a_count_of_microseconds_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Histogram.of_us(np.array([3, -1]))
    with pytest.raises(TypeError, match="integer"):
        Histogram.of_us(np.array([1.5]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Histogram.of_us(np.array([1])).quantile_us(99)
    with pytest.raises(ValueError, match="range"):
        Histogram.from_buckets(np.array([23 << 10]), np.array([1]), min_us=0, max_us=0, sum_us=0)
    with pytest.raises(ValueError, match="range"):
        Histogram.from_buckets(np.array([1, 2]), np.array([1, -1]), min_us=0, max_us=0, sum_us=0)


@pytest.mark.parametrize(
    ("q", "count", "rank"),
    [(0.0, 10, 1), (0.5, 10, 5), (0.51, 10, 6), (0.07, 100, 7), (0.99, 100, 99), (0.999, 1000, 999), (1.0, 7, 7)],
)
def test_nearest_rank_rounds_up_and_is_not_fooled_by_floats(q: float, count: int, rank: int) -> None:
    assert nearest_rank(q, count) == rank


def test_buckets_cannot_be_altered_from_outside() -> None:
    _, _, counts = Histogram.of_us(np.array([1, 2, 3])).buckets()
    with pytest.raises(ValueError, match="read-only"):
        counts[0] = 9


@given(st.lists(st.integers(0, 10**7), max_size=60), st.lists(st.integers(0, 10**7), max_size=60))
def test_a_distribution_without_a_part_is_the_rest(part: list[int], rest: list[int]) -> None:
    whole = Histogram.of_us(np.array([*part, *rest], np.int64))
    left = whole.without(Histogram.of_us(np.array(part, np.int64)))
    alone = Histogram.of_us(np.array(rest, np.int64))
    assert (left.count, left.sum_us) == (alone.count, alone.sum_us)
    for q in (0.01, 0.5, 0.9):
        found, wanted = left.quantile_us(q), alone.quantile_us(q)
        assert found == wanted or (found is not None and wanted is not None and abs(found - wanted) <= 0.001 * found)
