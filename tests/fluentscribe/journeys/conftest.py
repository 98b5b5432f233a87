"""The platform with a worker, and people called as in the data sets: one organization each for user1 and user2."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pytest

from fluentscribe.database.migrating import WORKER
from fluentscribe.database.pool import open_pool
from fluentscribe.work.worker import Manner, Worker, work
from plimsoll.embedded import PostgresServer
from tests.fluentscribe.api.service import TIMEOUT_S, Platform, as_role, serving

NAMES = """
UPDATE profiles SET email = CASE email
    WHEN 'owner@example.org' THEN 'user1@example.com' WHEN 'theirowner@example.org' THEN 'user2@example.com'
    ELSE email END
"""


@pytest.fixture
def platform(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Platform]:
    name = f"test_{token_hex(6)}"
    with serving(
        postgres_server.create_database(name), tmp_path / "files", access_minutes=0.1, proxies="127.0.0.1"
    ) as running:
        running.sql(NAMES)
        with working(running.dsn):
            yield running
    postgres_server.drop_database(name)


@contextmanager
def working(dsn: str) -> Iterator[None]:
    """A worker in a thread of its own, which looks for work all the time."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    workers: list[Worker] = []

    async def run() -> None:
        async with await open_pool(as_role(dsn, WORKER), 4, 30, WORKER, "worker") as pool:
            workers.append(Worker(pool, Manner(poll_s=0.02)))
            ready.set()
            await work(workers[0])

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="worker")
    thread.start()
    assert ready.wait(TIMEOUT_S)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(workers[0].stop.set)
        thread.join(TIMEOUT_S)
        loop.close()
        assert not thread.is_alive()
