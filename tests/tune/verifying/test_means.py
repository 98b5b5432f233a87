"""What was counted in between, how well a mean is known, and the ratio of two."""

import math
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.tuning.applied import Counted
from plimsoll.core.tuning.proof import Interval95
from plimsoll.tune.verifying.means import Mean, mean_of, ratio_of, since

times = st.lists(st.floats(0.01, 1000), min_size=1, max_size=40)


def counted(ms: list[float]) -> Counted:
    """As the server keeps it: a count, a sum, and from its deviation the squares."""
    return Counted(len(ms), math.fsum(ms), pstdev(ms) ** 2 * len(ms))


@settings(max_examples=25, deadline=None)
@given(times, times)
def test_what_was_counted_in_between_has_its_own_mean_and_spread(before: list[float], later: list[float]) -> None:
    found = since(counted(before), counted(before + later))
    assert found.calls == len(later)
    assert found.total_ms == pytest.approx(math.fsum(later))
    assert max(0.0, found.m2) == pytest.approx(counted(later).m2, rel=1e-4, abs=1e-3)


def test_an_entry_that_began_anew_counts_as_a_whole() -> None:
    assert since(Counted(100, 50.0, 1.0), Counted(7, 3.0, 0.5)) == Counted(7, 3.0, 0.5)
    assert since(Counted(7, 3.0, 0.5), Counted(7, 3.0, 0.5)) == Counted(0, 0.0)


def test_few_calls_and_a_lost_spread_tell_nothing() -> None:
    assert mean_of(Counted(29, 29.0, 1.0)) is None
    assert mean_of(Counted(100, 100.0, -1.0)) is None
    known = mean_of(counted([1.0, 3.0] * 50))
    assert known is not None
    assert known.ms == fmean([1.0, 3.0])
    assert known.error == pytest.approx(math.sqrt(100 / 99) / 10)


def test_a_ratio_has_the_spread_of_both_and_none_where_one_is_unknown() -> None:
    ratio = ratio_of(Mean(100, 2.0, 0.02), Mean(100, 4.0, 0.04))
    assert ratio is not None
    assert ratio.value == 0.5
    assert ratio.low == pytest.approx(0.4863, abs=1e-3)
    assert ratio.high == pytest.approx(0.5141, abs=1e-3)
    assert ratio_of(Mean(100, 2.0, 1.5), Mean(100, 4.0, 0.0)) is None
    assert ratio_of(Mean(100, 2.0, 0.0), Mean(100, 0.0, 0.0)) is None
    assert Mean(40, 1.0, 0.9).interval == Interval95(1.0, 0.0, 1.0 + 1.96 * 0.9)
