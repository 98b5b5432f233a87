"""Children fall on parents as they do where it was learned: as evenly, as busily, on as many of them."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.data.learning.parents import FanOut, Shares, learned_weights
from tests.data.filling_any import Database
from tests.data.learning.relearning import relearned

PARENTS = 400
PRODUCTION = """
SELECT setseed(0.5);
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE twins (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents);
CREATE TABLE halves (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents);
CREATE TABLE skewed (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents);
CREATE TABLE maybe (id int PRIMARY KEY, parent_id int REFERENCES parents);
CREATE TABLE lines (parent_id int REFERENCES parents, number int, PRIMARY KEY (parent_id, number));
INSERT INTO parents SELECT generate_series(1, 400);
INSERT INTO twins SELECT n, 1 + n % 400 FROM generate_series(1, 800) n;
INSERT INTO halves SELECT n, 1 + n % 200 FROM generate_series(1, 800) n;
INSERT INTO skewed SELECT n, least(400, 400 ^ random())::int FROM generate_series(1, 4000) n;
INSERT INTO maybe SELECT n, CASE WHEN n % 2 = 0 THEN 1 + n % 400 END FROM generate_series(1, 1200) n;
INSERT INTO lines SELECT 1 + n % 400, n / 400 FROM generate_series(0, 1199) n;
ANALYZE;
"""
SIZES = "SELECT count(*)::int FROM {table} WHERE parent_id IS NOT NULL GROUP BY parent_id ORDER BY 1 DESC"


def test_children_fall_on_parents_as_they_fell(database: str) -> None:
    production = Database(database).sql(PRODUCTION)

    def sizes(table: str) -> list[int]:
        return [size for (size,) in production.rows(SIZES.format(table=table))]

    before = np.array(sizes("skewed"))
    asyncio.run(relearned(database))
    assert sizes("twins") == [2] * PARENTS
    assert sizes("halves") == [4] * (PARENTS // 2)
    assert sizes("maybe") == [3] * (PARENTS // 2)
    assert sizes("lines") == [3] * PARENTS
    after = np.array(sizes("skewed"))
    assert len(after) == pytest.approx(len(before), rel=0.1)
    for busiest in (1, 10, 100, 200):
        assert after[:busiest].sum() == pytest.approx(before[:busiest].sum(), rel=0.1)


def known(distinct: float, *shares: float, nulls: float = 0.0) -> ColumnStatistics:
    return ColumnStatistics(null_share=nulls, distinct=distinct, frequent_shares=shares)


def test_the_busiest_parents_have_their_shares_and_the_others_share_the_rest() -> None:
    shares = Shares.of(FanOut(known(12, 0.4, 0.1, nulls=0.2)), 1_000, 100).at(np.arange(100))
    assert shares[:2] == pytest.approx([0.5, 0.125])
    assert shares[2:12] == pytest.approx([0.0375] * 10)
    assert shares[12:].sum() == 0


def test_the_same_part_of_the_parents_has_children_in_a_smaller_copy() -> None:
    fan_out = FanOut(known(900), rows=100_000, parents=1_800)
    assert (fan_out.having(10_000, 180), fan_out.having(50, 180)) == (90, 50)
    assert FanOut(known(-0.48), rows=1_000, parents=500).having(200, 100) == 100


def test_parents_no_busier_than_others_are_like_them_in_a_smaller_copy() -> None:
    of_many = FanOut(known(-0.25, *[12 / 4_000] * 100), rows=4_000, parents=1_000)
    assert Shares.of(of_many, 400, 100).at(np.arange(100)) == pytest.approx([0.01] * 100)


def test_where_the_list_was_too_short_shares_fall_on_from_its_end() -> None:
    weights = 1 / np.arange(1, 5_001)
    weights /= weights.sum()
    learned = Shares.of(FanOut(known(5_000, *weights[:100])), 10**6, 5_000).at(np.arange(5_000))
    assert learned[:100] == pytest.approx(weights[:100])
    for busiest in (200, 1_000, 3_000):
        assert learned[:busiest].sum() == pytest.approx(weights[:busiest].sum(), abs=0.02)


@given(st.integers(1, 300), st.lists(st.floats(0.001, 0.05), max_size=120), st.floats(-1, 500))
def test_shares_of_parents_are_a_whole(parents: int, stated: list[float], distinct: float) -> None:
    stated = [share / max(sum(stated), 1.0) for share in stated]
    whole = Shares.of(FanOut(known(distinct, *sorted(stated, reverse=True))), 1_000, parents)
    shares = whole.at(np.arange(parents))
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all()
    assert (np.diff(shares) < 1e-9).all()
    assert sorted(learned_weights(whole, parents, 7)(np.arange(parents))) == pytest.approx(sorted(shares))
    drawn = np.bincount(whole.ranks((np.arange(20_000) + 0.5) / 20_000), minlength=parents) / 20_000
    assert len(drawn) == parents
    assert np.abs(drawn - shares).max() < 1e-3
