"""Of which columns a value may leave the database that is learned from."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.data.learning.matching import counterparts, readable
from plimsoll.postgres.catalog import read_schema
from plimsoll.postgres.column_statistics import read_statistics
from tests.data.filling_any import Database

TABLES = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (
    id int PRIMARY KEY, badge int UNIQUE, email text, name text, phone bigint, salary numeric, birth_date date,
    remarks text, avatar bytea, address jsonb, home inet, tags text[],
    mood mood, active boolean, logins int, height real, seen_at timestamptz, status text,
    size text CHECK (size IN ('S', 'M', 'L')), boss int REFERENCES people (id)
);
INSERT INTO people SELECT n, n, 'a' || n, 'b' || n % 5, n % 9, n % 7, date '1990-01-01' + n % 400, 'c' || n % 3,
    decode(lpad(to_hex(n % 4), 2, '0'), 'hex'), jsonb_build_object('street', n % 2), ('10.0.0.' || n % 9)::inet,
    ARRAY['t' || n % 3], 'good', n % 2 = 0, n % 11, n % 50, timestamptz '2026-01-01Z' + n * interval '1 h',
    CASE n % 4 WHEN 0 THEN 'new' ELSE 'old' END, 'M', NULL
    FROM generate_series(1, 1000) n;
CREATE TABLE letters (id int PRIMARY KEY, type text);
INSERT INTO letters SELECT n, 'a letter to person ' || n FROM generate_series(1, 1000) n;
ANALYZE;
"""
ALWAYS = {"mood", "active", "logins", "height", "seen_at"}
FEW = {"status", "size"}
PEOPLE, LETTERS = TableName("public", "people"), TableName("public", "letters")


@pytest.fixture
def known(database: str) -> dict[TableName, TableStatistics]:
    Database(database).sql(TABLES)

    async def read() -> dict[TableName, TableStatistics]:
        connection = await asyncpg.connect(database)
        try:
            tables = (await read_schema(connection)).tables
            found = {name: readable(table, ()) for name, table in tables.items()}
            async with connection.transaction(readonly=True):
                return await read_statistics(
                    connection,
                    tables,
                    readable={name: one.always for name, one in found.items()},
                    readable_if_few={name: one.few for name, one in found.items()},
                )
        finally:
            await connection.close()

    return asyncio.run(read())


def test_only_values_that_say_nothing_of_a_person_are_read(known: dict[TableName, TableStatistics]) -> None:
    read = {name for name, one in known[PEOPLE].columns.items() if one.frequent or one.bounds}
    assert read == ALWAYS | FEW
    assert {name for name, one in known[PEOPLE].columns.items() if not one.withheld} == ALWAYS | FEW


def test_how_frequent_values_are_is_known_of_those_withheld_too(known: dict[TableName, TableStatistics]) -> None:
    name = known[PEOPLE].columns["name"]
    assert name.frequent_shares == pytest.approx([0.2] * 5)
    assert name.frequent == ()


def test_how_large_withheld_numbers_are_is_known_where_there_are_many(known: dict[TableName, TableStatistics]) -> None:
    found = {name: one.magnitude for name, one in known[PEOPLE].columns.items() if one.magnitude is not None}
    assert found == {"id": 2, "badge": 2}  # of salaries and phone numbers there are too few
    assert known[PEOPLE].columns["boss"].null_share == 1


def test_a_category_with_as_many_values_as_rows_is_none(known: dict[TableName, TableStatistics]) -> None:
    assert known[LETTERS].columns["type"].withheld


def test_how_many_rows_there_are_is_known(known: dict[TableName, TableStatistics]) -> None:
    assert known[PEOPLE].rows == 1_000


def test_what_is_allowed_is_read(database: str) -> None:
    schema = Database(database).sql(TABLES).schema()
    assert "email" in readable(schema.tables[PEOPLE], {"email"}).always


def test_a_table_is_found_in_another_schema_where_its_name_is_the_only_one(database: str) -> None:
    target = Database(database).sql("CREATE TABLE a (x int); CREATE TABLE b (x int)").schema()
    v = "DROP TABLE a, b; CREATE SCHEMA v; CREATE TABLE v.a (x int); CREATE TABLE v.b (x int)"
    source = Database(database).sql(v, "CREATE SCHEMA w; CREATE TABLE w.b (x int)").schema()
    assert counterparts(target, source) == {TableName("public", "a"): TableName("v", "a")}


def test_statistics_of_a_partitioned_table_are_those_of_all_partitions(database: str) -> None:
    Database(database).sql(
        "CREATE TABLE events (id int, region int) PARTITION BY LIST (region)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1)",
        "CREATE TABLE events_2 PARTITION OF events DEFAULT",
        "INSERT INTO events SELECT n, 1 + (n % 4) FROM generate_series(1, 1000) n; ANALYZE",
    )

    async def read() -> dict[TableName, TableStatistics]:
        connection = await asyncpg.connect(database)
        try:
            async with connection.transaction(readonly=True):
                name = TableName("public", "events")
                return await read_statistics(connection, [name], readable={name: ["region"]}, readable_if_few={})
        finally:
            await connection.close()

    (events,) = asyncio.run(read()).values()
    assert events.rows == 1_000
    assert sorted(events.columns["region"].frequent) == ["1", "2", "3", "4"]
