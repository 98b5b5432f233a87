"""Changes of level are found where they are; chance makes none."""

import numpy as np
import pytest

from plimsoll.core.statistics.change_points import VALUES_MAX, change_points


def noise(count: int, seed: int, level: float = 0.0) -> list[float]:
    values: list[float] = np.random.default_rng(seed).normal(level, 0.03, count).tolist()
    return values


def test_a_step_is_found_at_the_first_value_of_the_new_level() -> None:
    (found,) = change_points([*noise(20, 1), *noise(15, 2, 0.2)], seed=1)
    assert found.at == 20
    assert (found.before, found.after) == pytest.approx((0.0, 0.2), abs=0.03)
    assert found.p <= 0.01


def test_each_of_several_steps_is_found() -> None:
    found = change_points([*noise(15, 1), *noise(15, 2, 0.3), *noise(15, 3, 0.1)], seed=1)
    assert [one.at for one in found] == [15, 30]


def test_two_hundred_rows_of_chance_have_hardly_a_change() -> None:
    assert sum(len(change_points(noise(40, seed), seed=seed)) for seed in range(200)) <= 6


def test_a_change_below_the_least_is_left_out_and_its_sides_are_one_level() -> None:
    row = [*noise(30, 11), *noise(30, 12, 0.06), *noise(30, 13, 0.4)]
    assert [one.at for one in change_points(row, seed=1)] == [30, 60]
    (found,) = change_points(row, seed=1, least=0.1)
    assert found.at == 60
    assert found.before == pytest.approx(0.03, abs=0.015)


@pytest.mark.parametrize("row", [[], [1.0], [1.0] * 5, [1.0] * 30])
def test_short_and_level_rows_have_none(row: list[float]) -> None:
    assert change_points(row, seed=1) == []


def test_more_values_than_the_bound_are_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        change_points([0.0] * (VALUES_MAX + 1), seed=1)
