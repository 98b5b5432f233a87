"""Statements through a real PgBouncer in transaction mode: right for each who asks, whichever session answers."""

import asyncio
from urllib.parse import urlsplit

import asyncpg

from plimsoll.cache import Cache, QueryCache
from tests.cache.queries.test_query_cache import NOTE, SECRET, SETUP
from tests.cache.test_following import Watching, wrote
from tests.changes.histories import watch
from tests.postgres.conftest import Pooler, pooler, server_directory

__all__ = ["pooler", "server_directory"]
AT_ONCE = 8  # of which two sessions of the server are shared


def test_answers_are_kept_for_who_asked_and_dropped_when_they_change(database: str, pooler: Pooler) -> None:
    through = pooler.dsn(urlsplit(database).path[1:])

    async def story() -> None:
        owner = await asyncpg.connect(database)
        await owner.execute(f"{SETUP}; GRANT SELECT ON orders, secret TO app")
        await watch(owner, "orders=order:{id},org:{org}", "secret=secret:{id},own:{org}", readers=["app"])
        watching = Watching()
        async with asyncpg.create_pool(through, min_size=1, max_size=AT_ONCE, statement_cache_size=0) as pool:
            with Cache(staleness_s=60) as cache:
                cache.follow(through, wait_s=30, sinks=[watching])
                db = QueryCache(cache, pool, alike=True)
                users = [db.as_(settings={"app.org": str(org)}) for org in (1, 2)]

                async def seen() -> list[list[int]]:
                    rows = await asyncio.gather(*(users[at % 2].fetch(SECRET) for at in range(AT_ONCE)))
                    return [[row[0] for row in one] for one in rows]

                async def notes() -> list[str]:
                    return [*await asyncio.gather(*(db.fetchval(NOTE, 1 + at % 4) for at in range(AT_ONCE)))]

                for _ in range(3):
                    assert await seen() == [[1], [2]] * (AT_ONCE // 2)
                    assert await notes() == ["old"] * AT_ONCE
                assert (db.status().uncached, cache.status().fills) == ({}, 6)
                await asyncio.to_thread(watching.until, await wrote(owner, "UPDATE secret SET org = 2"))
                await asyncio.to_thread(watching.until, await wrote(owner, "UPDATE orders SET note = 'new'"))
                assert await seen() == [[], [1, 2]] * (AT_ONCE // 2)
                assert await notes() == ["new"] * AT_ONCE
                assert (db.status().uncached, cache.status().fills, cache.status().trouble) == ({}, 12, "")
                assert cache.report().queries == db.status().cached == 8 * AT_ONCE
        await owner.close()

    asyncio.run(story())
