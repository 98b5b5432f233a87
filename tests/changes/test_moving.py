"""Rows that go from one partition to another, by whatever statement, and tables that have several above them."""

import asyncpg
import pytest

from plimsoll.changes.installing import plan_install
from plimsoll.changes.watch import Watch
from plimsoll.core.errors import RefusedError
from tests.changes.histories import House, in_house

PARTS = """
CREATE TABLE parts (region text, id int, merged text, "new" int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parts_eu PARTITION OF parts FOR VALUES IN ('eu'); CREATE TABLE parts_us PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT 'eu', g FROM generate_series(1, 9) g;
CREATE TABLE whole (id int PRIMARY KEY, "new" int); INSERT INTO whole VALUES (1, 1);
CREATE FUNCTION moved() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    MERGE INTO parts USING (VALUES (4)) v (i) ON id = v.i WHEN MATCHED THEN UPDATE SET region = 'us'; END $$;
CREATE FUNCTION moved_too() RETURNS void LANGUAGE sql AS $$
    MERGE INTO parts USING (VALUES (5)) v (i) ON id = v.i WHEN MATCHED THEN UPDATE SET region = 'us' $$;
CREATE FUNCTION changed() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE 'UPDATE parts SET merged = 1 WHERE id = 8'; END $$;
"""
WATCH = ("parts=part:{id},place:{id} when region", "whole=whole:{new}")
OWN = "table:public.parts"
ALL = {"part:*", "place:*", OWN}
MOVE = "MERGE INTO parts USING (VALUES ({id})) v (i) ON id = v.i WHEN MATCHED THEN UPDATE SET region = 'us'"

STATEMENTS: list[tuple[str, set[str]]] = [
    ("UPDATE parts SET region = 'us' WHERE id = 1", {"part:1", "place:1", OWN}),
    ("UPDATE parts SET merged = 'merged' WHERE id = 8", {"part:8", OWN}),
    (MOVE.format(id=2), ALL),
    (f"/* one */ {MOVE.format(id=3).lower()} WHEN NOT MATCHED THEN INSERT VALUES ('us', v.i)",
     {*ALL, "part:3", "place:3"}),
    ("SELECT moved()", ALL),
    ("SELECT moved_too()", ALL),
    ("SELECT changed()", {"part:8", OWN}),
    (f"PREPARE it AS {MOVE.format(id=6)}", set()),
    ("EXECUTE it", ALL),
    ("UPDATE whole SET \"new\" = 2", {"whole:1", "whole:2", "table:public.whole"}),
]  # fmt: skip


def test_a_row_that_goes_to_another_partition_is_told_on_every_version(each_database: str) -> None:
    @in_house(each_database, PARTS, *WATCH)
    async def _(there: House, connection: asyncpg.Connection) -> None:
        for statement, expected in STATEMENTS:
            await connection.execute(statement)
            assert set().union(*await there.polled()) == expected, statement
        await connection.fetch(MOVE.format(id="$1::int"), 7)  # over the extended protocol, as drivers ask
        assert set().union(*await there.polled()) == ALL


BELOW = """
CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE ab () INHERITS (a, b);
CREATE TABLE only_a () INHERITS (a);
CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)
"""


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        (("a=a:{id}", "only_a=o:{id}"), "through a has the tags of that only: give a the templates"),
        (("parts=p:{id}", "part=one:{id}"), "through parts has the tags of that only"),
        (("a=a:{id}", "b=b:{id}"), "ab has several parents"),
    ],
)
def test_templates_that_writes_through_another_table_would_miss_are_refused(
    database: str, tables: tuple[str, ...], why: str
) -> None:
    @in_house(database, BELOW)
    async def _(there: House, connection: asyncpg.Connection) -> None:
        with pytest.raises(RefusedError, match=why):
            await plan_install(connection, [Watch.parse(one) for one in tables])


def test_a_database_that_knows_no_letters_is_refused(database: str) -> None:
    @in_house(database, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        try:
            other = await asyncpg.connect(there.dsn.rpartition("/")[0] + "/bytes")
            try:
                await other.execute("CREATE TABLE orders (id int)")
                with pytest.raises(RefusedError, match="SQL_ASCII"):
                    await plan_install(other, [Watch.parse("orders=o:{id}")])
            finally:
                await other.close()
        finally:
            await connection.execute("DROP DATABASE bytes")
