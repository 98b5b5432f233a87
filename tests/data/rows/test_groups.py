"""Rows dealt out to parents, and rows found by what they refer to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.data.drawing import BATCH_ROWS
from plimsoll.data.rows.groups import Groups, Index


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_every_row_has_the_parent_and_place_that_the_sizes_say(sizes: list[int]) -> None:
    groups = Groups.of_sizes(np.array(sizes, dtype=np.int64))
    expected = [(parent, place) for parent, size in enumerate(sizes) for place in range(size)]
    n = np.arange(groups.rows)
    assert list(zip(groups.parent(n).tolist(), groups.place(n).tolist(), strict=True)) == expected


@given(st.lists(st.integers(-1, 5), max_size=40), st.integers(0, 100))
def test_a_picked_row_has_the_root_that_was_asked_for(roots: list[int], place: int) -> None:
    index = Index.of_roots(np.array(roots, dtype=np.int64), 6)
    picked = index.pick(np.arange(6), np.full(6, place)).tolist()
    for root, row in enumerate(picked):
        assert (row == -1 and root not in roots) or roots[row] == root


def test_different_places_below_the_size_pick_different_rows() -> None:
    index = Index.of_roots(np.array([0, 1, 0, 0], dtype=np.int64), 2)
    picked = index.pick(np.zeros(3, dtype=np.int64), np.array([7, 8, 9]))
    assert sorted(picked.tolist()) == [0, 2, 3]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_rows_in_the_order_of_their_roots_are_not_held(roots: list[int]) -> None:
    ordered, shuffled = np.sort(np.array(roots, dtype=np.int64)), np.array([5, 0, *roots], dtype=np.int64)
    assert Index.of_roots(ordered, 6).rows is None
    assert Index.of_roots(shuffled, 6).rows is not None
    index, places = Index.of_roots(ordered, 6), np.arange(6)
    for root, row in enumerate(index.pick(np.arange(6), places).tolist()):
        assert (row == -1 and root not in roots) or ordered[row] == root


def test_an_index_of_many_parts_holds_every_row_once() -> None:
    roots = np.random.default_rng(1).integers(-1, 1_000, 3 * BATCH_ROWS + 7)
    index = Index.of_roots(roots, 1_000)
    assert index.rows is not None
    of_root = [index.rows[index.starts[root] : index.starts[root + 1]].tolist() for root in range(1_000)]
    assert of_root == [np.flatnonzero(roots == root).tolist() for root in range(1_000)]
