"""The audit of functions that ask statements which are kept: compared with the database, and not with the cache."""

import asyncio

import asyncpg

from plimsoll.cache import Cache, QueryCache
from plimsoll.core.cache_report import AuditReport
from tests.cache.test_following import Watching, wrote

NOTE = "SELECT note FROM orders WHERE id = 921"


def test_what_no_trigger_told_is_found_stale_and_what_the_asker_has_written_is_not(shop: str) -> None:
    async def go() -> None:
        async with asyncpg.create_pool(shop, min_size=2, max_size=2) as pool, pool.acquire() as own:
            await own.execute("INSERT INTO orders VALUES (921, 'old'), (922, 'x')")
            db = QueryCache(cache, pool, alike=True)

            @cache.cached(pure=True, key="note:{way}")
            async def note(way: str) -> object:
                return await (db.on(own) if way == "own" else db).fetchval(NOTE)

            async def asked(way: str) -> AuditReport | None:
                cache._watching.audit._not_before_s = 0.0  # type: ignore[union-attr]  # not to wait for it
                assert await note(way) == "old"
                return cache.report().audit

            await asyncio.to_thread(watching.until, await wrote(own, "UPDATE orders SET note = note WHERE id = 922"))
            for way in ("pool", "own"):
                await asked(way)
            assert await asked("pool") == AuditReport(1)
            async with own.transaction():
                await own.execute("UPDATE orders SET note = 'mine' WHERE id = 921")
                assert await asked("own") == AuditReport(2, unknown=1)
                await own.execute("UPDATE orders SET note = 'old' WHERE id = 921")
            await asyncio.to_thread(watching.until, await wrote(own, "UPDATE orders SET note = note WHERE id = 922"))
            await asked("pool")
            await own.execute(
                "BEGIN; UPDATE orders SET note = 'untold' WHERE id = 921;"
                "DELETE FROM plimsoll_changes.changelog WHERE xid = pg_current_xact_id(); COMMIT"
            )
            await asked("pool")
            for _ in range(2):  # the second poll was sent after all that
                await asyncio.to_thread(
                    watching.until, await wrote(own, "UPDATE orders SET note = note WHERE id = 922")
                )
            assert cache.report().audit == AuditReport(3, stale=1, unknown=1, found=("note:'pool'",))

    watching = Watching()
    with Cache(staleness_s=60, audit=1.0) as cache:
        cache.follow(shop, wait_s=30, sinks=[watching])
        asyncio.run(go())
