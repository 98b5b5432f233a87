"""Matrices are read, multiplied out and put into an order that treats all cells alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.matrix import RUNS_MAX, Axis, cell_words, cells, read_matrix, turns


def test_axes_are_read_in_their_own_kinds() -> None:
    assert read_matrix(["users=10, 50,100", "connections=per-user,8"]) == (
        Axis("users", (10, 50, 100)),
        Axis("connections", ("per-user", 8)),
    )
    assert read_matrix(["rate=0.5,20"]) == (Axis("rate", (0.5, 20.0)),)


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (["users"], "NAME=VALUE"),
        (["user=1,2"], "one of users, rate, processes, connections"),
        (["users=10,ten"], "'ten'"),
        (["users=10,"], "''"),
        (["users=0"], "'0'"),
        (["users=²"], "'²'"),
        (["users=-5"], "'-5'"),
        (["users=1e3"], "'1e3'"),
        (["rate=nan"], "'nan'"),
        (["rate=0"], "'0'"),
        (["users=10,10"], "twice"),
        (["users=1", "users=2"], "twice"),
        (["users=1,2", "rate=5"], "open"),
        (["users=" + "9" * 5000], "whole one"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(texts: list[str], word: str) -> None:
    with pytest.raises(UsageError, match="wrong --matrix") as refused:
        read_matrix(texts)
    assert word in str(refused.value)
    assert refused.value.remedy


def test_cells_are_the_cross_product_in_order() -> None:
    found = cells(read_matrix(["users=10,50", "processes=1,2"]))
    assert [cell_words(cell) for cell in found] == [
        "users 10, processes 1",
        "users 10, processes 2",
        "users 50, processes 1",
        "users 50, processes 2",
    ]


def test_without_a_matrix_there_is_one_cell() -> None:
    assert cells(()) == ({},)


@given(st.integers(1, 12), st.integers(1, 12))
def test_repeats_are_interleaved_and_complete(cell_count: int, repeats: int) -> None:
    made = list(turns(cell_count, repeats))
    assert len(set(made)) == cell_count * repeats
    assert [turn.cell for turn in made[:cell_count]] == list(range(cell_count))
    assert all(turn.repeat == 1 + at // cell_count for at, turn in enumerate(made))


def test_a_series_has_a_bound() -> None:
    assert sum(1 for _ in turns(RUNS_MAX, 1)) == RUNS_MAX
    with pytest.raises(UsageError, match="too many"):
        turns(RUNS_MAX // 2 + 1, 2)


def test_mirrored_turns_put_a_steady_drift_on_both_cells_alike() -> None:
    order = [turn.cell for turn in turns(2, 4, mirrored=True)]
    assert order == [0, 1, 1, 0, 0, 1, 1, 0]
    places = {cell: sum(at for at, turn in enumerate(order) if turn == cell) for cell in (0, 1)}
    assert places[0] == places[1]
