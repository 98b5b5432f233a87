"""Counter-based chance: the same draw for the same number, fair, and shuffles that are bijections."""

import math
import subprocess
import sys
from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.distribution import SIZE_MAX, key, permutation, uniform_floats, uniform_ints, zipf_ranks
from plimsoll.core.errors import UsageError

KEY = key(42, "feed", 1)


def chi_square_per_degree(counts: np.ndarray, expected: np.ndarray) -> float:
    """About 1 for a fair draw; its standard deviation is sqrt(2 / degrees)."""
    return float(((counts - expected) ** 2 / expected).sum() / (len(counts) - 1))


def test_a_key_is_the_same_in_every_run_and_differs_by_every_part() -> None:
    program = "from plimsoll.core.distribution import key; print(key(42, 'feed', 1))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(other.stdout) == KEY
    keys = [key(42), key(42, ""), key(42, "a"), key(42, "a", "b"), key(42, "a\0b"), key(42, 1), key(42, "1"), key(-42)]
    assert len(set(keys)) == len(keys)
    assert all(0 <= one < 2**64 for one in keys)


@given(st.integers(0, 2**64 - 1), st.integers(1, SIZE_MAX), st.lists(st.integers(0, 2**53), max_size=30))
def test_draws_are_in_range_and_the_same_in_any_batch(seed_key: int, size: int, numbers: list[int]) -> None:
    n = np.array(numbers, dtype=np.int64)
    for draw in (partial(uniform_ints, seed_key, size=size), partial(zipf_ranks, seed_key, size=size, s=1.1)):
        together = draw(n)
        assert together.dtype == np.int64
        assert ((together >= 0) & (together < size)).all()
        assert together.tolist() == [int(draw(np.array([one]))[0]) for one in numbers]


def test_uniform_draws_are_fair_and_do_not_follow_their_number() -> None:
    counts = np.bincount(uniform_ints(KEY, np.arange(200_000), 100), minlength=100)
    assert chi_square_per_degree(counts, np.full(100, 2000.0)) < 1.6
    floats = uniform_floats(KEY, np.arange(200_000))
    assert abs(np.corrcoef(floats[:-1], floats[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(floats, uniform_floats(key(42, "feed", 2), np.arange(200_000)))[0, 1]) < 0.01
    assert floats.min() >= 0
    assert floats.max() < 1


@pytest.mark.parametrize("s", [0.0, 0.5, 1.0, 1.1, 2.0])
def test_zipf_ranks_have_their_probabilities(s: float) -> None:
    weights = np.arange(1, 51) ** -s
    counts = np.bincount(zipf_ranks(KEY, np.arange(200_000), 50, s), minlength=50)
    assert chi_square_per_degree(counts, 200_000 * weights / weights.sum()) < 1.8


@pytest.mark.parametrize("s", [0.5, 1 - 1e-9, 1.0, 1 + 1e-9, 1.05])
def test_the_tail_behind_the_exact_ranks_holds_its_share(s: float) -> None:
    size, draws = 3_000_000, 400_000
    weights = np.arange(1, size + 1) ** -s
    ranks = zipf_ranks(KEY, np.arange(draws), size, s)
    edges = [0, 10, 1000, 1_000_000, 1_500_000, 2_000_000, size]
    expected = np.add.reduceat(weights, edges[:-1]) / weights.sum() * draws
    assert chi_square_per_degree(np.histogram(ranks, edges)[0], expected) < 3.5
    assert ranks.max() < size


def test_extreme_skews_stay_in_range() -> None:
    for s in (1e-12, 30.0, 1000.0):
        ranks = zipf_ranks(KEY, np.arange(10_000), SIZE_MAX, s)
        assert ((ranks >= 0) & (ranks < SIZE_MAX)).all()
    assert set(zipf_ranks(KEY, np.arange(1000), 10**7, 1000.0).tolist()) == {0}


@given(st.integers(0, 2**64 - 1), st.integers(1, 3000))
def test_a_permutation_is_a_bijection(seed_key: int, size: int) -> None:
    assert sorted(permutation(seed_key, np.arange(size), size).tolist()) == list(range(size))


@given(st.integers(0, 2**64 - 1), st.integers(1, SIZE_MAX), st.data())
def test_a_permutation_of_any_size_keeps_distinct_numbers_distinct_in_any_batch(
    seed_key: int, size: int, data: st.DataObject
) -> None:
    numbers = data.draw(st.lists(st.integers(0, size - 1), max_size=20, unique=True))
    shuffled = permutation(seed_key, np.array(numbers, dtype=np.int64), size).tolist()
    assert len(set(shuffled)) == len(numbers)
    assert all(0 <= value < size for value in shuffled)
    assert shuffled == [int(permutation(seed_key, np.array([one]), size)[0]) for one in numbers]


def test_permutations_look_shuffled() -> None:
    n = np.arange(100_000)
    shuffled = permutation(KEY, n, len(n))
    assert abs(np.corrcoef(n, shuffled)[0, 1]) < 0.02
    assert (shuffled == n).sum() < 10
    rows = np.bincount(shuffled[:10_000] // 1000, minlength=100)
    assert chi_square_per_degree(rows, np.full(100, 100.0)) < 1.6


def test_every_order_of_a_few_values_occurs() -> None:
    orders = Counter(tuple(permutation(key(seed), np.arange(3), 3).tolist()) for seed in range(1200))
    assert len(orders) == math.factorial(3)
    assert min(orders.values()) > 100


def test_sizes_that_cannot_be_exact_are_refused() -> None:
    for size in (0, -1, SIZE_MAX + 1):
        with pytest.raises(UsageError, match=r"2\*\*53"):
            uniform_ints(KEY, np.arange(3), size)
        with pytest.raises(UsageError, match=r"2\*\*53"):
            zipf_ranks(KEY, np.arange(3), size, 1.1)
        with pytest.raises(UsageError, match=r"2\*\*53"):
            permutation(KEY, np.arange(3), size)
    for s in (-1.0, math.nan, math.inf):
        with pytest.raises(UsageError, match="skew"):
            zipf_ranks(KEY, np.arange(3), 10, s)


def test_a_number_outside_a_permutation_is_refused() -> None:
    for n in (-1, 10):
        with pytest.raises(ValueError, match="permutation"):
            permutation(KEY, np.array([n]), 10)
