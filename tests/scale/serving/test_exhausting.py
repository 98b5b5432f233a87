"""Forty connections, pools of ten, far more load than workers may come: the database never has to refuse one."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg

from plimsoll.embedded import PostgresServer
from tests.prove.connections.application import POOL
from tests.prove.connections.arriving import LOST, Clients, Seen
from tests.prove.connections.ground import (
    CONNECTIONS,
    PATIENCE_S,
    RESERVED,
    Served,
    Watching,
    database,
    refusals,
    served,
)

WORDS = ("--workers", "1..8", "--capacity", "1", "--pool", "10", "--concurrency", "10")


async def play(one: Served) -> None:
    """Up to the cap; a reload, while which there is one more; a worker that is killed."""
    await one.until(r"the database has connections for 2: what is more is to be shed")
    await one.until(r"w2: ready")
    one.reload()
    await one.until(r"w\d+: gone")
    await one.until(r"w\d+: gone")
    worker = (await one.status()).workers[0]
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    await one.until(rf"{worker.name}: ready")


async def counted(server: PostgresServer, folder: Path) -> tuple[Seen, int]:
    watching = Watching(await asyncpg.connect(server.dsn))
    async with asyncio.timeout(PATIENCE_S), served(server, folder, *WORDS, hold_s=0.01) as one:
        clients, seen = Clients(one.port), Seen(0.0)
        beside = [asyncio.create_task(work) for work in (clients.keep_asking(40, seen), watching.forever())]
        try:
            await play(one)
            assert (await one.status()).ready == 2
        finally:
            for task in beside:
                task.cancel()
            ended = await asyncio.gather(*beside, return_exceptions=True)
            clients.close()
            watching.close()
    assert [one for one in ended if not isinstance(one, asyncio.CancelledError)] == []
    return seen, watching.most


def test_no_load_reload_or_death_makes_workers_ask_for_more_than_there_is(tmp_path: Path) -> None:
    with database() as server:
        seen, most = asyncio.run(counted(server, tmp_path))
        assert refusals(server) == 0
    assert most <= CONNECTIONS - RESERVED
    assert set(seen.statuses) <= {200, 503, LOST}  # on a machine that is very busy some wait too long
    assert seen.statuses[LOST] <= POOL  # whose answer had begun in the worker that was killed
