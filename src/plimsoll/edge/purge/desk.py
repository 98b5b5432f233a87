"""A connection to the outbox's database that is opened when it is needed, and again when it was lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from plimsoll.postgres.error_classes import FOREIGN

TRANSACTION_S_MAX: Final = 15.0  # of one transaction, opening the connection included
CLOSE_S_MAX: Final = 1.0

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Desk:
    """Everything is done in transactions, so that a transaction pooler is no obstacle; one at a time."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """What raises within it rolls back, and the connection is given up: nobody asks what state it is in."""
        async with self._one, asyncio.timeout(TRANSACTION_S_MAX):
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            connection = self._connection
            try:
                async with connection.transaction():
                    yield connection
            except BaseException:
                self._connection = None
                connection.terminate()
                raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=CLOSE_S_MAX)
            except (*FOREIGN, TimeoutError):
                with suppress(*FOREIGN):
                    connection.terminate()
