"""Distributions as statistics state them: every value and share comes back as it was stated."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.data.learning.quantiles import Quantiles

MANY = np.linspace(0, 1 - 1e-9, 20_001)

numbers = st.integers(-1_000, 1_000)
frequent = st.dictionaries(numbers, st.floats(0.001, 0.1), min_size=0, max_size=9)
bounds = st.lists(numbers, min_size=2, max_size=20, unique=True).map(sorted)


@given(frequent, bounds)
def test_every_value_has_the_share_that_was_stated(shares: dict[int, float], edges: list[int]) -> None:
    rest = 1 - sum(shares.values())
    drawn = quantiles(shares, edges, rest).at(MANY)
    for value, share in shares.items():
        assert np.mean(drawn == value) == pytest.approx(share, abs=0.0005)
    others = drawn[~np.isin(drawn, list(shares))]
    for low, high in pairwise(edges):
        within = np.mean((others >= low) & (others <= high)) * len(others) / len(drawn)
        assert within == pytest.approx(rest / (len(edges) - 1), abs=0.001)


@given(frequent, bounds)
def test_greater_quantiles_have_no_lesser_values(shares: dict[int, float], edges: list[int]) -> None:
    assert (np.diff(quantiles(shares, edges, 0.5).at(MANY)) >= 0).all()


@given(frequent, bounds, st.floats(0.01, 0.99))
def test_the_share_below_a_value_leads_back_to_it(shares: dict[int, float], edges: list[int], place: float) -> None:
    made = quantiles(shares, edges, 0.5)
    value = made.at(np.array([place]))
    share = made.share_below(value)[0]
    assert share >= place - 1e-6
    assert made.at(np.array([max(share - 1e-9, 0.0)]))[0] == pytest.approx(value[0], abs=1e-3)


def test_a_histogram_has_as_many_values_as_the_column() -> None:
    made = Quantiles.of([], [], [0, 500, 1000], 1.0, 40)
    assert made is not None
    assert len(np.unique(made.at(MANY))) == 40


def test_without_any_value_there_is_no_distribution() -> None:
    assert Quantiles.of([], [], [], 1.0, 10) is None


def quantiles(shares: dict[int, float], edges: list[int], rest: float) -> Quantiles:
    made = Quantiles.of(list(shares), list(shares.values()), edges, rest, 10**9)
    assert made is not None
    return made
