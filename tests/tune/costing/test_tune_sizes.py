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
CREATE TABLE parted (at int, who uuid, kind text) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (20000);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (20000) TO (30000);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT n, md5((n::bigint * 7919 % 10007 % 3000)::text)::uuid, 'kind ' || n % 5
FROM generate_series(0, 29999) n;
ANALYZE "Mixed", parted;
"""
SIZE = "SELECT coalesce(sum(pg_relation_size(relid)), pg_relation_size('built')) FROM pg_partition_tree('built')"
NAME = TableName("public", "Mixed")
REAL = [("id",), ("wide",), ("few",), ("word",), ("price",), ("few", "id"), ("few", "wide", "at"), ("word", "id")]
PARTED = TableName("public", "parted")
REAL_PARTED = [("who",), ("kind",), ("kind", "who"), ("who", "at"), ("at",)]


def index(*columns: str, include: tuple[str, ...] = (), name: TableName = NAME) -> Index:
    return Index(name, tuple(map(IndexKey.of, columns)), include=include)


async def facts_and_sizes(dsn: str) -> tuple[DatabaseFacts, dict[Index, int]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        facts = await read_facts(connection)
        sizes = {}
        plain = [*(index(*columns) for columns in REAL), index("few", include=("word",))]
        for one in [*plain, *(index(*columns, name=PARTED) for columns in REAL_PARTED)]:
            await connection.execute(one.create(name="built"))
            sizes[one] = int(await connection.fetchval(SIZE))
            await connection.execute("DROP INDEX built")
        return facts, sizes
    finally:
        await connection.close()


def test_a_btree_is_as_large_as_reckoned_within_30_percent(database: str) -> None:
    facts, sizes = asyncio.run(facts_and_sizes(database))
    ratios = {one.words: index_bytes(one, facts.tables[one.table]) / size for one, size in sizes.items()}
    assert {words: ratio for words, ratio in ratios.items() if not 0.7 < ratio < 1.3} == {}


def test_of_columns_that_may_know_of_each_other_neither_the_most_nor_the_least_is_taken() -> None:
    columns = {"a": ColumnStatistics(distinct=4_000), "b": ColumnStatistics(distinct=400)}
    one = TableFacts(Table(NAME, ()), TableStatistics(200_000, columns), column_bytes={"a": 16, "b": 16})
    # Built by PostgreSQL 15: 1.52 MiB where b follows from a, 10 where each pair is there once or twice.
    assert index_bytes(index("b", "a"), one) == pytest.approx(3.9 * 2**20, rel=0.35)


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
