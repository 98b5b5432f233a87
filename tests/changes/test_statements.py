"""Every way to write rows is written down by the tags of the rows it touched, old and new."""

import re

import asyncpg

from plimsoll.changes.literals import literal
from plimsoll.core.tag import tag
from tests.changes.histories import ORDERS, House, in_house

OWN = "table:public.orders"
WATCH = "public.orders=order:{id},org:{org}"
ALL = {"order:*", "org:*", OWN}

MERGE = """
MERGE INTO orders o USING (VALUES (1), (2), (7)) v (id) ON o.id = v.id WHEN MATCHED AND v.id = 1 THEN DELETE
WHEN MATCHED THEN UPDATE SET org = 6 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 7)
"""

CROWD = "INSERT INTO orders SELECT g, 1 FROM generate_series(1000, 10999) g"

# A statement, and the tags of each changelog row it makes; the table holds 1..3 of org 1.
STATEMENTS: list[tuple[str, list[set[str]]]] = [
    ("INSERT INTO orders VALUES (4, NULL)", [{"order:4", "org:%0", OWN}]),
    ("UPDATE orders SET org = 2 WHERE id = 1", [{"order:1", "org:1", "org:2", OWN}]),
    ("UPDATE orders SET id = 9 WHERE id = 1", [{"order:1", "order:9", "org:1", OWN}]),
    ("UPDATE orders SET org = 2 WHERE id = 99", []),
    ("DELETE FROM orders WHERE id < 3", [{"order:1", "order:2", "org:1", OWN}]),
    ("INSERT INTO orders VALUES (1, 5) ON CONFLICT (id) DO NOTHING", []),
    ("INSERT INTO orders VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET org = 5", [{"order:1", "org:1", "org:5", OWN}]),
    (
        MERGE,
        [{"order:1", "org:1", OWN}, {"order:2", "org:1", "org:6", OWN}, {"order:7", "org:7", OWN}],
    ),
    ("WITH x AS (DELETE FROM orders WHERE id = 1 RETURNING *) UPDATE orders SET org = 3 WHERE id = 2",
     [{"order:1", "org:1", OWN}, {"order:2", "org:1", "org:3", OWN}]),
    ("INSERT INTO orders SELECT g, 1 FROM generate_series(10, 109) g",
     [{*(f"order:{n}" for n in range(10, 110)), "org:1", OWN}]),
    ("INSERT INTO orders SELECT g, g % 2 FROM generate_series(10, 110) g", [{"order:*", "org:0", "org:1", OWN}]),
    ("INSERT INTO orders SELECT g, g % 100 FROM generate_series(10, 110) g",
     [{"order:*", *(f"org:{n}" for n in range(100)), OWN}]),
    ("INSERT INTO orders SELECT g, g FROM generate_series(10, 110) g", [ALL]),
    (f"{CROWD}; UPDATE orders SET org = NULL WHERE id > 999; DELETE FROM orders WHERE id > 999",
     [{"order:*", "org:1", OWN}, {"order:*", "org:1", "org:%0", OWN}, {"order:*", "org:%0", OWN}]),
    ("INSERT INTO orders SELECT g, 1 FROM generate_series(1000, 11000) g", [ALL]),
    ("TRUNCATE orders", [ALL]),
    ("SET LOCAL session_replication_role = replica; DELETE FROM orders WHERE id = 3", [{"order:3", "org:1", OWN}]),
]  # fmt: skip


def test_each_statement_on_every_version(each_database: str) -> None:
    @in_house(each_database, f"{ORDERS}; INSERT INTO orders VALUES (1, 1), (2, 1), (3, 1)", WATCH)
    async def _(there: House, connection: asyncpg.Connection) -> None:
        before = await connection.fetchval("SELECT array_agg(o) FROM orders o")
        for statement, expected in STATEMENTS:
            await connection.execute(f"BEGIN; {statement}; COMMIT")
            found = await there.polled()
            assert sorted(map(sorted, found)) == sorted(map(sorted, expected)), statement
            await connection.execute("DELETE FROM orders; INSERT INTO orders VALUES (1, 1), (2, 1), (3, 1)")
            await there.polled()
        assert await connection.fetchval("SELECT array_agg(o) FROM orders o") == before
        await connection.copy_records_to_table("orders", records=[(8, 4, "")])
        assert await there.polled() == [{"order:8", "org:4", OWN}]


NAMED = "CREATE TABLE named (id int PRIMARY KEY, name varchar, team int, mood uuid)"


def test_many_rows_are_told_by_what_they_share(database: str) -> None:
    @in_house(database, NAMED, "named=name:{name},both:{name}/{team},mood:{mood}")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        shared = {"both:a%2Fb/1", "both:A%2FB/0", "mood:%0", "name:a%2Fb", "name:A%2FB", "table:public.named"}
        rows = "INSERT INTO named SELECT g, (ARRAY['A/B', 'a/b'])[1 + g % 2], g % 2 FROM generate_series({}) g"
        await connection.execute(rows.format("1, 200"))
        assert await there.polled() == [shared]
        await connection.execute("ALTER TABLE named ALTER team TYPE numeric")
        await there.polled()
        await connection.execute(rows.format("201, 400"))
        assert await there.polled() == [{"name:*", "both:*", "mood:*", "table:public.named"}]


U = "00000000-0000-0000-0000-000000000001"
SEATS = "CREATE TABLE seats (id int PRIMARY KEY, room int, org uuid, note text)"


def test_rows_that_are_alike_are_told_once(each_database: str) -> None:
    @in_house(each_database, SEATS, "seats=room:{room},place:{org}/{room}")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        both, own = {"room:1", f"place:{U}/1"}, "table:public.seats"
        for first, last in ((1, 2), (3, 5), (6, 105), (106, 206)):
            rows = f"INSERT INTO seats SELECT g, 1, '{U}' FROM generate_series({first}, {last}) g"
            await connection.execute(rows)
            assert await there.polled() == [{*both, own}]
        await connection.execute("UPDATE seats SET room = NULL WHERE id < 4")
        assert await there.polled() == [{*both, "room:%0", f"place:{U}/%0", own}]
        await connection.execute("UPDATE seats SET note = id")
        assert await there.polled() == [{*both, "room:%0", f"place:{U}/%0", own}]
        await connection.execute("UPDATE seats SET room = id WHERE id BETWEEN 50 AND 99")
        moved = {tag for n in range(50, 100) for tag in (f"room:{n}", f"place:{U}/{n}")}
        assert await there.polled() == [{*both, *moved, own}]
        await connection.execute("ALTER TABLE seats ALTER room TYPE numeric")
        await there.polled()
        await connection.execute("DELETE FROM seats WHERE id < 50")
        assert await there.polled() == [{"room:*", "place:*", own}]


TREE = """
CREATE TYPE mood AS ENUM ('so/so', 'fine');
CREATE TABLE "Odd ""one" (org uuid PRIMARY KEY);
CREATE TABLE part (id bigint, "Mixed {Case" varchar, org uuid REFERENCES "Odd ""one" ON DELETE CASCADE, mood mood,
    low text GENERATED ALWAYS AS (lower("Mixed {Case")) STORED) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 (mood mood, org uuid, "Mixed {Case" varchar, id bigint, low text);
ALTER TABLE part_2 DROP COLUMN low, ADD COLUMN low text GENERATED ALWAYS AS (lower("Mixed {Case")) STORED;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
CREATE TABLE parent (id int, on_it boolean); CREATE TABLE child (more text) INHERITS (parent);
"""


def test_partitions_children_cascades_and_names_as_they_are(each_database: str) -> None:
    watches = (
        "part=low:{low}/{id},mixed:{Mixed {{Case},mood:{mood}",
        "parent=p:{id}/{on_it}",
        '"Odd ""one"=odd:{org}',
    )

    @in_house(each_database, TREE, *watches)
    async def _(there: House, connection: asyncpg.Connection) -> None:
        own = "table:public.part"
        await connection.execute(f'INSERT INTO "Odd ""one" VALUES (\'{U}\')')
        assert await there.polled() == [{f"odd:{U}", 'table:public.Odd "one'}]
        columns = "INSERT INTO {} (id, \"Mixed {{Case\", org, mood) VALUES ({}, $1, $2, 'so/so')"
        await connection.execute(columns.format("part", 1), "A/%*", U)
        assert await there.polled() == [{"low:a%2F%25%2A/1", "mixed:A%2F%25%2A", "mood:so%2Fso", own}]
        await connection.execute(columns.format("part_2", 150), None, U)
        assert await there.polled() == [{"low:%0/150", "mixed:%0", "mood:so%2Fso", own}]
        await connection.execute("UPDATE part SET id = 2, mood = 'fine' WHERE id = 150")
        assert await there.polled() == [{"low:%0/150", "low:%0/2", "mixed:%0", "mood:so%2Fso", "mood:fine", own}]
        await connection.execute('DELETE FROM "Odd ""one"')
        assert sorted(await there.polled(), key=len) == [
            {f"odd:{U}", 'table:public.Odd "one'},
            {"low:a%2F%25%2A/1", "low:%0/2", "mixed:A%2F%25%2A", "mixed:%0", "mood:so%2Fso", "mood:fine", own},
        ]
        await connection.execute("INSERT INTO child VALUES (1, true, ''); UPDATE parent SET id = 2; TRUNCATE parent")
        tags = {"p:1/true", "table:public.parent"}, {"p:1/true", "p:2/true", "table:public.parent"}
        whole = {"p:*", "table:public.parent"}
        assert await there.polled() == [*tags, whole, whole]


MOVED = """
CREATE TABLE part (id int, org int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20);
CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER t BEFORE INSERT ON part_2 FOR EACH ROW WHEN (NEW.id = 12) EXECUTE FUNCTION refused();
INSERT INTO part VALUES (1, 7), (2, 8)
"""


def test_a_row_that_was_lost_on_its_way_to_another_partition_is_told(database: str) -> None:
    @in_house(database, MOVED, "part=org:{org}")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        await connection.execute("UPDATE part SET id = id + 10")
        assert await there.polled() == [{"org:7", "org:8", "table:public.part"}]


def test_the_database_writes_a_key_as_python_does(database: str) -> None:
    @in_house(database, ORDERS, "orders=note:{note}/{id}")
    async def _(there: House, one: asyncpg.Connection) -> None:
        for number, value in enumerate(["x" * 198, "x" * 199, "%" * 67, "é/" * 60, "", "*", "%0"]):
            await one.execute("INSERT INTO orders VALUES ($1, 1, $2)", number, value)
            assert await there.polled() == [{tag("note", value, number), OWN}]


# Triggers of our own, which have the server explain the writer's queries as it would plan them now.
EXPLAINED = """
CREATE TABLE costs (cost float8);
CREATE FUNCTION explained() RETURNS trigger LANGUAGE plpgsql AS $explained$
DECLARE number int; plan json;
BEGIN
    FOR number IN 0 .. TG_NARGS - 1 LOOP
        EXECUTE 'EXPLAIN (FORMAT JSON) ' || TG_ARGV[number] INTO plan;
        INSERT INTO costs VALUES ((plan -> 0 -> 'Plan' ->> 'Total Cost')::float8);
    END LOOP;
    RETURN NULL;
END $explained$
"""
SEEN = {
    "INSERT": "NEW TABLE new_rows",
    "UPDATE": "OLD TABLE old_rows NEW TABLE new_rows",
    "DELETE": "OLD TABLE old_rows",
}


def test_plans_that_many_rows_made_cost_little_when_they_are_kept_for_one(each_database: str) -> None:
    """A session keeps the plan that its first statement made: of a cost of 100,000 it would be compiled each time."""

    @in_house(each_database, f"{ORDERS}; {EXPLAINED}", WATCH)
    async def _(_: House, connection: asyncpg.Connection) -> None:
        writer = await connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname ~ '^write_orders'")
        for operation, rows in SEEN.items():
            branch = writer.split(f"TG_OP = '{operation}' THEN")[1].split("ELS")[0]
            queries = [literal(one) for one in re.findall(r"SELECT (?:ARRAY|count).*?(?=;)", branch, re.DOTALL)]
            assert len(queries) == 2
            explained = re.sub(r" INTO [a-z, ]+(?=\s+FROM)", "", ", ".join(queries))
            await connection.execute(
                f"CREATE TRIGGER explain_{operation} AFTER {operation} ON orders REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION explained({explained})"
            )
        await connection.execute("INSERT INTO orders SELECT g, g % 10 FROM generate_series(1, 5000) g")
        await connection.execute("UPDATE orders SET note = 'x'; DELETE FROM orders")
        costs = [row["cost"] for row in await connection.fetch("SELECT cost FROM costs")]
        assert len(costs) == 6
        assert max(costs) < 20
