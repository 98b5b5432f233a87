"""What a dry run says of disk is what the server then uses, within a factor of two, table by table taken together."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.writing.estimating import estimate
from plimsoll.data.writing.fill import TableFill
from plimsoll.data.writing.trying import further_tries
from tests.data.filling_any import NOW, Database

SCHEMAS = Path(__file__).parents[1] / "schemas"
USED = """
SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, to_regnamespace('"Back Office"'))
"""


@pytest.mark.parametrize(("name", "rows"), [("forum", 100), ("forum", 3_000), ("shop", 1_000), ("hostile", 100)])
def test_disk_is_told_within_a_factor_of_two(database: str, name: str, rows: int) -> None:
    there = Database(database).sql((SCHEMAS / f"{name}.sql").read_text(encoding="utf-8"))
    told = sum(estimate(table).bytes for table in assemble(there.schema(), SeedPlan(NOW, 1, rows)).tables)
    there.fill(rows=rows)
    assert told / 2 < there.one(USED) < told * 2


def test_a_table_without_rows_takes_no_more_than_its_empty_indexes(database: str) -> None:
    there = Database(database).sql("CREATE TABLE t (id int PRIMARY KEY)")
    (table,) = assemble(there.schema(), SeedPlan(NOW, 1, 0)).tables
    assert estimate(table).rows == 0
    assert estimate(table).bytes == there.one("SELECT pg_total_relation_size('t')")


def test_indexes_that_are_not_unique_count(database: str) -> None:
    there = Database(database).sql("CREATE TABLE t (id int PRIMARY KEY, a int)")
    (bare,) = assemble(there.schema(), SeedPlan(NOW, 1, 10_000)).tables
    there.sql("CREATE INDEX ON t (a)")
    (indexed,) = assemble(there.schema(), SeedPlan(NOW, 1, 10_000)).tables
    assert estimate(indexed).bytes - estimate(bare).bytes > 10_000 * 16
    assert estimate(indexed).seconds > estimate(bare).seconds


async def tries(dsn: str, table: TableFill) -> float | None:
    connection = await asyncpg.connect(dsn)
    try:
        return await further_tries(connection, table)
    finally:
        await connection.close()


def test_what_a_check_takes_to_try_is_measured(database: str) -> None:
    there = Database(database).sql("""
        CREATE TABLE hard (id int PRIMARY KEY, a int NOT NULL, CHECK ((a * 7 + length(a::text)) % 10 = 3));
        CREATE TABLE easy (id int PRIMARY KEY, a int NOT NULL, CHECK ((a * 7 + length(a::text)) % 10 < 10));
        CREATE TABLE plain (id int PRIMARY KEY, a int NOT NULL)
    """)
    tables = {one.table.name.name: one for one in assemble(there.schema(), SeedPlan(NOW, 1, 10_000)).tables}
    plain, easy = (asyncio.run(tries(database, tables[name])) for name in ("plain", "easy"))
    hard = asyncio.run(tries(database, tables["hard"]))
    assert (plain, easy) == (0, 0)
    assert hard is not None
    assert 5 < hard < 15
    assert estimate(tables["hard"], hard).seconds > 2 * estimate(tables["hard"], 1).seconds
