"""Of columns that a check counts, as many are set as it demands, each as often as is known of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.data.domain import NullCount
from plimsoll.data.rows.model import Batch, TableModel
from plimsoll.data.rows.nulling import Counted, fitting
from tests.data.made_fills import table

ROWS = 20_000
THREE = ("a", "b", "c")
CASES = [  # at least, at most, shares, what they come to
    (1, 1, (0.7, 0.3, 0.0), (0.7, 0.3, 0.0)),
    (1, 1, (0.69, 0.3, 0.0), (0.697, 0.303, 0.0)),
    (1, 3, (0.999999, 0.4, 0.0), (1.0, 0.4, 0.0)),
    (0, 1, (0.2, 0.1, 0.1), (0.2, 0.1, 0.1)),
    (2, 2, (0.9, 0.8, 0.3), (0.9, 0.8, 0.3)),
    (2, 3, (0.9, 0.0, 0.0), (1.0, 0.5, 0.5)),
    (1, 1, (), (1 / 3, 1 / 3, 1 / 3)),
    (1, 3, (), (2 / 3, 2 / 3, 2 / 3)),
]


@pytest.mark.parametrize(("least", "most", "shares", "wanted"), CASES)
def test_columns_that_are_counted_are_set_as_often_as_is_known(
    least: int, most: int, shares: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    batch = Batch(TableModel(table("t", *THREE), 7, rows=ROWS), np.arange(ROWS))
    counted = Counted(NullCount(THREE, least, most), (), dict(zip(THREE, shares, strict=False)))
    found = np.stack([~counted.mask(batch, name, np.zeros(ROWS, dtype=np.bool_)) for name in THREE])
    assert (found.sum(axis=0) >= least).all()
    assert (found.sum(axis=0) <= most).all()
    assert found.mean(axis=1) == pytest.approx(wanted, abs=0.015)
    assert [bool(row.any()) for row in found] == [share > 0 for share in wanted]


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 1e-300, 1.0]), min_size=1, max_size=6), st.data())
def test_shares_fit_what_is_demanded(shares: list[float], data: st.DataObject) -> None:
    least = data.draw(st.integers(0, len(shares)))
    most = data.draw(st.integers(least, len(shares)))
    found = fitting(shares, least, most)
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    assert least - 1e-9 <= found.sum() <= most + 1e-9
