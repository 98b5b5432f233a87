"""What a cache has to offer to be proved, and how answers come from the database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

import asyncpg

from tests.prove.caching.committing import Done
from tests.prove.caching.world import Asked, Rows

DATABASE: Final = "database"
CONNECT_S: Final = 3.0
ANSWER_S: Final = 5.0
TTL_S: Final = 3600.0  # nothing expires: what is wrong stays wrong


@dataclass(frozen=True, slots=True)
class Slow:
    """So large a share of fills pauses for up to so many seconds before, and after, it asks for the data."""

    share: float = 0.0
    before_s: float = 0.0
    after_s: float = 0.0


class Cached(Protocol):
    """An application's cache over the questions. Raises what the database's driver raises."""

    async def read(self, asked: Asked, after: int | None = None) -> tuple[Rows, str]:
        """The answer and who gave it, "" for one that is nobody's business; `after` is the token of a transaction that
        it must not lack."""

    def read_in_thread(self, asked: Asked) -> tuple[Rows, str]:
        """The same, for a caller that is a thread."""

    async def wrote(self, done: Done) -> None:
        """Called by a writer after its commit."""

    def told(self) -> dict[str, Any]:
        """Figures for the table."""

    async def close(self) -> None: ...


class Source:
    """A pool of connections by which fills are made, each as slow as it shall be. `pooled`: through a pooler."""

    def __init__(self, dsn: str, slow: Slow, random: Random, *, pooled: bool = False) -> None:
        self._dsn = dsn
        self._kept = {"statement_cache_size": 0} if pooled else {}
        self._slow = slow
        self._random = random
        self._free: list[asyncpg.Connection] = []
        self._permits = asyncio.Semaphore(8)
        self.fills = 0

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._dsn, timeout=CONNECT_S, **self._kept)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._permits:
            while self._free and self._free[-1].is_closed():
                self._free.pop()
            connection = self._free.pop() if self._free else await self.connect()
            try:
                yield connection
            except BaseException:
                connection.terminate()
                raise
            self._free.append(connection)

    async def answer(self, connection: asyncpg.Connection, asked: Asked) -> Rows:
        """Asks for the data; before and after it the fill may pause."""
        self.fills += 1
        slow = self._slow if self._random.random() < self._slow.share else Slow()
        await asyncio.sleep(self._random.random() * slow.before_s)
        rows: Sequence[asyncpg.Record] = await connection.fetch(asked.sql, asked.number, timeout=ANSWER_S)
        await asyncio.sleep(self._random.random() * slow.after_s)
        return [(row[0], row[1]) for row in rows]

    async def close(self) -> None:
        for connection in self._free:
            connection.terminate()


class Uncached:
    """Asks the database each time: what the proof's own machinery has to be right on."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def read(self, asked: Asked, after: int | None = None) -> tuple[Rows, str]:
        async with self._source.connection() as connection:
            return await self._source.answer(connection, asked), DATABASE

    def read_in_thread(self, asked: Asked) -> tuple[Rows, str]:
        raise NotImplementedError

    async def wrote(self, done: Done) -> None:
        pass

    def told(self) -> dict[str, Any]:
        return {"fills": self._source.fills}

    async def close(self) -> None:
        await self._source.close()
