"""How a writer commits: each write written down before and after, on rows that nobody else has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final, NamedTuple

import asyncpg

from plimsoll.postgres.error_classes import FOREIGN
from tests.prove.caching.recording import Planned, Recorder
from tests.prove.caching.world import homes, listed

Connect = Callable[[], Awaitable[asyncpg.Connection]]
LOST: Final = (*FOREIGN, TimeoutError)
_UPSERT: Final = (
    "INSERT INTO items VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE "
    "SET org = excluded.org, version = excluded.version WHERE items.version < excluded.version"
)  # a statement whose connection was lost may be carried out after a later one


class Done(NamedTuple):
    """A commit that was acknowledged: its transaction, its tags, and what it wrote."""

    xid: int
    tags: tuple[str, ...]
    planned: Planned


class Step(NamedTuple):
    sql: str
    arguments: tuple[Any, ...]
    planned: Planned
    tags: tuple[str, ...]


class Committing:
    """`before` is told tags ahead of each commit, `after` what was committed once that is acknowledged."""

    def __init__(self, connect: Connect, recorder: Recorder, random: Random, items: Sequence[int]) -> None:
        self._connect = connect
        self._recorder = recorder
        self._random = random
        self._free = list(items)
        self._orgs: dict[int, int | None] = {item: homes(item)[0] for item in items}
        self._version = 1
        self._connection: asyncpg.Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._unresolved: set[str] = set()
        self.before: Callable[[Sequence[str]], Awaitable[None]] | None = None
        self.after: Callable[[Done], Awaitable[None]] | None = None
        self.failures = 0

    async def _transaction(self, connection: asyncpg.Connection, steps: Sequence[Step]) -> None:
        await connection.execute("BEGIN")
        async with self._recorded([one for step in steps for one in step.planned]):
            for step in steps:
                await connection.execute(step.sql, *step.arguments)
            xid = await self._xid(connection)
            if self.before is not None:
                await self.before([tag for step in steps for tag in step.tags])
            await connection.execute("COMMIT")
        await self._tell(xid, steps)

    async def _xid(self, connection: asyncpg.Connection) -> int:
        """Of the transaction, for whom it is told; else it costs a round trip for nothing."""
        return int(await connection.fetchval("SELECT pg_current_xact_id()::text")) if self.after is not None else 0

    async def _tell(self, xid: int, steps: Sequence[Step]) -> None:
        if self.after is not None:
            tags = tuple(tag for step in steps for tag in step.tags)
            await self.after(Done(xid, tags, [one for step in steps for one in step.planned]))

    async def _background(self, count: int, work: Callable[[Sequence[int]], Awaitable[None]]) -> None:
        async def go() -> None:
            async with self._reserved(count) as items:
                try:
                    await work(items)
                except LOST:
                    self.failures += 1

        if len(self._tasks) < 2:
            task = asyncio.create_task(go())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @asynccontextmanager
    async def _recorded(self, planned: Planned, *, undone: bool = False) -> AsyncIterator[None]:
        """What fails on the way may have been committed, unless COMMIT was never to be sent."""
        number = self._recorder.begin(planned)
        try:
            yield
        except BaseException:
            self._recorder.end(number, "undone" if undone else "unknown")
            raise
        self._recorder.end(number, "undone" if undone else "committed")

    @asynccontextmanager
    async def _reserved(self, count: int) -> AsyncIterator[Sequence[int]]:
        """Rows that no other write of ours is under way for."""
        while len(self._free) < count:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        items = sorted(self._random.sample(self._free, count))
        for item in items:
            self._free.remove(item)
        try:
            yield items
        finally:
            self._free += items

    def _update(self, item: int, org: int | None = None) -> Step:
        """The row as it shall be, whether it is there or not: what became of a write that was lost is not known."""
        home = org if org is not None else self._orgs[item]
        home = homes(item)[0] if home is None else home
        other = sum(homes(item)) - home
        self._orgs[item] = home
        version = self._next()
        planned = [(f"item:{item}", version, False), (listed(home, item), version, False)]
        tags = (f"item:{item}", f"org:{home}", f"org:{other}")
        return Step(_UPSERT, (item, home, version), [*planned, (listed(other, item), version, True)], tags)

    def _delete(self, item: int) -> Step:
        version = self._next()
        self._orgs[item] = None
        planned = [(f"item:{item}", version, True), *((listed(home, item), version, True) for home in homes(item))]
        tags = (f"item:{item}", *(f"org:{home}" for home in homes(item)))
        return Step("DELETE FROM items WHERE id = $1 AND version < $2", (item, version), planned, tags)

    def _next(self) -> int:
        self._version += 1
        return self._version

    async def _ours(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*LOST):
                connection.terminate()
