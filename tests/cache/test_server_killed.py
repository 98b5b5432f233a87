"""What a cache gives when the database's server hangs, or was killed."""

import asyncio
import os
import signal
import threading
from contextlib import ExitStack, suppress

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.testing.postgres import throwaway_server
from tests.cache.conftest import furnished
from tests.cache.stage import Clock


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_who_asked_for_it_gets_what_is_held_when_the_server_hangs_or_was_killed_and_others_the_error() -> None:
    opened = threading.Semaphore(0)

    async def story(dsn: str, pid: int) -> None:
        async def connect() -> asyncpg.Connection:
            opened.release()
            return await asyncpg.connect(dsn)

        async def note(filling: Filling) -> str:
            async with asyncio.timeout(limit_s):
                await filling.on(one)
                return str(await one.fetchval("SELECT note FROM orders WHERE id = 1"))

        async def ask(key: str) -> str:
            return str(await cache.fetch(key, note, tags=["order:1"], stale_if_error=key == "given"))

        limit_s = None
        await furnished(dsn)
        one = await asyncpg.connect(dsn)
        await one.execute("INSERT INTO orders VALUES (1, 'old')")
        backend = one.get_server_pid()
        with Cache() as cache, ExitStack() as stack:
            cache.follow(connect, pooled=False, wait_s=30)
            assert [await ask("given"), await ask("raised")] == ["old", "old"]
            assert opened.acquire(timeout=30)
            stack.callback(kill, backend)
            os.kill(backend, signal.SIGSTOP)
            os.kill(pid, signal.SIGKILL)
            assert await asyncio.to_thread(opened.acquire, timeout=30)  # the follower has lost its connection
            assert [await ask("given"), await ask("raised"), cache.stale] == ["old", "old", 0]
            clock.now_s += 0.25
            limit_s = 0.01  # its session stands still, and does not fail by itself
            assert [await ask("given"), cache.stale] == ["old", 1]
            kill(backend)
            assert [await ask("given"), cache.stale] == ["old", 2]
            with pytest.raises(FOREIGN):
                await ask("raised")
        one.terminate()

    clock = Clock()
    with throwaway_server() as server, clock.rules():
        asyncio.run(story(server.dsn, server.pid))
