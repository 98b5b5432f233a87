"""A copy on a server of our own has what plans and rights depend on, and the source is only read."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Schema
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.cloning import CloneWish, cloned

SCHEMA = """
CREATE SCHEMA "My Shop";
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN amount AS int CHECK (value > 0);
CREATE TABLE "My Shop"."Orders" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int NOT NULL, total amount,
    twice int GENERATED ALWAYS AS (total * 2) STORED, m mood, t text);
INSERT INTO "My Shop"."Orders" (tenant, total, m, t)
SELECT g % 10, g, 'ok', repeat('x', 50) FROM generate_series(1, 5000) g;
CREATE INDEX "Odd Index" ON "My Shop"."Orders" (lower(t)) WHERE tenant = 1;
CREATE STATISTICS together (dependencies) ON tenant, total FROM "My Shop"."Orders";
ALTER TABLE "My Shop"."Orders" ALTER t SET STATISTICS 500;
CREATE ROLE "{owner}" NOLOGIN;
CREATE ROLE "{reader}" LOGIN PASSWORD 'reader-password';
GRANT USAGE ON SCHEMA "My Shop" TO "{reader}";
GRANT SELECT ON "My Shop"."Orders" TO "{reader}";
ALTER TABLE "My Shop"."Orders" OWNER TO "{owner}";
ALTER TABLE "My Shop"."Orders" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "My Shop"."Orders" TO "{reader}" USING (tenant = current_setting('app.tenant')::int);
CREATE TABLE part (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX ON part (day);
INSERT INTO part SELECT g, '2020-02-01' FROM generate_series(1, 1000) g;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM part;
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not on a copy'; END $$;
CREATE FUNCTION positive(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0';
CREATE FUNCTION known(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN positive($1); END $$;
CREATE TABLE barely_named (n int CHECK (known(n)));
INSERT INTO barely_named VALUES (1);
CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION told();
ALTER DATABASE {database} SET work_mem = '17MB';
ALTER DATABASE {database} SET app.tenant = '3';
ALTER DATABASE {database} SET statement_timeout = '5s';
"""
LOOK = """
SELECT (SELECT count(*) FROM "My Shop"."Orders") AS orders,
       (SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'Orders') AS owner,
       (SELECT relallvisible > 0 AND reltuples = 5000 FROM pg_class WHERE relname = 'Orders') AS vacuumed,
       (SELECT count(*) FROM pg_stats WHERE tablename = 'Odd Index') AS of_expressions,
       (SELECT count(*) FROM pg_stats_ext WHERE dependencies IS NOT NULL) AS extended,
       (SELECT count(*) FROM pg_index WHERE NOT indisvalid) AS invalid,
       (SELECT n FROM counted) AS counted,
       (SELECT n FROM barely_named) AS barely_named,
       (SELECT proconfig IS NULL FROM pg_proc WHERE proname = 'known') AS as_it_was,
       (SELECT count(*) FROM pg_event_trigger) AS event_triggers,
       current_setting('work_mem') AS work_mem, current_setting('statement_timeout') AS statement_timeout
"""
FORCED = 'ALTER TABLE "My Shop"."Orders" FORCE ROW LEVEL SECURITY'
SEEN = {
    "orders": 5000, "vacuumed": True, "of_expressions": 1, "extended": 1, "invalid": 0, "counted": 1000,
    "barely_named": 1, "as_it_was": True,
    "event_triggers": 0, "work_mem": "17MB", "statement_timeout": "0",
}  # fmt: skip


@pytest.mark.parametrize("each_postgres_server", [18, 15], indirect=True)
def test_a_copy_has_what_plans_and_rights_depend_on_and_goes_with_its_server(each_database: str) -> None:
    asyncio.run(course(read_target(each_database, {})))


async def course(target: Target) -> None:
    source = await connect(target)
    owner, reader = (f"{who} of {target.database}" for who in ("owner", "reader"))
    await source.execute(SCHEMA.format(owner=owner, reader=reader, database=target.database))
    facts = await read_facts(source)
    said: list[str] = []
    try:
        async with cloned(target, facts, CloneWish(role=reader), said.append) as clone:
            assert clone.version // 10_000 == facts.server_version // 10_000
            assert await looked_at(clone, reader) == SEEN | {"owner": owner, "of tenant": 500}
            assert (clone.copy.how, clone.copy.bytes > 0) == ("dump", True)
            assert any("event triggers" in note for note in clone.notes)
            assert any("pg_dump read" in note for note in clone.notes)
        assert said
        await source.execute(FORCED)
        await source.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{owner}"')
        assert await refused_to(target, owner, schemas=("My Shop",)) == (
            f'{owner} is held back by row security from rows of "My Shop"."Orders"'
        )
        assert await refused_to(target, reader) == (
            f'{reader} may not read "My Shop"."Orders_id_seq", public.barely_named, public.part, public.part_1; '
            'is held back by row security from rows of "My Shop"."Orders"'
        )
        with pytest.raises(OSError, match="Connect"):
            await asyncpg.connect(**clone.target.connect_arguments())
    finally:
        await source.execute(f'DROP EVENT TRIGGER watch; REASSIGN OWNED BY "{owner}" TO CURRENT_USER')
        await source.execute(f'DROP OWNED BY "{owner}", "{reader}"; DROP ROLE "{owner}", "{reader}"')
        await source.close()


async def refused_to(target: Target, role: str, schemas: tuple[str, ...] = ()) -> str:
    """Why; before anything is started."""
    as_role = replace(target, options=f"-c role={role.replace(' ', chr(92) + ' ')}")
    said: list[str] = []
    with pytest.raises(RefusedError) as refused:
        async with cloned(as_role, DatabaseFacts(Schema(), bytes=1), CloneWish(schemas=schemas), said.append):
            pass
    assert "BYPASSRLS" in refused.value.remedy
    assert said == [], "nothing was started for it"
    return refused.value.why


async def looked_at(clone: Clone, reader: str) -> dict[str, Any]:
    copy = await connect(clone.target)
    seen = dict(await copy.fetchrow(LOOK))
    async with copy.transaction():
        await copy.execute(f'SET LOCAL ROLE "{reader}"')
        seen["of tenant"] = await copy.fetchval('SELECT count(*) FROM "My Shop"."Orders"')
    await copy.close()
    return seen
