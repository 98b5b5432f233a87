"""Bounds of partitions as domains of key columns."""

import asyncio
from datetime import date
from decimal import Decimal

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import DataType, Partition, PartitionScheme, PartitionStrategy
from plimsoll.data.checks import partition_domains
from plimsoll.data.domain import Bound, Domain, Unsatisfiable

COLUMNS = {
    "day": DataType("date", "date"),
    "kind": DataType("text", "text"),
    "n": DataType("integer", "int4"),
}


def scheme(strategy: PartitionStrategy, keys: str, *bounds: str | tuple[str, PartitionScheme]) -> PartitionScheme:
    pairs = [bound if isinstance(bound, tuple) else (bound, None) for bound in bounds]
    partitions = [Partition(TableName("public", f"p{k}"), text, nested) for k, (text, nested) in enumerate(pairs)]
    return PartitionScheme(strategy, tuple(keys.split()), tuple(partitions))


def year(number: int) -> Bound:
    return Bound(date(number, 1, 1))


def before(number: int) -> Bound:
    return Bound(date(number, 1, 1), inclusive=False)


def test_ranges_that_touch_are_one_interval_and_gaps_stay() -> None:
    ranges = scheme(
        "range",
        "day",
        "FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
        "FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)",
    )
    domain = Domain(intervals=((year(2020), before(2022)), (year(2024), None)), not_null=True)
    assert partition_domains(ranges, COLUMNS) == ({"day": domain}, False)


def test_lists_are_choices_and_may_hold_null() -> None:
    lists = scheme("list", "kind", "FOR VALUES IN ('it''s', NULL)", "FOR VALUES IN ('b')")
    assert partition_domains(lists, COLUMNS) == ({"kind": Domain(choices=("it's", "b"))}, False)
    numbers = scheme("list", "n", "FOR VALUES IN (1, '-2')")
    assert partition_domains(numbers, COLUMNS) == ({"n": Domain(choices=("1", "-2"), not_null=True)}, False)


def test_a_default_partition_is_left_aside_and_takes_what_misses() -> None:
    named = scheme("range", "lower(kind)", "FOR VALUES FROM ('a') TO ('b')", "DEFAULT")
    assert partition_domains(named, COLUMNS) == ({}, False)
    assert partition_domains(scheme("list", "kind", "DEFAULT"), COLUMNS) == ({}, False)
    lists = scheme("list", "kind", "FOR VALUES IN ('a')", "DEFAULT")
    assert partition_domains(lists, COLUMNS)[0]["kind"].choices == ("a",)


def test_hash_partitions_may_miss_only_where_a_remainder_is_missing() -> None:
    parts = [f"FOR VALUES WITH (modulus 3, remainder {k})" for k in range(3)]
    assert partition_domains(scheme("hash", "n", *parts), COLUMNS) == ({}, False)
    assert partition_domains(scheme("hash", "n", *parts[:2]), COLUMNS) == ({}, True)


def test_a_range_over_several_columns_is_by_the_first_and_may_miss() -> None:
    ranges = scheme("range", "n day", "FOR VALUES FROM (1, '2020-01-01') TO (5, MINVALUE)")
    inside = (Bound(Decimal(1), inclusive=False), Bound(Decimal(5), inclusive=False))
    assert partition_domains(ranges, COLUMNS) == ({"n": Domain(intervals=(inside,), not_null=True)}, True)


def test_subpartitions_that_agree_are_combined_and_others_may_miss() -> None:
    days = scheme("range", "day", "FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')")
    others = scheme("range", "day", "FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')")
    first, second = "FOR VALUES IN ('a')", "FOR VALUES IN ('b')"
    kinds = Domain(choices=("a", "b"), not_null=True)
    alike = scheme("list", "kind", (first, days), (second, days))
    assert partition_domains(alike, COLUMNS) == (
        {"kind": kinds, "day": Domain(intervals=((year(2020), before(2021)),), not_null=True)},
        False,
    )
    unlike = scheme("list", "kind", (first, days), (second, others))
    either = Domain(intervals=((year(2020), before(2021)), (year(2030), before(2031))), not_null=True)
    assert partition_domains(unlike, COLUMNS) == ({"kind": kinds, "day": either}, True)


def test_a_table_without_partitions_takes_nothing() -> None:
    with pytest.raises(Unsatisfiable, match="no partition"):
        partition_domains(scheme("list", "kind"), COLUMNS)


async def printed_bounds(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("""
            CREATE TABLE t (day date, n numeric, b boolean) PARTITION BY RANGE (day, n);
            CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2020-01-01', -1.5) TO ('2021-01-01', MAXVALUE);
            CREATE TABLE u (b boolean) PARTITION BY LIST (b);
            CREATE TABLE u1 PARTITION OF u FOR VALUES IN (true, NULL);
        """)
        query = "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relpartbound IS NOT NULL ORDER BY relname"
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


def test_bounds_are_read_as_postgres_prints_them(each_database: str) -> None:
    ranged, listed = asyncio.run(printed_bounds(each_database))
    days, _ = partition_domains(scheme("range", "day n", ranged), COLUMNS)
    assert days["day"].intervals == ((Bound(date(2020, 1, 1), inclusive=False), before(2021)),)
    flags, _ = partition_domains(scheme("list", "b", listed), {"b": DataType("boolean", "bool")})
    assert flags == {"b": Domain(choices=("true",))}
