"""Student's t, against scipy's."""

import pytest
from scipy import stats

from plimsoll.core.statistics.students_t import standard_error, t_test


def test_p_and_interval_are_scipys() -> None:
    a, b = [1.0, 2.0, 4.0], [2.5, 3.5]
    found, theirs = t_test(a, b), stats.ttest_ind(b, a)
    interval = theirs.confidence_interval()
    assert (found.p, found.low, found.high) == pytest.approx((theirs.pvalue, interval.low, interval.high))


def test_values_that_agree_by_chance_are_not_taken_to_agree_always() -> None:
    assert standard_error([1.0, 1.0], [1.0, 1.0], least=0.01) == pytest.approx(0.01)
    assert t_test([1.0, 1.0], [1.005, 1.005], least=0.01).p > 0.5
