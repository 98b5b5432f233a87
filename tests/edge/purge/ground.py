"""A database with a changelog and an outbox, and providers that note what they are told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg

from plimsoll.changes.installing import carry_out
from plimsoll.edge.providers.provider import Acknowledged, Batch, Limits, Outcome, Rate
from plimsoll.edge.purge.installing import plan_install
from plimsoll.edge.purge.outbox import Backlog, ask, read_backlog
from plimsoll.edge.purge.purger import Purger, Timing
from plimsoll.edge.purge.wish import Kind, Wish, wish
from tests.changes.histories import ORDERS, watch

WATCH = "public.orders=order:{id}"
FAST = Rate(1e6, 1e6)


@dataclass
class Noting:
    """A provider in this process: says `answers` in turn, then acknowledges. `before` runs while it is being called."""

    name: str = "local"
    limits: Limits = field(default_factory=lambda: Limits(dict.fromkeys(Kind, 100), FAST))
    answers: list[Outcome] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def purge(self, batch: Batch) -> Outcome:
        self.batches.append(batch)
        if self.before is not None:
            await self.before()
        return self.answers.pop(0) if self.answers else Acknowledged()

    async def close(self) -> None:
        pass

    def told(self) -> list[tuple[tuple[str, ...], bool]]:
        """Since the last look: what, in order of the text, and whether hard."""
        found, self.batches = [(tuple(sorted(one.whats)), one.hard) for one in self.batches], []
        return found


class Ground:
    """`db` is a connection to write by; `purger` makes one whose steps are called by hand."""

    def __init__(self, dsn: str, db: asyncpg.Connection) -> None:
        self.dsn = dsn
        self.db = db
        self.said: list[str] = []
        self._purgers: list[Purger] = []

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.dsn, statement_cache_size=0)

    def purger(
        self, *providers: Noting, name: str = "one", say: Callable[[str], None] | None = None, **timing: Any
    ) -> Purger:
        heard = say or self.said.append
        made = Purger(self.connect, providers, name=name, timing=Timing(**timing), random=Random(1), say=heard)
        self._purgers.append(made)
        return made

    async def asked(self, *texts: str, hard: bool = False, providers: Sequence[str] | None = None) -> int:
        """Tags, by hand."""
        return await ask(self.db, [wish(Kind.TAG, one, hard=hard) for one in texts], providers)

    async def wished(self, *wishes: Wish) -> int:
        return await ask(self.db, wishes)

    async def rows(self) -> list[tuple[str, str, bool]]:
        found = await self.db.fetch("SELECT provider, what, hard FROM plimsoll_edge.outbox ORDER BY 1, 2")
        return [tuple(row) for row in found]

    async def backlog(self) -> dict[str, Backlog]:
        return {one.provider: one for one in await read_backlog(self.db)}

    async def due(self) -> None:
        """What waits for a lease, a pause or a retry waits no longer."""
        await self.db.execute("UPDATE plimsoll_edge.outbox SET due_at = '-infinity', leased_until = '-infinity'")
        await self.db.execute("UPDATE plimsoll_edge.providers SET resume_at = '-infinity'")

    async def close(self) -> None:
        for purger in self._purgers:
            await purger.close()


async def installed(db: asyncpg.Connection, *providers: str, **roles: Sequence[str]) -> None:
    await db.execute(ORDERS)
    await watch(db, WATCH)
    await carry_out(db, await plan_install(db, providers, **roles))


@asynccontextmanager
async def ground(dsn: str, *providers: str) -> AsyncIterator[Ground]:
    db = await asyncpg.connect(dsn)
    there = Ground(dsn, db)
    try:
        await installed(db, *providers)
        yield there
    finally:
        await there.close()
        db.terminate()


def on_ground(dsn: str, *providers: str) -> Callable[[Callable[[Ground], Awaitable[None]]], None]:
    """Runs a story there."""

    def run(story: Callable[[Ground], Awaitable[None]]) -> None:
        async def go() -> None:
            async with asyncio.timeout(60), ground(dsn, *providers) as there:
                await story(there)

        asyncio.run(go())

    return run
