"""A database with a changelog, what is written there, and what a poller hears of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.poller import Poller
from plimsoll.changes.polling import Change, Position, Reason, State
from plimsoll.changes.watch import Watch

ORDERS = "CREATE TABLE orders (id int PRIMARY KEY, org int, note text DEFAULT '')"


class Heard:
    """A sink that notes what it is told, and may be told to fail."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.forgot: list[Reason] = []
        self.moves: list[State] = []
        self.failing: Exception | None = None

    async def apply(self, changes: Sequence[Change]) -> None:
        if self.failing is not None:
            raise self.failing
        self.changes += changes

    async def forget(self, reason: Reason) -> None:
        self.forgot.append(reason)

    async def moved(self, state: State, sent_s: float) -> None:
        self.moves.append(state)

    def tags(self) -> list[set[str]]:
        """Of each row since the last look."""
        found, self.changes = [set(one.tags) for one in self.changes], []
        return found


class House:
    """Connections to one database; `polled` gives the tags of each changelog row that one poll found."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.heard = Heard()
        self.poller = Poller(self.connect, [self.heard])
        self._open: list[asyncpg.Connection] = []

    async def connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self.dsn)
        self._open.append(connection)
        return connection

    def resumed(self, position: Position | None) -> Poller:
        self.poller = Poller(self.connect, [self.heard], position=position)
        return self.poller

    async def polled(self) -> list[set[str]]:
        await self.poller.poll()
        return self.heard.tags()

    async def close(self) -> None:
        await self.poller.close()
        for connection in self._open:
            connection.terminate()


async def watch(connection: asyncpg.Connection, *watches: str, **more: Any) -> None:
    await carry_out(connection, await plan_install(connection, [Watch.parse(one) for one in watches], **more))


@asynccontextmanager
async def house(dsn: str, setup: str, *watches: str) -> AsyncIterator[tuple[House, asyncpg.Connection]]:
    """The tables made, watched, and polled once; with a connection to write by."""
    there = House(dsn)
    try:
        connection = await there.connect()
        await connection.execute(setup)
        await watch(connection, *watches)
        await there.poller.poll()
        yield there, connection
    finally:
        await there.close()


def in_house(
    dsn: str, setup: str, *watches: str
) -> Callable[[Callable[[House, asyncpg.Connection], Awaitable[None]]], None]:
    """Runs a story in such a house."""

    def run(story: Callable[[House, asyncpg.Connection], Awaitable[None]]) -> None:
        async def go() -> None:
            async with house(dsn, setup, *watches) as (there, connection):
                await story(there, connection)

        asyncio.run(go())

    return run
