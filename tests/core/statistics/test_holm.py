"""Many tests are corrected for being many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.statistics.holm import holm


def test_the_smallest_is_multiplied_by_all_and_the_next_by_one_less() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_one_alone_stays_as_it_is_and_nothing_exceeds_one() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_the_order_of_tests_stays_and_none_becomes_smaller(ps: list[float]) -> None:
    found = holm(ps)
    assert all(after >= before for before, after in zip(ps, found, strict=True))
    assert [found[at] for at in sorted(range(len(ps)), key=ps.__getitem__)] == sorted(found)
