"""Statements that are kept, while all connections of the pool are busy: given without waiting for one."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from plimsoll.cache.queries.known import LOOK_S
from plimsoll.cache.queries.learning import LEARNED_S
from plimsoll.changes.clock import clock_s
from tests.cache.queries.test_query_cache import NOTE, Shop, in_shop

NOT_WAITED_S = 5.0  # half of what one waits for a connection at most


def test_hits_wait_for_no_connection_of_the_pool_and_still_hear_of_the_schema(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        dressed, ahead_s = there.db.as_(settings={"app.org": "1"}), 0.0
        there.db._looking._clock = there.db._learning._clock = lambda: clock_s() + ahead_s
        seen = "SELECT note FROM seen WHERE id = 1"
        for db in (there.db, dressed):
            assert (await db.fetchval(NOTE, 1), await db.fetchval(seen)) == ("old", "old")
        fills, busy = there.fills, [await there.pool.acquire() for _ in range(4)]
        async with asyncio.timeout(NOT_WAITED_S):
            for later_s in (LOOK_S, LOOK_S, LEARNED_S):
                ahead_s += later_s
                for db in (there.db, dressed):
                    assert (await db.fetchval(NOTE, 1), await db.fetchval(seen)) == ("old", "old")
        assert there.fills == fills

        await busy[0].execute("CREATE OR REPLACE VIEW seen AS SELECT id, 'fixed'::text AS note FROM orders")
        ahead_s += LOOK_S
        with pytest.raises(TimeoutError):
            await there.db.fetchval(seen, timeout=0.1)
        assert await there.db.on(busy[1]).fetchval(NOTE, 1) == "old"
        for held in busy:
            await there.pool.release(held)
        assert await there.db.fetchval(seen) == "fixed"


def test_where_nothing_is_followed_any_more_a_look_goes_through_the_pool(database: str) -> None:
    @in_shop(database)
    async def _(there: Shop) -> None:
        assert await there.db.fetchval(NOTE, 1) == "old"
        ask = there.cache._desk.ask
        assert ask is not None
        there.cache.close()
        with pytest.raises(ConnectionError):
            await ask("SELECT 1")
        there.db._looking._clock = lambda: clock_s() + LOOK_S
        assert (await there.db.fetchval(NOTE, 1), there.db.status().uncached) == ("old", {})
        there.cache.follow(there.dsn, wait_s=30)
        assert there.cache._desk.ask is not None
        with suppress(asyncpg.PostgresError):
            await there.cache._desk.ask("SELECT 1 / 0")
        assert [tuple(row) for row in await there.cache._desk.ask("SELECT 1")] == [(1,)]
