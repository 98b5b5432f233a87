"""What a cache gives when the database's server was killed."""

import asyncio
import os
import signal
import threading

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.testing.postgres import throwaway_server
from tests.cache.conftest import furnished
from tests.cache.stage import Clock


def test_who_asked_for_it_gets_what_is_held_when_the_server_was_killed_and_others_the_error() -> None:
    opened = threading.Semaphore(0)

    async def story(dsn: str, pid: int) -> None:
        async def connect() -> asyncpg.Connection:
            opened.release()
            return await asyncpg.connect(dsn)

        async def note(filling: Filling) -> str:
            await filling.on(one)
            return str(await one.fetchval("SELECT note FROM orders WHERE id = 1"))

        async def ask(key: str) -> str:
            return str(await cache.fetch(key, note, tags=["order:1"], stale_if_error=key == "given"))

        await furnished(dsn)
        one = await asyncpg.connect(dsn)
        await one.execute("INSERT INTO orders VALUES (1, 'old')")
        with Cache() as cache:
            cache.follow(connect, pooled=False, wait_s=30)
            assert [await ask("given"), await ask("raised")] == ["old", "old"]
            assert opened.acquire(timeout=30)
            os.kill(pid, signal.SIGKILL)
            assert await asyncio.to_thread(opened.acquire, timeout=30)  # the follower has lost its connection
            assert [await ask("given"), await ask("raised"), cache.stale] == ["old", "old", 0]
            clock.now_s += 0.25
            assert [await ask("given"), cache.stale] == ["old", 1]
            with pytest.raises(FOREIGN):
                await ask("raised")
        one.terminate()

    clock = Clock()
    with throwaway_server() as server, clock.rules():
        asyncio.run(story(server.dsn, server.pid))
