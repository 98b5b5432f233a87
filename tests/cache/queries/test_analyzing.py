"""What statements may be cached, by which tags, and why others may not; on every version."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from plimsoll.cache.queries.analyzing import WantsSettingError, analyze
from plimsoll.cache.queries.context import CONTEXT_SQL, Context, Told
from plimsoll.cache.queries.facts import Judgement
from plimsoll.embedded import PostgresServer
from tests.cache.queries.roles import readers_role
from tests.changes.histories import watch

SETUP = """
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TABLE orders (id int PRIMARY KEY, org int, note text, at timestamptz);
CREATE TABLE lines (order_id int, number int, name varchar(20), PRIMARY KEY (order_id, number));
CREATE TABLE parts (id int, x int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE kinds (id uuid, mood mood, flag boolean, name name);
CREATE TABLE unwatched (id int); CREATE MATERIALIZED VIEW kept AS SELECT * FROM orders; CREATE SEQUENCE numbers;
CREATE VIEW noted AS SELECT id, org FROM orders WHERE note IS NOT NULL;
CREATE VIEW seen AS SELECT id, now() AS at FROM orders;
CREATE FUNCTION mine() RETURNS int LANGUAGE sql STABLE AS $$ SELECT current_setting('app.org', true)::int $$;
CREATE FUNCTION hidden(int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT $1 FROM unwatched); END $$;
CREATE FUNCTION settled(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
CREATE FUNCTION later(timestamptz, timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT greatest($1, $2)';
CREATE FUNCTION odd(int, int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $2';
CREATE AGGREGATE max(int4range) (sfunc = range_merge, stype = int4range);
CREATE AGGREGATE summed(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE AGGREGATE oddest(int) (sfunc = odd, stype = int);
CREATE AGGREGATE newest(timestamptz) (sfunc = later, stype = timestamptz, initcond = 'yesterday');
CREATE TYPE label AS (text text);
CREATE FUNCTION label_of(int) RETURNS label LANGUAGE sql STABLE AS 'SELECT ROW($1)::label';
CREATE CAST (int AS label) WITH FUNCTION label_of(int);
CREATE TABLE docs (id int PRIMARY KEY, owner int); ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
ALTER TABLE docs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON docs USING (owner = mine() OR EXISTS (SELECT FROM lines l WHERE l.order_id = docs.id));
"""
WATCHES = (
    "orders=order:{id},org:{org},note:{note}",
    "lines=lines-of:{order_id} when name,line:{order_id}/{number},name:{name}",
    "parts=part:{id}", "kinds=kind:{id},mood:{mood},called:{name}", "docs=doc:{id}",
)  # fmt: skip

ORDERS, LINES = "table:public.orders", "table:public.lines"
TAGS = {
    "SELECT * FROM orders WHERE id = $1": "order:$1",
    "SELECT * FROM orders WHERE $1 = id AND note = 'x' AND at > '2020-01-01'": "order:$1",
    "SELECT * FROM orders WHERE id = $1::bigint": "order:$1",
    "SELECT * FROM orders WHERE id::numeric = $1": ORDERS,
    "SELECT * FROM orders WHERE id = -5": "order:-5",
    "SELECT * FROM orders WHERE org IN (1, 2)": "org:[1,2]",
    "SELECT * FROM orders WHERE id = ANY ($1)": "order:[$1]",
    "SELECT * FROM orders WHERE id <> $1 OR org = $2": ORDERS,
    "SELECT * FROM orders WHERE NOT (id = $1)": ORDERS,
    "SELECT * FROM orders WHERE note = 'it''s AND (so' AND org > 5": "note:it's AND (so",
    'SELECT * FROM orders WHERE note COLLATE "C" = $1': "note:$1",
    "SELECT * FROM orders WHERE org = current_setting('app.org', true)::int": "org:app.org",
    "SELECT * FROM orders WHERE org = (SELECT current_setting('app.org', true)::int)": ORDERS,
    "SELECT * FROM orders AS o (org, id) WHERE o.id = $1": ORDERS,  # a plan calls org id there
    "SELECT * FROM orders o LEFT JOIN lines l ON l.order_id = $1 AND l.number = 2 WHERE o.id = $2":
        "line:$1/2 order:$2",
    "SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.id = $1": f"order:$1 {LINES}",
    "SELECT * FROM lines WHERE order_id = $1": LINES,  # it may read columns whose changes write no lines-of:…
    "SELECT * FROM lines WHERE name = $1": "name:$1",
    "SELECT * FROM lines WHERE order_id = $1 AND number = (SELECT max(number) FROM lines)": LINES,
    "SELECT 1 FROM orders WHERE NOT EXISTS (SELECT FROM lines WHERE order_id = $1 AND number = 1)":
        f"line:$1/1 {ORDERS}",
    "SELECT a.* FROM orders a JOIN orders b ON b.id = 7 WHERE a.id = $1": "order:$1 order:7",
    "SELECT * FROM noted WHERE id = $1": "order:$1",
    "SELECT * FROM parts WHERE id = $1": "part:$1",
    "SELECT * FROM parts_2 WHERE x = 1": "table:public.parts",
    "SELECT * FROM parts WHERE id = 99": "part:99",
    "SELECT * FROM kinds WHERE mood = 'so so'": "mood:so so",
    "SELECT * FROM kinds WHERE id = $1 AND flag": "kind:$1",
    "SELECT settled(1), date_trunc('day', at), current_user FROM orders": ORDERS,
    "SELECT max(id), summed(org) FROM orders": ORDERS,  # there is a max of somebody's, as with citext
    "SELECT count(*) FROM orders HAVING count(*) > $1": ORDERS,
    "SELECT 1": "",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < $1) SELECT * FROM r": "",
    "VALUES (1), (2)": "",
}  # fmt: skip
REFUSED = {
    "SELECT * FROM noted FOR SHARE": "locks rows",
    "SELECT * FROM unwatched": "plimsoll cache install --table public.unwatched",
    "SELECT o.id FROM orders o LEFT JOIN unwatched u ON false": "unwatched is not watched",
    "SELECT * FROM kept": "materialized view",
    "SELECT last_value FROM numbers": "sequence",
    "SELECT nextval('numbers')": "nextval() is volatile",
    "SELECT * FROM (VALUES (random())) v": "random() is volatile",
    "SELECT 1 LIMIT (random() * 5)::int": "random() is volatile",
    "SELECT id FROM seen": "now() depends on when",
    "SELECT * FROM orders WHERE at > CURRENT_TIMESTAMP": "current_timestamp depends on when",
    "SELECT * FROM orders WHERE at > 'today'": "'today' may be read as a date",
    "SELECT age(at) FROM orders": "age() depends on when",
    "SELECT hidden(id) FROM orders": "what public.hidden() reads is not known",
    "SELECT oddest(id) FROM orders": "what public.oddest() reads is not known",
    "SELECT newest(at) FROM orders": "what public.newest() reads is not known",
    "SELECT current_setting('app.' || note) FROM orders": "current_setting with a name that is no constant",
    "SELECT relname FROM pg_class": "belongs to the system",
    "SELECT 'orders'::regclass": "names of the catalog",
    "SELECT xmin FROM orders": "a column of the system's",
    "SELECT * FROM orders TABLESAMPLE system (10)": "TABLESAMPLE",
    "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x": "it writes",
    "INSERT INTO orders VALUES (1)": "it writes",
    "SET work_mem = 1": "no SELECT",
    "SELECT /* /* */ ' */ now() --'": "a comment within a comment",
    'SELECT id FROM orders AS U&"\\006f" (org, id)': "written in an unusual way",
    "SELECT id::label FROM orders": "the cast to label calls a function that is not IMMUTABLE",
    "SELECT pg_advisory_lock(1)": "pg_advisory_lock() is volatile",
    "SELECT nothing_there": "the server does not plan it",
    "SELECT 1; SELECT 2": "the server does not plan it",
}


async def read_context(connection: asyncpg.Connection, *names: str) -> Context:
    row = await connection.fetchrow(CONTEXT_SQL, list(names))
    assert row is not None
    return Told.read(row, names).context


def tags_in_words(one: Judgement) -> str:
    return " ".join(sorted([*map(str, one.rows), *one.tables]))


async def judged(connection: asyncpg.Connection, statements: Iterable[str]) -> dict[str, Judgement]:
    context = await read_context(connection)
    return {sql: (await analyze(connection, sql, context)).judgement for sql in statements}


@asynccontextmanager
async def prepared(dsn: str, *before: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with the tables, watched."""
    connection = await asyncpg.connect(dsn)
    try:
        for one in (*before, SETUP):
            await connection.execute(one)
        await watch(connection, *WATCHES)
        yield connection
    finally:
        await connection.close()


def test_tags(database: str) -> None:
    async def story() -> None:
        async with prepared(database) as connection:
            found = await judged(connection, TAGS)
            assert {sql: one.refused or tags_in_words(one) for sql, one in found.items()} == TAGS

    asyncio.run(story())


def test_refusals(database: str) -> None:
    async def story() -> None:
        async with prepared(database) as connection:
            found = await judged(connection, REFUSED)
            wrong = {
                sql: one.refused for sql, one in found.items() if not one.refused or REFUSED[sql] not in one.refused
            }
            assert wrong == {}
            assert not await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'plim%'")
            trusted = frozenset({"public.hidden"})
            hidden = "SELECT hidden(id) FROM orders"
            trusting = await analyze(connection, hidden, await read_context(connection), trusted)
            assert trusting.judgement.tables == {ORDERS}

    asyncio.run(story())


EVERYWHERE = (
    "SELECT * FROM parts WHERE id = $1",
    "SELECT * FROM lines WHERE order_id = $1 AND number = (SELECT max(number) FROM lines)",
    "SELECT * FROM noted WHERE id = $1",
)


def test_versions_policies_and_settings(each_database: str, each_postgres_server: PostgresServer) -> None:
    async def story(role: str) -> None:
        async with prepared(each_database) as connection:
            found = await judged(connection, EVERYWHERE)
            assert {sql: tags_in_words(one) for sql, one in found.items()} == {sql: TAGS[sql] for sql in EVERYWHERE}
            with pytest.raises(WantsSettingError, match=r"app\.other"):
                await judged(connection, ["SELECT * FROM orders WHERE id = current_setting('app.other')::int"])
            await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}")
            (own,) = (await judged(connection, ["SELECT * FROM docs WHERE id = $1"])).values()
            assert (tags_in_words(own), own.settings) == (f"doc:$1 {LINES}", ("app.org",))
            await connection.execute(f"RESET ROLE; DROP OWNED BY {role}")

    with readers_role(each_postgres_server) as role:
        asyncio.run(story(role))


@pytest.mark.parametrize("each_postgres_server", [15], indirect=True)  # the wheels' are built without ICU
def test_where_a_collation_takes_different_texts_for_equal_no_text_compared_by_one_is_a_key(
    each_database: str,
) -> None:
    loose = "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    tags = {
        "SELECT * FROM lines WHERE name = $1": "name:$1",
        "SELECT * FROM lines WHERE name = $1 COLLATE loose": LINES,
        "SELECT * FROM lines WHERE name COLLATE loose = $1": LINES,
    }

    async def story() -> None:
        async with prepared(each_database, loose) as connection:
            found = await judged(connection, tags)
            assert {sql: tags_in_words(one) for sql, one in found.items()} == tags

    asyncio.run(story())
