"""A table is divided while others write: no row is lost, nothing of it is lost, and it can be taken back."""

import asyncio
from collections.abc import Sequence
from datetime import date

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.change import Step
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.beyond.partitions.blocks import WAIT_MS
from plimsoll.tune.beyond.partitions.bounds import Bounds
from plimsoll.tune.beyond.partitions.copying import hash_steps
from plimsoll.tune.beyond.partitions.migration import range_steps
from plimsoll.tune.migrating.recreating import statements_of

NAME = TableName("Shop", "Events")
BOUNDS = Bounds("month", (date(2030, 1, 1), date(2030, 2, 1), date(2030, 3, 1)), zoned=True)
DDL = """
CREATE SCHEMA "Shop";
CREATE TABLE users (id int PRIMARY KEY, touched int NOT NULL DEFAULT 0);
INSERT INTO users SELECT n FROM generate_series(1, 5) n;
CREATE TABLE "Shop"."Events" (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 3) PRIMARY KEY, number serial,
    "User" int NOT NULL REFERENCES users ON DELETE CASCADE,
    made timestamptz NOT NULL DEFAULT now(), note text, length int GENERATED ALWAYS AS (length(note)) STORED,
    CONSTRAINT "Short" CHECK (length(note) < 90), UNIQUE (made, "User", number)
) WITH (fillfactor = 80);
CREATE INDEX "By User" ON "Shop"."Events" ("User", made DESC) INCLUDE (note);
CREATE INDEX ON "Shop"."Events" (lower(note)) WHERE note <> '';
CREATE VIEW lately AS SELECT * FROM "Shop"."Events" WHERE made > '2026-01-01';
CREATE VIEW counted AS SELECT "User", count(*) FROM lately GROUP BY 1;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
    'BEGIN UPDATE users SET touched = touched + 1 WHERE id = NEW."User"; RETURN NEW; END';
CREATE TRIGGER touching AFTER INSERT ON "Shop"."Events" FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE "Shop"."Events" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Shop"."Events" USING ("User" < 5) WITH CHECK ("User" <= 5);
GRANT USAGE ON SCHEMA "Shop" TO pg_monitor;
GRANT SELECT, INSERT ON "Shop"."Events" TO pg_monitor WITH GRANT OPTION;
GRANT UPDATE (note) ON "Shop"."Events" TO PUBLIC;
INSERT INTO "Shop"."Events" ("User", made, note) SELECT 1 + n % 5, now() - n * interval '1 minute', 'n' || n
FROM generate_series(1, 3000) n;
ANALYZE;
"""
INSERT = """INSERT INTO "Shop"."Events" ("User", note) VALUES (3, $1)"""
UPDATE = """UPDATE "Shop"."Events" SET made = made - interval '1 s' WHERE note = $1"""
RESTS = """
SELECT array_agg(t ORDER BY t) FROM (
    SELECT 'index ' || indexname || regexp_replace(indexdef, '.* USING', ' USING') FROM pg_indexes WHERE tablename = $1
    UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = '"Shop"."Events"'::regclass AND contype <> 'n'
    UNION ALL SELECT 'right ' || acl FROM pg_class, unnest(relacl::text[]) acl WHERE relname = $1
    UNION ALL SELECT 'column right ' || attacl::text FROM pg_attribute WHERE attrelid = '"Shop"."Events"'::regclass
    UNION ALL SELECT 'policy ' || polname || pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid)
      FROM pg_policy WHERE polrelid = '"Shop"."Events"'::regclass
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
     WHERE tgrelid = '"Shop"."Events"'::regclass AND NOT tgisinternal
    UNION ALL SELECT 'row security ' || relrowsecurity FROM pg_class WHERE relname = $1
    UNION ALL SELECT concat('column ', attname, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid = '"Shop"."Events"'::regclass AND attnum > 0
    UNION ALL SELECT 'sequence ' || pg_get_serial_sequence('"Shop"."Events"', 'id') ||
                     pg_get_serial_sequence('"Shop"."Events"', 'number')
    UNION ALL SELECT 'view ' || pg_get_viewdef('lately'::regclass)
) AS all_of (t)
"""


class Writers:
    """Two sessions that insert, update and delete all the time, and what they have been told is done."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stop = asyncio.Event()
        self.inserted: set[str] = set()
        self.deleted: set[str] = set()

    async def write(self, name: str) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            number = 0
            while not self._stop.is_set():
                note, number = f"{name} {number}", number + 1
                await connection.execute(INSERT, note)
                self.inserted.add(note)
                await connection.execute(UPDATE, note)
                if number % 3 == 0:
                    await connection.execute("""DELETE FROM "Shop"."Events" WHERE note = $1""", note)
                    self.deleted.add(note)
        finally:
            await connection.close()

    def stop(self) -> None:
        self._stop.set()


def test_a_table_is_divided_and_put_together_again_while_others_write(each_database: str) -> None:
    asyncio.run(_divided(each_database))


async def _divided(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    said: list[str] = []
    connection.add_log_listener(lambda _, message: said.append(str(message)))
    writers = Writers(dsn)
    try:
        await connection.execute(DDL)
        before = await connection.fetchval(RESTS, "Events")
        facts = await read_facts(connection)
        steps = range_steps(facts.tables[NAME], facts, "made", BOUNDS)
        writing = [asyncio.create_task(writers.write(name)) for name in ("a", "b")]
        await connection.execute("SET client_min_messages = debug1; SET lock_timeout = '5s'")
        await _apply(connection, steps)
        await connection.execute("SET client_min_messages = warning")
        assert any("is implied by existing constraints" in one for one in said)  # so that nothing was read
        await _holds(connection, before)
        await connection.execute("""INSERT INTO "Shop"."Events" ("User", note, made) VALUES (2, 'new', '2030-01-15')""")
        await connection.execute("""INSERT INTO "Shop"."Events" ("User", note, made) VALUES (2, 'far', '2040-01-15')""")
        where = await connection.fetch(
            """SELECT tableoid::regclass::text FROM "Shop"."Events" WHERE note IN ('new', 'far')"""
        )
        assert [row[0] for row in where] == ['"Shop"."Events_p20300101"', '"Shop"."Events_rest"']
        plan = await connection.fetch(
            """EXPLAIN SELECT FROM "Shop"."Events" WHERE made BETWEEN '2030-01-03' AND '2030-01-20'"""
        )
        assert [row[0] for row in plan if "Scan" in row[0] and "_old" in row[0]] == []
        await _apply(connection, steps)  # a second time does nothing
        for sql in (sql for step in reversed(steps) for sql in statements_of(step.undo)):
            await connection.execute(_patient(sql))
        writers.stop()
        await asyncio.gather(*writing)
        assert await connection.fetchval(RESTS, "Events") == before
        notes = {row[0] for row in await connection.fetch("""SELECT note FROM "Shop"."Events" """)}
        assert (
            notes == {f"n{number}" for number in range(1, 3001)} | {"new", "far"} | writers.inserted - writers.deleted
        )
        assert await connection.fetchval("""SELECT count(DISTINCT id) FROM "Shop"."Events" """) == len(notes)
        assert await connection.fetchval("SELECT sum(touched) FROM users") == 3_002 + len(writers.inserted)
        assert min(len(writers.inserted), len(writers.deleted)) > 5
    finally:
        writers.stop()
        await connection.close()


async def _holds(connection: asyncpg.Connection, before: list[str]) -> None:
    """All but that the primary key has the column."""
    now = await connection.fetchval(RESTS, "Events")
    lost, new = set(before) - set(now), set(now) - set(before)
    assert lost == {"index Events_pkey USING btree (id)", "constraint Events_pkey PRIMARY KEY (id)"}
    assert new == {"index Events_pkey USING btree (id, made)", "constraint Events_pkey PRIMARY KEY (id, made)"}


def _patient(sql: str) -> str:
    """As sent again until it gets its lock: on a machine that is busy with other tests half a second is short."""
    return sql.replace(f"'lock_timeout', '{WAIT_MS}'", "'lock_timeout', '20000'")


async def _apply(connection: asyncpg.Connection, steps: Sequence[Step]) -> None:
    for step in steps:
        if not step.check or not await connection.fetchval(step.check):
            await connection.execute(_patient(step.sql))
            assert not step.check or await connection.fetchval(step.check), step.sql


def test_what_cannot_be_carried_over_is_said_and_nothing_is_changed(database: str) -> None:
    asyncio.run(_refused(database))


async def _refused(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        await connection.execute(
            """
            CREATE MATERIALIZED VIEW kept AS SELECT * FROM "Shop"."Events";
            CREATE TABLE refers (id bigint REFERENCES "Shop"."Events");
            CREATE FUNCTION all_of() RETURNS SETOF "Shop"."Events" LANGUAGE sql AS 'SELECT * FROM "Shop"."Events"';
            CREATE PUBLICATION all_tables FOR ALL TABLES;
            CREATE TABLE holds (one "Shop"."Events");
            """
        )
        facts = await read_facts(connection)
        with pytest.raises(asyncpg.RaiseError) as caught:
            await connection.execute(range_steps(facts.tables[NAME], facts, "made", BOUNDS)[0].sql)
        said = str(caught.value)
        assert "materialized view public.kept reads it" in said
        assert "foreign key refers_id_fkey of public.refers refers to it" in said
        assert "function public.all_of() is bound to it" in said
        assert "it is published by all_tables" in said
        assert "a column of public.holds is of its type" in said
        swap = next(step.sql for step in range_steps(facts.tables[NAME], facts, "made", BOUNDS) if "ATTACH" in step.sql)
        await connection.execute("""CREATE TABLE "Shop"."Events_partitioned" (id int)""")
        with pytest.raises(asyncpg.RaiseError, match="refers_id_fkey"):  # it may have come since
            await connection.execute(_patient(swap))
    finally:
        await connection.close()


def test_a_table_is_copied_into_partitions_by_hash_and_put_back_while_others_write(database: str) -> None:
    asyncio.run(_copied(database))


async def _copied(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    writers = Writers(dsn)
    try:
        await connection.execute(DDL.replace(', UNIQUE (made, "User", number)', ""))
        before = await connection.fetchval(RESTS, "Events")
        facts = await read_facts(connection)
        steps = hash_steps(facts.tables[NAME], facts, "User", 4)
        writing = [asyncio.create_task(writers.write(name)) for name in ("a", "b")]
        await _apply(connection, steps)
        now = await connection.fetchval(RESTS, "Events")
        kept = [one for one in now if "copy_back" in (one or "")]
        assert len(kept) == 2
        assert set(before) - set(now) == {
            "index Events_pkey USING btree (id)",
            "constraint Events_pkey PRIMARY KEY (id)",
        }
        assert set(now) - set(before) - set(kept) == {
            'index Events_pkey USING btree (id, "User")', 'constraint Events_pkey PRIMARY KEY (id, "User")'
        }  # fmt: skip
        parts = await connection.fetch("""SELECT tableoid, count(*) FROM "Shop"."Events" GROUP BY 1""")
        assert len(parts) > 1
        await _apply(connection, steps)  # a second time does nothing
        for sql in (sql for step in reversed(steps) for sql in statements_of(step.undo)):
            await connection.execute(_patient(sql))
        writers.stop()
        await asyncio.gather(*writing)
        assert await connection.fetchval(RESTS, "Events") == before
        notes = {row[0] for row in await connection.fetch("""SELECT note FROM "Shop"."Events" """)}
        assert notes == {f"n{number}" for number in range(1, 3001)} | writers.inserted - writers.deleted
        assert await connection.fetchval("SELECT sum(touched) FROM users") == 3_000 + len(writers.inserted)
        left = await connection.fetch("SELECT relname FROM pg_class WHERE relname ~ '^Events.*(old|partitioned|_p\\d)'")
        assert left == []
    finally:
        writers.stop()
        await connection.close()
