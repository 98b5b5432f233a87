"""How many rows each parent gets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.data.deciding.dealing import dealt, shaped
from plimsoll.data.drawing import Numbers
from plimsoll.data.plan.values import Distribution

LOGNORMAL = Distribution("lognormal", {"median": 40.0, "sigma": 1.6})
THREE = Distribution("constant", {"value": 3.0})
NOTHING = Distribution("constant", {"value": 0.0})
FREE = np.array(10**9)


def sizes(parents: int, shape: Distribution, total: int | None, caps: Numbers = FREE) -> list[int]:
    starts = dealt(shaped(7, shape), parents, total, caps).starts
    made: list[int] = np.diff(starts.astype(np.int64)).tolist()
    return made


@given(st.integers(1, 300), st.integers(0, 5_000))
def test_a_total_is_reached_exactly_each_size_within_a_row_of_its_share(parents: int, total: int) -> None:
    made, drawn = sizes(parents, LOGNORMAL, total), np.array(sizes(parents, LOGNORMAL, 10**7)) / 1e7
    assert sum(made) == total
    assert max(abs(np.array(made) - drawn * total)) < 1.01


@pytest.mark.parametrize("total", [300_000, 250_007])
def test_parents_drawn_part_by_part_have_the_same_total(total: int) -> None:
    assert sum(sizes(250_007, LOGNORMAL, total)) == total
    assert sizes(250_007, THREE, 3 * 250_007) == [3] * 250_007


def test_without_a_total_sizes_are_as_they_are_drawn() -> None:
    assert sizes(4, THREE, None) == [3, 3, 3, 3]
    assert np.median(sizes(20_000, LOGNORMAL, None)) == pytest.approx(40, rel=0.05)


def test_what_a_cap_cuts_off_goes_to_groups_that_have_room() -> None:
    assert sizes(3, THREE, 9, np.array([1, 5, 5])) == [1, 4, 4]
    assert sizes(3, THREE, 9, np.array(2)) == [2, 2, 2]
    assert sizes(3, THREE, None, np.array([1, 5, 0])) == [1, 3, 0]


def test_weights_of_nothing_are_dealt_evenly_and_no_parents_have_no_rows() -> None:
    assert sizes(4, NOTHING, 8) == [2, 2, 2, 2]
    assert sizes(0, THREE, 8) == []


def test_shares_that_are_given_are_kept_and_nothing_goes_to_those_of_zero() -> None:
    shares = np.array([0.5, 0.0, 0.25, 0.25, 0.0])
    starts = dealt(lambda n: shares[n], 5, 1_000, FREE).starts
    assert np.diff(starts.astype(np.int64)).tolist() == [500, 0, 250, 250, 0]
