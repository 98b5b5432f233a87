"""Sizes of indexes that are not there yet, beside those of real ones; and costs by HypoPG where Debian has it."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.schema import Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.costing.sizes import index_bytes

DDL = """
CREATE TABLE "Mixed" (id int, wide bigint, few int, word text, price numeric(10, 2), at timestamptz);
INSERT INTO "Mixed" SELECT n, n * 7, n % 50, 'word number ' || n % 20000, n / 7.0, now() + n * interval '1 s'
FROM generate_series(1, 40000) n;
ANALYZE "Mixed";
"""
NAME = TableName("public", "Mixed")
REAL = [("id",), ("wide",), ("few",), ("word",), ("price",), ("few", "id"), ("few", "wide", "at"), ("word", "id")]


def index(*columns: str, include: tuple[str, ...] = ()) -> Index:
    return Index(NAME, tuple(map(IndexKey.of, columns)), include=include)


async def facts_and_sizes(dsn: str) -> tuple[DatabaseFacts, dict[Index, int]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        facts = await read_facts(connection)
        sizes = {}
        for one in [*(index(*columns) for columns in REAL), index("few", include=("word",))]:
            await connection.execute(one.create(name="built"))
            sizes[one] = await connection.fetchval("SELECT pg_relation_size('built')")
            await connection.execute("DROP INDEX built")
        return facts, sizes
    finally:
        await connection.close()


def test_a_btree_is_as_large_as_reckoned_within_30_percent(database: str) -> None:
    facts, sizes = asyncio.run(facts_and_sizes(database))
    ratios = {one.columns + one.include: index_bytes(one, facts.tables[NAME]) / size for one, size in sizes.items()}
    assert {columns: ratio for columns, ratio in ratios.items() if not 0.7 < ratio < 1.3} == {}


def table(rows: int, width: int, distinct: float) -> TableFacts:
    statistics = TableStatistics(rows, {"a": ColumnStatistics(distinct=distinct)})
    return TableFacts(Table(NAME, ()), statistics, pages=rows // 50, column_bytes={"a": width, "b": 8})


def test_lists_of_few_rows_a_value_are_as_large_as_the_server_makes_them() -> None:
    # Built by PostgreSQL 15: an integer in 1 to 7 rows, as order lines have it: 600,000 rows of 150,000 values.
    reckoned = index_bytes(index("a"), table(600_000, 4, 150_000))
    assert reckoned == pytest.approx(955 * PAGE_BYTES, rel=0.05)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 500), st.floats(-1, 10**6))
def test_more_rows_wider_columns_and_more_distinct_values_never_take_less(
    rows: int, width: int, distinct: float
) -> None:
    one = table(rows, width, distinct)
    size = index_bytes(index("a"), one)
    assert size >= PAGE_BYTES
    assert size % PAGE_BYTES == 0
    assert index_bytes(index("a"), table(rows * 2, width, distinct)) >= size * 0.99
    assert index_bytes(index("a"), replace(one, column_bytes={"a": width + 8})) >= size
    assert index_bytes(index("a", include=("b",)), one) >= size
    assert index_bytes(index("a"), one, share=0.5) <= size * 1.01 + PAGE_BYTES


@pytest.mark.parametrize("method", ["gin", "brin", "hash", "gist"])
def test_other_kinds_have_a_size_too_and_a_summary_of_pages_has_the_least(method: str) -> None:
    big = table(1_000_000, 8, -1)
    size = index_bytes(Index(NAME, (IndexKey.of("a"),), method), big)
    assert (size < index_bytes(index("a"), big) / 50) == (method == "brin")
