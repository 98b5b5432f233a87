"""What a comparison could have found: the claim holds for the rule that decides."""

from math import inf

import numpy as np
import pytest

from plimsoll.core.statistics.permutation import permutation_test
from plimsoll.core.statistics.power import smallest_decided

FLOOR = 0.05


def found(runs: int, deviation: float, difference: float, trials: int = 100) -> float:
    """How often the permutation test itself and the floor find a true difference."""
    random = np.random.default_rng(7)
    hits = 0
    for _ in range(trials):
        a, b = random.normal(0, deviation, (2, runs))
        tested = permutation_test(a.tolist(), (b + difference).tolist(), 1)
        hits += tested.p <= 0.05 and tested.difference >= FLOOR
    return hits / trials


@pytest.mark.parametrize(("runs", "deviation"), [(4, 0.01), (4, 0.06), (5, 0.03), (6, 0.06)])
def test_what_is_claimed_is_found_four_times_in_five(runs: int, deviation: float) -> None:
    claimed = smallest_decided((runs, runs), deviation, FLOOR, permuted=True)

    assert found(runs, deviation, claimed) == pytest.approx(0.8, abs=0.11)


def test_nothing_at_the_floor_itself_is_claimed_to_be_found() -> None:
    assert smallest_decided((8, 8), 0.01, FLOOR, permuted=True) > FLOOR * 1.05


def test_groups_whose_test_can_refuse_nothing_find_nothing() -> None:
    assert smallest_decided((3, 3), 0.03, FLOOR, permuted=True) == inf
    assert smallest_decided((1, 1), 0.03, FLOOR, permuted=False) == inf


def test_more_runs_and_steadier_ones_find_less() -> None:
    by_runs = [smallest_decided((runs, runs), 0.03, 0.0, permuted=True) for runs in (4, 5, 6, 8)]
    by_spread = [smallest_decided((5, 5), deviation, 0.0, permuted=True) for deviation in (0.01, 0.03, 0.1)]

    assert by_runs == sorted(by_runs, reverse=True)
    assert by_spread == sorted(by_spread)
