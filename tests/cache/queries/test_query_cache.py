"""Statements through the cache: kept while they are right, for who may see them, and passed by where it is not sure."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from fastapi.encoders import jsonable_encoder

from plimsoll.cache import Cache, QueryCache, Token
from plimsoll.cache.queries.keys import UnsureError, key_of
from plimsoll.cache.queries.known import LOOK_S, Allowance
from plimsoll.cache.queries.large import LARGE_S, Large
from plimsoll.cache.queries.looking import Looking
from plimsoll.cache.queries.refusing import checked_trusted
from plimsoll.cache.queries.rows import Rows, packed
from plimsoll.cache.queries.sessions import Guise, Sessions, ask
from plimsoll.changes.clock import clock_s
from plimsoll.core.errors import UsageError
from plimsoll.embedded import PostgresServer
from tests.cache.queries.roles import readers_role
from tests.cache.test_following import Watching
from tests.changes.histories import watch

SETUP = """
CREATE TABLE orders (id int PRIMARY KEY, org int, note text, tags text[] DEFAULT '{a,b}');
INSERT INTO orders SELECT g, g % 2, 'old' FROM generate_series(1, 6) g;
CREATE VIEW seen AS SELECT id, note FROM orders;
CREATE TABLE secret (id int PRIMARY KEY, org int); INSERT INTO secret VALUES (1, 1), (2, 2);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (org = current_setting('app.org')::int);
"""
NOTE = "SELECT note FROM orders WHERE id = $1"
SECRET = "SELECT id FROM secret ORDER BY id"


@dataclass
class Shop:
    """`db` knows that its sessions are alike; `asking` asks each time. `fills` counts what went to the database."""

    dsn: str
    cache: Cache
    pool: "asyncpg.Pool[asyncpg.Record]"
    db: QueryCache
    asking: QueryCache
    watching: Watching

    @property
    def fills(self) -> int:
        return self.cache.status().fills

    async def write(self, statement: str) -> None:
        """Committed, and known to the cache."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(statement)
            xid = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
        await asyncio.to_thread(self.watching.until, xid)


@asynccontextmanager
async def shop(dsn: str) -> AsyncIterator[Shop]:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        async with pool.acquire() as connection:
            await connection.execute(SETUP)
            await watch(connection, "orders=order:{id},org:{org}", "secret=secret:{id},own:{org}")
        watching = Watching()
        with Cache(staleness_s=60) as cache:
            cache.follow(dsn, wait_s=30, sinks=[watching])
            yield Shop(dsn, cache, pool, QueryCache(cache, pool, alike=True), QueryCache(cache, pool), watching)


def in_shop(dsn: str) -> Callable[[Callable[[Shop], Awaitable[None]]], None]:
    def run(story: Callable[[Shop], Awaitable[None]]) -> None:
        async def go() -> None:
            async with shop(dsn) as there:
                await story(there)

        asyncio.run(go())

    return run


def test_an_answer_is_kept_until_a_row_of_it_changes(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        db = there.db
        for _ in range(3):
            assert await db.fetchval(NOTE, 1) == "old"
        assert there.fills == 1
        await there.write("UPDATE orders SET note = 'other' WHERE id = 2")
        assert (await db.fetchval(NOTE, 1), there.fills) == ("old", 1)
        await there.write("UPDATE orders SET note = 'new' WHERE id = 1")
        assert (await db.fetchval(NOTE, 1), there.fills) == ("new", 2)
        assert await db.fetchval(NOTE, 99) is None
        assert await db.fetchrow(NOTE, 99) is None
        await there.write("INSERT INTO orders (id, note) VALUES (99, 'came')")
        row = await db.fetchrow(NOTE, 99)
        assert row is not None
        assert dict(row.items()) == {"note": "came"}
        with there.cache.after(Token(2**20)):  # a commit that is not known yet
            assert await db.fetchval(NOTE, 1) == "new"
        assert there.fills == 5
        assert (db.status().statements, db.status().cached, db.status().uncached) == (1, 9, {})


def test_hits_of_sessions_that_are_alike_take_no_connection(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        await there.db.fetch(NOTE, 1)
        held = [await there.pool.acquire() for _ in range(4)]
        assert await there.db.fetchval(NOTE, 1) == "old"
        for one in held:
            await there.pool.release(one)
        assert await there.asking.fetchval(NOTE, 1) == "old"
        assert there.fills == 1


def test_what_may_not_be_kept_is_executed_each_time_and_counted(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        db = there.db
        await db.fetch("INSERT INTO orders (id) VALUES (50) RETURNING id")
        with pytest.raises(asyncpg.UniqueViolationError):
            await db.fetch("INSERT INTO orders (id) VALUES (50) RETURNING id")
        first, second = [await db.fetchval("SELECT clock_timestamp()") for _ in range(2)]
        assert first < second
        assert await db.fetchval("SELECT count(*) FROM orders WHERE note = $1::text::date::text", "today") == 0
        status = db.status()
        assert status.uncached["it writes"] == 2
        assert status.uncached["clock_timestamp() is volatile"] == 2
        assert status.uncached["a parameter may be read as a date that is another each day"] == 1
        assert there.cache.status().entries <= 1
        judgement = await db.explain("SELECT * FROM orders o JOIN secret s ON s.id = $1 WHERE o.org = $2")
        assert (judgement.tags, judgement.refused) == (("org:$2", "secret:$1"), "")
        assert str(judgement) == "kept, by org:$2, secret:$1"
        assert str(await db.explain("SELECT 1")) == "kept: it reads no table"
        assert str(await db.explain("SELECT now()")).startswith("not kept: now() depends")
        with pytest.raises(UsageError, match="tag"):
            await db.fetch(NOTE, 1, tags=["no tag"])


def test_answers_that_are_too_large_count_as_uncached_and_wait_for_nobody(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        db = QueryCache(there.cache, there.pool, alike=True, rows_max=5)
        for _ in range(3):
            assert len(await db.fetch("SELECT id FROM orders")) == 6
        assert (db.status().cached, db.status().uncached) == (0, {"more than 5 rows": 3})
        assert there.fills == 1  # nobody else who asks stands in line behind a fill that leaves nothing
        for _ in range(2):
            await db.fetch("SELECT id FROM orders WHERE id < 6")
        assert (db.status().cached, there.fills) == (2, 2)


def test_a_composite_value_cannot_be_changed_either_and_counts_in_full(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        whole = await there.db.fetchval("SELECT o FROM orders o WHERE id = 1")
        assert (whole["tags"], whole[2], dict(whole)["note"]) == (("a", "b"), "old", "old")
        (inner,) = await there.db.fetchval("SELECT array_agg(o) FROM orders o WHERE id = 1")
        assert inner == whole
        db = QueryCache(there.cache, there.pool, alike=True, bytes_max=10_000)
        await db.fetch("SELECT ROW(1, 1, repeat('x', 20000), NULL)::orders")
        assert db.status().uncached == {"more than 10000 bytes": 1}


def test_a_drivers_row_that_is_kept_as_it_is_counts_in_full(database: str) -> None:
    async def story() -> None:
        connection = await asyncpg.connect(database)
        row = await connection.fetchrow("SELECT 1 AS id, repeat('x', 20000) AS note")
        await connection.close()
        with Cache(staleness_s=None) as cache:
            await cache.fetch("row", lambda: row)
            assert 20_000 < cache.status().bytes < 30_000

    asyncio.run(story())


def test_a_timeout_is_of_the_call_alone(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        async with there.pool.acquire() as one, one.transaction():
            await one.execute("LOCK orders")
            waiting = asyncio.create_task(there.db.fetchval(NOTE, 1))
            with pytest.raises(TimeoutError):
                await there.db.fetchval(NOTE, 1, timeout=0.05)
        assert await waiting == "old"
        assert (await there.db.fetchval(NOTE, 1, timeout=0.0001), there.fills) == ("old", 1)  # a hit waits for nothing
        with pytest.raises(TimeoutError):
            await there.db.fetch("SELECT pg_sleep(60)", timeout=0.05)


def test_a_call_whose_answer_was_too_large_is_tried_again_by_one_after_a_while() -> None:
    large, three, two = Large(2, 1_000), packed(("id",), [(1,), (2,), (3,)]), packed(("id",), [(1,), (2,)])
    assert large.judged("a", three, 0.0) == large.why("a", 1.0) == "more than 2 rows"
    assert [large.why("a", LARGE_S) for _ in range(2)] == ["", "more than 2 rows"]
    assert (large.judged("a", two, LARGE_S), large.why("a", LARGE_S)) == ("", "")
    assert large.judged("b", packed(("t",), [("x" * 1_000,)]), 0.0) == "more than 1000 bytes"


def test_what_is_filled_from_statements_rests_on_what_they_read(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        async def page() -> list[str]:
            return [await there.db.fetchval(NOTE, number) for number in (1, 2)]

        await there.db.fetch(NOTE, 1)
        for _ in range(2):
            assert await there.cache.fetch("page", page) == ["old", "old"]
        assert there.fills == 3
        await there.write("UPDATE orders SET note = 'new' WHERE id = 1")
        assert await there.cache.fetch("page", page) == ["new", "old"]

        async def seen() -> int:
            return len(await there.db.fetch("SELECT * FROM seen"))

        assert await there.cache.fetch("seen", seen) == 6
        await there.pool.execute("CREATE OR REPLACE VIEW seen AS SELECT id, note FROM orders WHERE id = 1")
        now_s = clock_s() + LOOK_S
        there.db._looking._clock = lambda: now_s
        await there.db.fetch(NOTE, 2)  # looks first
        assert await there.cache.fetch("seen", seen) == 1

        async def moment() -> object:
            return await there.db.fetchval("SELECT clock_timestamp()")

        assert await there.cache.fetch("moment", moment) != await there.cache.fetch("moment", moment)


def test_who_sees_other_rows_has_answers_of_his_own(database: str, postgres_server: PostgresServer) -> None:
    with readers_role(postgres_server) as role:

        @in_shop(database)
        async def _(there: Shop) -> None:
            async with there.pool.acquire() as connection:
                await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
            for db in (there.db, there.asking):
                for org in ("1", "2", "3", "1"):
                    seen = await db.as_(role, {"app.org": org}).fetch(SECRET)
                    assert [row["id"] for row in seen] == [int(org)] * (org != "3")
                assert len(await db.fetch(SECRET)) == 2  # a superuser's own
            assert (there.fills, there.db.status().uncached) == (4, {})
            tags = (await there.db.as_(role, {"app.org": "1"}).explain(SECRET)).tags
            assert tags == ("own:app.org",)
            async with there.pool.acquire() as connection, connection.transaction():
                await connection.execute(f"SET LOCAL ROLE {role}; SET LOCAL app.org = '2'")
                assert [tuple(row) for row in await there.db.on(connection).fetch(SECRET)] == [(2,)]
            assert there.fills == 4
            await there.write("UPDATE secret SET org = 3 WHERE id = 2")
            assert [len(await there.db.as_(role, {"app.org": org}).fetch(SECRET)) for org in "123"] == [1, 0, 1]
            assert there.fills == 6
            async with there.pool.acquire() as connection:
                await connection.execute(f"DROP OWNED BY {role}")
            with pytest.raises(asyncpg.PostgresError, match="no_such_role"):
                await there.db.as_("no_such_role").fetch(SECRET)
            for nobody in ("", "none", "a\0b", None):  # and not as the session, which sees all
                with pytest.raises(UsageError, match="names no role"):
                    there.db.as_(nobody, {"app.org": "1"})  # type: ignore[arg-type]


def test_a_transaction_sees_what_it_has_written_and_what_it_saw(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        await there.db.fetch(NOTE, 1)
        async with there.pool.acquire() as connection:
            mine = there.db.on(connection)
            async with connection.transaction():
                assert await mine.fetchval(NOTE, 1) == "old"
                await connection.execute("UPDATE orders SET note = 'mine' WHERE id = 1")
                assert await mine.fetchval(NOTE, 1) == "mine"
            async with connection.transaction(isolation="repeatable_read"):
                assert await mine.fetchval(NOTE, 1) == "mine"
                await there.write("UPDATE orders SET note = 'later' WHERE id = 1")
                assert await there.db.fetchval(NOTE, 1) == "later"
                assert await mine.fetchval(NOTE, 1) == "mine"
            await connection.execute("CREATE TEMP TABLE orders AS SELECT 1 AS id, 'temporary' AS note")
            assert await mine.fetchval(NOTE, 1) == "temporary"
        counted = there.db.status().uncached
        assert counted == {
            "the transaction has written": 1,
            "the transaction is REPEATABLE READ": 2,
            "the session has temporary tables": 1,
        }


def test_a_session_that_is_not_like_the_others_leaves_nothing(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        sql = "SELECT to_char(timestamptz '2026-01-01 00:00+00', 'HH24') FROM orders WHERE id = 1"
        async with there.pool.acquire() as other:
            assert await there.db.fetchval("SELECT 1") == 1  # learns from another session
            await other.execute("SET TimeZone = 'Asia/Tokyo'")
            assert await there.db.on(other).fetchval(sql) == "09"
            assert await there.db.fetchval(sql) == "00"
        assert there.fills == 3


def test_a_changed_view_is_noticed_with_the_next_look(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        now_s = 1000.0
        looking = Looking(Sessions(there.pool, Guise()), frozenset(), lambda: now_s)
        async with there.pool.acquire() as connection:
            context = (await ask(connection)).context
            facts = await looking.facts("SELECT * FROM seen", context)
            assert await looking.facts("SELECT * FROM seen", context) is facts
            await connection.execute("CREATE OR REPLACE VIEW seen AS SELECT id, note FROM orders WHERE id = 1")
            now_s += LOOK_S
            again = await looking.facts("SELECT * FROM seen", context)
            assert (again.judgement.tags, looking.known.changed) == (("order:1",), 1)
            assert again.fingerprint != facts.fingerprint
            now_s += LOOK_S
            assert await looking.facts("SELECT * FROM seen", context) is again
            for ddl in (
                "CREATE SCHEMA before; CREATE TABLE before.seen (id int)",  # another that the name may mean
                "ALTER TABLE orders RENAME note TO text",
                "GRANT SELECT ON seen TO PUBLIC",
                "SELECT 1",
            ):
                await connection.execute(ddl)
                now_s += LOOK_S
                await looking.facts("SELECT * FROM seen", context)
            assert looking.known.changed == 4


def test_rows_cannot_be_changed_and_are_read_as_a_drivers() -> None:
    rows = Rows(packed(("id", "tags", "json"), [(1, ["a", ["b"]], {"x": [1]}), (2, [], {})]))
    row = rows[0]
    assert (row[0], row["tags"], row.get("no", 5), "id" in row, len(row)) == (1, ("a", ("b",)), 5, True, 3)
    assert rows == [row, rows[1]]
    assert [one["id"] for one in rows] == [1, 2]
    assert rows[0:1] == (row,)
    assert rows[0:1] == [row]
    assert rows[2:] == []
    assert rows[1:][0]["id"] == 2
    assert repr(Rows(packed(("a", "b", "a"), [(1, 2, 3)]))[0]) == "<Row [0]=1 b=2 a=3>"
    encoded = [{"id": 1, "tags": ["a", ["b"]], "json": {"x": [1]}}, {"id": 2, "tags": [], "json": {}}]
    assert jsonable_encoder(list(rows)) == encoded
    assert json.loads(json.dumps([dict(one) for one in rows])) == encoded
    with pytest.raises(TypeError, match="shared"):
        row["json"]["y"] = 1
    (kept,) = packed(("id",), [(asyncpg.pgproto.pgproto.UUID(str(UUID(int=7))),)])[1]
    assert (kept, type(kept[0])) == ((UUID(int=7),), UUID)  # a driver's own type could be kept here only
    with pytest.raises(KeyError):
        row["no"]


@pytest.mark.parametrize("names", ["public.price_of", ["price_of"]])
def test_a_trusted_function_that_none_can_be_is_refused(names: Any) -> None:
    with pytest.raises(UsageError, match="trusted function"):
        checked_trusted(names)


def test_new_statements_are_looked_at_only_so_fast() -> None:
    allowance = Allowance(burst=2, per_s=0.5)
    assert [allowance.take(10.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(at_s) for at_s in (11.0, 12.0, 12.5, 14.0)] == [False, True, False, True]
    assert [allowance.take(1_000.0) for _ in range(3)] == [True, True, False]


def test_keys_differ_by_type_place_and_context() -> None:
    parameters: list[list[Any]] = [
        [1], [True], [1.0], ["1"], [b"1"], [None], [], [[1]], [[1], 2], [[1, 2]], [1, 2], [UUID(int=1)], ["a, 'b'"],
        ["a", "b"],
    ]  # fmt: skip
    keys = {key_of("SELECT", "f", ("role",), one) for one in parameters}
    assert len(keys) == len(parameters)
    assert key_of("SELECT", "f", ("role", "x"), [1]) not in keys
    with pytest.raises(UnsureError, match="type, object"):
        key_of("SELECT", "f", ("role",), [object()])


GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "cache-queries.md"


def test_the_guides_code_runs(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, organization_id int, note text);"
                "INSERT INTO orders VALUES (42, 7, 'x')"
            )
            await watch(connection, "orders=order:{id},org:{organization_id}")
            names: dict[str, Any] = {}
            exec("\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), names)  # noqa: S102  # ours
            await names["main"](database)
            with Cache(staleness_s=60) as cache:
                cache.follow(database, wait_s=30)
                async with asyncpg.create_pool(database, min_size=1, max_size=4) as pool:
                    db = QueryCache(cache, pool, alike=True)
                    assert (await names["after_starting"](cache, pool, db)).failed == 0
                    fills = cache.status().fills
                    assert await db.fetchval("SELECT count(*) FROM orders") == 1
                    assert cache.status().fills == fills >= 1
        finally:
            await connection.close()

    asyncio.run(story())
    told = capsys.readouterr().out
    assert told.startswith("[42] <Row id=42 organization_id=7 note='x'> 1")
    assert "kept, by order:$1\n" in told
    assert "uncached={}" in told
