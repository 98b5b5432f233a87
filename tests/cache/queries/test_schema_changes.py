"""After a change of the schema and a look answers are those of the database, though no tag tells of the change."""

import asyncio
from collections.abc import Sequence

import asyncpg

from plimsoll.cache.queries.known import LOOK_S
from plimsoll.cache.queries.rows import frozen
from plimsoll.embedded import PostgresServer
from tests.cache.queries.roles import readers_role
from tests.cache.queries.test_query_cache import Shop, shop
from tests.changes.histories import watch

SETUP = """
CREATE TABLE parts (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 (id int, note text); INSERT INTO parts VALUES (1, 'one');
INSERT INTO parts_2 VALUES (11, 'eleven');
CREATE TABLE elders (id int); CREATE TABLE young () INHERITS (elders); INSERT INTO elders VALUES (1);
CREATE TABLE alone (id int); INSERT INTO alone VALUES (1);
CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE AGGREGATE total(int) (sfunc = plus, stype = int, initcond = '0');
CREATE FUNCTION of_note(text) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders WHERE note = $1';
CREATE SCHEMA before; GRANT USAGE ON SCHEMA before TO PUBLIC;
"""
STATEMENTS = (
    "SELECT * FROM orders WHERE id = 1",
    "SELECT * FROM seen",
    "SELECT * FROM parts WHERE id = 11",
    "SELECT count(*) FROM parts",
    "SELECT * FROM elders",
    "SELECT doubled(id) FROM orders",
    "SELECT total(id) FROM orders",
    "SELECT * FROM of_note('old')",
    "SELECT count(*) FROM alone",
    "SELECT id FROM secret",
)
# Those of a step belong to different statements.
CHANGES = (
    "CREATE OR REPLACE FUNCTION plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2 + 1'",
    """CREATE OR REPLACE VIEW seen AS SELECT id, note FROM orders WHERE id = 2;
    ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10) TO (20);
    CREATE TABLE youngest (more int DEFAULT 1) INHERITS (young); INSERT INTO youngest VALUES (7);
    CREATE OR REPLACE FUNCTION doubled(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 20';
    CREATE TABLE before.alone (id int)""",
    """CREATE OR REPLACE VIEW seen AS SELECT id, 'fixed'::text AS note FROM secret;
    ALTER TABLE parts DETACH PARTITION parts_2; ALTER TABLE youngest NO INHERIT young;
    CREATE FUNCTION before.doubled(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 200';
    CREATE OR REPLACE FUNCTION of_note(text) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders';
    ALTER TABLE before.alone RENAME TO another; ALTER TABLE alone RENAME TO aside; CREATE TABLE alone AS SELECT 1""",
    "ALTER VIEW seen RENAME TO unseen; CREATE VIEW seen AS SELECT * FROM parts; DROP TABLE aside",
    "ALTER TABLE orders ADD COLUMN more int DEFAULT 5; CREATE POLICY all_of_them ON secret USING (true)",
    "ALTER TABLE orders RENAME COLUMN note TO noted; DROP POLICY all_of_them ON secret",
    "ALTER TABLE orders ALTER COLUMN org TYPE text USING 'o' || org; ALTER TABLE secret DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE secret ENABLE ROW LEVEL SECURITY; REVOKE SELECT ON orders FROM {role}",
    "ALTER ROLE {role} BYPASSRLS; GRANT SELECT ON orders TO {role}",
    "ALTER ROLE {role} NOBYPASSRLS",
    "CREATE POLICY of_a_role ON secret TO {other} USING (true)",
    "GRANT {other} TO {role}",
    "REVOKE {other} FROM {role}",
    "DROP TABLE orders CASCADE; CREATE TABLE orders (id int, note text); INSERT INTO orders VALUES (1, 'again')",
)


async def answer(asking: object, sql: str) -> object:
    try:
        return [frozen(tuple(row)) for row in await asking.fetch(sql)]  # type: ignore[attr-defined]
    except asyncpg.PostgresError as error:
        return type(error)


async def differences(there: Shop, role: str, others: str, statements: Sequence[str]) -> list[str]:
    """Statements that are answered otherwise after a change, with the change."""
    db = there.db.as_(role, {"app.org": "1", "search_path": "before, public"})
    found = []
    now_s = [1000.0]
    there.db._looking._clock = lambda: now_s[0]
    owner, asking = await there.pool.acquire(), await asyncpg.connect(there.dsn)
    busy = [await there.pool.acquire() for _ in range(2)]  # one is left, which plans a statement as `asking` does
    await asking.execute(f"SET ROLE {role}; SET app.org = '1'; SET search_path = before, public")
    for change in ("SELECT 1", *CHANGES):
        await owner.execute(change.format(role=role, other=others))
        await owner.execute(f"GRANT SELECT ON seen, parts, elders, alone, secret TO {role}")
        now_s[0] += LOOK_S
        for sql in statements:
            right, given = await answer(asking, sql), await answer(db, sql)
            if right != given:
                found.append(f"{change}: {sql} is {right}, and {given} was given")
    await asking.close()
    for one in (role, others):
        await owner.execute(f"DROP OWNED BY {one}")
    for held in (owner, *busy):
        await there.pool.release(held)
    return found


def test_what_is_answered_after_a_change_of_the_schema(database: str, postgres_server: PostgresServer) -> None:
    async def story(role: str, others: str) -> None:
        async with shop(database) as there:
            async with there.pool.acquire() as connection:
                await connection.execute(SETUP)
                await watch(connection, "parts=part:{id}", "elders=elder:{id}", "alone")
                await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
            assert await differences(there, role, others, STATEMENTS) == []
            status = there.db.status()
            assert status.cached > status.changed > len(CHANGES)

    with readers_role(postgres_server) as role, readers_role(postgres_server) as others:
        asyncio.run(story(role, others))
