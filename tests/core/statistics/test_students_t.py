"""Student's t, against scipy's; and the effect that groups could have shown, against what they show."""

from math import inf

import numpy as np
import pytest
from scipy import stats

from plimsoll.core.statistics.students_t import smallest_found, standard_error, t_test


def test_p_and_interval_are_scipys() -> None:
    a, b = [1.0, 2.0, 4.0], [2.5, 3.5]
    found, theirs = t_test(a, b), stats.ttest_ind(b, a)
    interval = theirs.confidence_interval()
    assert (found.p, found.low, found.high) == pytest.approx((theirs.pvalue, interval.low, interval.high))


def test_values_that_agree_by_chance_are_not_taken_to_agree_always() -> None:
    assert standard_error([1.0, 1.0], [1.0, 1.0], least=0.01) == pytest.approx(0.01)
    assert t_test([1.0, 1.0], [1.005, 1.005], least=0.01).p > 0.5


def test_two_values_could_show_nothing() -> None:
    assert smallest_found([1.0], [2.0]) == inf


def test_an_effect_that_could_be_found_is_found_four_times_in_five() -> None:
    random = np.random.default_rng(2)
    effect = float(np.mean([smallest_found(*random.normal(0, 1, (2, 8)).tolist()) for _ in range(200)]))
    pairs = random.normal(0, 1, (1_000, 2, 8))
    pairs[:, 1] += effect
    found = stats.ttest_ind(pairs[:, 0], pairs[:, 1], axis=1).pvalue <= 0.05
    assert 0.75 <= found.mean() <= 0.86
