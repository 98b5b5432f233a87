"""Two groups are relabelled: p-values are those of counting, intervals hold what is not refused."""

from itertools import combinations
from math import comb, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.statistics.permutation import EXACT_MAX, permutation_test, smallest_p

VALUES = st.lists(st.floats(-10, 10), min_size=2, max_size=5)


def counted(a: list[float], b: list[float]) -> float:
    """The p-value by its definition."""
    values = [*a, *b]
    seen = abs(sum(b) / len(b) - sum(a) / len(a))
    far = 0
    for chosen in combinations(range(len(values)), len(b)):
        inside = sum(values[at] for at in chosen)
        far += abs(inside / len(b) - (sum(values) - inside) / len(a)) >= seen - 1e-9 * (max(values) - min(values))
    return far / comb(len(values), len(b))


@given(VALUES, VALUES)
def test_few_values_are_relabelled_in_every_way(a: list[float], b: list[float]) -> None:
    found = permutation_test(a, b, seed=1)
    assert found.exact
    assert found.p == pytest.approx(counted(a, b))


@pytest.mark.parametrize(("a", "b", "smallest"), [(3, 3, 0.1), (4, 4, 2 / 70), (4, 3, 1 / 35), (5, 5, 2 / 252)])
def test_groups_that_lie_apart_have_the_smallest_p_there_is(a: int, b: int, smallest: float) -> None:
    found = permutation_test(list(range(a)), list(range(100, 100 + b)), seed=1)
    assert found.p == pytest.approx(smallest) == pytest.approx(smallest_p(a, b))


def test_three_and_three_values_bound_nothing() -> None:
    found = permutation_test([1.0, 2.0, 3.0], [7.0, 8.0, 9.0], seed=1)
    assert (found.low, found.high) == (-inf, inf)


def test_an_interval_ends_where_shifts_are_refused() -> None:
    random = np.random.default_rng(5)
    a, b = random.normal(0, 0.03, 6).tolist(), random.normal(log(1.1), 0.03, 6).tolist()
    found = permutation_test(a, b, seed=1)
    assert found.low < found.difference < found.high
    assert found.low == pytest.approx(found.difference, abs=0.1)
    for end, away in ((found.low, -1e-4), (found.high, 1e-4)):
        assert permutation_test(a, [value - end - away for value in b], seed=1).p <= 0.05
        assert permutation_test(a, [value - end + away for value in b], seed=1).p > 0.05


def test_many_values_are_relabelled_by_chance_the_same_for_the_same_seed() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(0, 1, 12).tolist(), random.normal(0.8, 1, 12).tolist()
    assert comb(24, 12) > EXACT_MAX
    found = permutation_test(a, b, seed=7)
    assert not found.exact
    assert found == permutation_test(a, b, seed=7)
    assert found.p == pytest.approx(permutation_test(a, b, seed=8).p, abs=0.01)
    assert 0.001 < found.p < 0.2


def test_drawn_relabellings_never_give_a_p_of_nothing() -> None:
    found = permutation_test([0.0] * 15, [1.0] * 15, seed=1)
    assert 0 < found.p < 0.001
