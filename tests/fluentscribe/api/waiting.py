"""Rows that a test holds, so that requests wait in the middle of what they do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

from tests.fluentscribe.api.service import TIMEOUT_S, Platform

WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """Rows locked by a transaction of ours."""

    runner: asyncio.Runner
    connection: asyncpg.Connection

    def until_waiting(self, number: int) -> None:
        """Returns once so many wait for a lock in the database. Raises TimeoutError."""
        self.runner.run(asyncio.wait_for(self._until_waiting(number), TIMEOUT_S))

    async def _until_waiting(self, number: int) -> None:
        while await self.connection.fetchval(WAITING) < number:
            await self.connection.execute("SELECT pg_stat_clear_snapshot()")


@contextmanager
def held(platform: Platform, query: str, *arguments: object) -> Iterator[Lock]:
    """Holds the rows that `query` locks or changes, as a superuser, to the end of the block."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(platform.dsn))
        try:
            transaction = connection.transaction()
            runner.run(transaction.start())
            runner.run(connection.execute(query, *arguments))
            yield Lock(runner, connection)
            runner.run(transaction.commit())
        finally:
            runner.run(connection.close())
