"""Births of rows are asked for by all children, and made once."""

import numpy as np
import polars as pl

from plimsoll.data.drawing import Numbers
from plimsoll.data.rows.births import BLOCK_ROWS, KEPT_ROWS_MAX, TABLE_ROWS_MAX, Births
from tests.data.filling_any import Database

DEPTH = 60  # made anew for both parents, the last table's births would take 2**60 looks


class Table:
    """Rows born a second after each other; it counts how many were made."""

    birth = "created_at"

    def __init__(self, rows: int, place: int = 0) -> None:
        self.rows = rows
        self.place = place
        self.made = 0

    def column(self, name: str, n: Numbers) -> pl.Series:
        assert name == self.birth
        self.made += len(n)
        return pl.Series(n * 1_000_000).cast(pl.Datetime("us"))


def test_births_are_those_of_the_rows_and_made_once() -> None:
    table, births = Table(3 * BLOCK_ROWS + 5), Births()
    n = np.array([7, 3 * BLOCK_ROWS + 4, 7, BLOCK_ROWS])
    for _ in range(3):
        assert births.of(table, n).tolist() == (n * 1_000_000).tolist()
    assert table.made == 2 * BLOCK_ROWS + 5


def test_a_table_that_changes_is_asked_again_with_those_below_it() -> None:
    above, itself, below = (Table(10, place) for place in range(3))
    births, n = Births(), np.arange(10)
    for table in (above, itself, below):
        births.of(table, n)
    births.forget(itself.place)
    for table in (above, itself, below):
        births.of(table, n)
    assert [above.made, itself.made, below.made] == [10, 20, 20]


def test_a_very_large_table_is_not_kept() -> None:
    table, births = Table(TABLE_ROWS_MAX + 1), Births()
    for _ in range(2):
        births.of(table, np.array([TABLE_ROWS_MAX]))
    assert table.made == 2


def test_what_is_kept_is_bounded() -> None:
    tables, births = [Table(TABLE_ROWS_MAX, place) for place in range(KEPT_ROWS_MAX // TABLE_ROWS_MAX + 1)], Births()
    for table in (*tables, tables[-1], tables[0]):
        births.of(table, np.array([0]))
    assert tables[0].made == 2 * BLOCK_ROWS  # made room for the last
    assert tables[-1].made == BLOCK_ROWS


def test_a_deep_chain_of_tables_with_two_parents_each_is_filled(database: str) -> None:
    tables = ["CREATE TABLE level_0 (id int PRIMARY KEY, created_at timestamptz NOT NULL)"]
    for level in range(1, DEPTH):
        parents = [f"parent_{way} int NOT NULL REFERENCES level_{max(level - way, 0)}" for way in (1, 2)]
        tables.append(
            f"CREATE TABLE level_{level} (id int PRIMARY KEY, {', '.join(parents)}, created_at timestamptz NOT NULL)"
        )
    filled = Database(database).sql(*tables)
    filled.fill(rows=20)
    assert filled.violations() == {}
    last = f"level_{DEPTH - 1} child JOIN level_{DEPTH - 2} parent ON parent.id = child.parent_1"
    assert filled.one(f"SELECT count(*) FROM {last} WHERE child.created_at < parent.created_at") == 0
