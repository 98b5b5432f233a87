"""A stage for schedules: a cache, its poller and a real database, where nothing happens by itself.

Polls are sent when a story says so, transactions commit in its order, an answer is held until what shall overtake it is
done, and time passes where it is told to. So a story has one course, however slow the machine is. What is written and
read makes a history, for `plimsoll.testing.staleness` to judge.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from itertools import count
from random import Random
from typing import Any, Final, Self

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling, Token
from plimsoll.cache.following import Tier1Sink
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.poller import Poller
from plimsoll.changes.watch import Watch
from plimsoll.testing.staleness import Read, Verdict, Write, judge
from tests.prove.caching.adapters import Slow, Source
from tests.prove.caching.committing import Done
from tests.prove.caching.recording import Planned
from tests.prove.caching.world import CROWD, SEED_VERSION, SETUP, WATCHES, Asked, Rows, homes, listed, reads_of, seeded

DELTA_S: Final = 0.25
NEVER_S: Final = 3600.0  # of real time: nothing on a stage is given up since the machine is slow
TWIN: Final = "twin"
TIER_1, DATABASE = "tier 1", "database"
Meanwhile = Callable[[], Awaitable[object]]
Story = Callable[["Stage"], Awaitable[None]]


class Clock:
    """In the place of every clock that cache and poller read."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    @contextmanager
    def rules(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("tier1._NOW_S", "tier1.clock_s", "fill.desk.clock_s"):
                patch.setattr(f"plimsoll.cache.{name}", self)
            for name in ("clock.clock_s", "poller.clock_s"):  # the first for mutations, which import it late
                patch.setattr(f"plimsoll.changes.{name}", self)
            patch.setattr("plimsoll.changes.poller.POLL_S_MAX", NEVER_S)
            yield


class Held:
    """A connection whose next answer is held until `meanwhile` is over."""

    def __init__(self, connection: asyncpg.Connection, meanwhile: Meanwhile | None = None) -> None:
        self._connection = connection
        self.meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, statement: str, *arguments: Any, timeout: float | None = None) -> Any:
        rows = await self._connection.fetch(statement, *arguments)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return rows


class House:
    """A database with the tables of the histories, and connections to it by name, for one stage after another."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._runner = asyncio.Runner()
        self._open: dict[str, asyncpg.Connection] = {}

    def __enter__(self) -> Self:
        self._runner.run(self._furnish())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._leave())
        self._runner.close()

    async def connection(self, name: str) -> asyncpg.Connection:
        if name not in self._open:
            self._open[name] = await asyncpg.connect(self._dsn)
        return self._open[name]

    async def twin(self) -> asyncpg.Connection:
        """To another database of the same server, with the same tables, of which nobody hears."""
        if TWIN not in self._open:
            writer = await self.connection("writer")
            await writer.execute(f"CREATE DATABASE {await self._twin_of(writer)}")
            self._open[TWIN] = await asyncpg.connect(self._dsn, database=await self._twin_of(writer))
            await self._open[TWIN].execute(SETUP)
        return self._open[TWIN]

    def carry_out(self, *statements: str) -> None:
        async def go() -> None:
            connection = await self.connection("writer")
            for statement in statements:
                await connection.execute(statement)

        self._runner.run(go())

    def play(self, story: Story, patched: AbstractContextManager[None] | None = None) -> Verdict:
        """The story, and what is read once everything that it acknowledged is older than the promise.

        What is `patched` is so after the clock.
        """

        async def go() -> Verdict:
            stage = Stage(self, clock)
            try:
                await stage.begin()
                await story(stage)
                await stage.end()
            finally:  # a story that failed leaves nothing to the next
                for connection in self._open.values():
                    await connection.reset()
            return judge(stage.writes, stage.reads, DELTA_S)

        clock = Clock()
        with clock.rules(), patched or nullcontext():
            return self._runner.run(go())

    @staticmethod
    async def _twin_of(writer: asyncpg.Connection) -> str:
        return str(await writer.fetchval("SELECT quote_ident(current_database() || '_twin')"))

    async def _leave(self) -> None:
        if TWIN in self._open:
            self._open.pop(TWIN).terminate()
            writer = await self.connection("writer")
            await writer.execute(f"DROP DATABASE {await self._twin_of(writer)} WITH (FORCE)")
        for connection in self._open.values():
            connection.terminate()

    async def _furnish(self) -> None:
        connection = await self.connection("writer")
        await connection.execute(SETUP)
        await carry_out(connection, await plan_install(connection, [Watch.parse(one) for one in WATCHES]))


class Stage:
    """`writes` and `reads` are the history; a write's versions are above all before it."""

    def __init__(self, house: House, clock: Clock) -> None:
        self.connection, self.twin = house.connection, house.twin
        self.cache = Cache("stage", staleness_s=DELTA_S, jitter=0)
        self.writes = [Write(key, version, 0.0, 0.0, absent=absent) for key, version, absent in seeded()]
        self.reads: list[Read] = []
        self._clock = clock
        self._polling: Held | None = None
        self._poller = Poller(self._polls_by, [Tier1Sink(self.cache._desk.tier1)])
        self._source = Source("", Slow(), Random())
        self._versions = count(SEED_VERSION + 1)
        self._asked: dict[Asked, None] = {}

    async def begin(self) -> None:
        writer = await self.connection("writer")
        await writer.execute("TRUNCATE plimsoll_changes.changelog")  # so that its rows lie in the order of their writes
        for table in ("items", "crowd"):
            await writer.execute(f"UPDATE {table} SET version = $1 WHERE version <> $1", SEED_VERSION)
        self._polling = Held(await self.connection("poller"))
        await self.poll()

    async def end(self) -> None:
        """Twice, so that the second shows whether the cache is of any use."""
        await self.poll()
        self.passes(DELTA_S + 0.001)
        await self.poll()
        for asked in (*self._asked, *self._asked):
            await self.read(asked)

    # -- what a story is made of

    def passes(self, seconds: float) -> None:
        """Time."""
        self._clock.now_s += seconds

    async def poll(self, meanwhile: Meanwhile | None = None) -> None:
        """`meanwhile` happens when the server has answered, and the answer is not here yet."""
        assert self._polling is not None
        self._polling.meanwhile = meanwhile
        await self._poller.poll()

    async def write(self, item: int) -> Done:
        """One row in a transaction, whose commit is acknowledged now."""
        async with self.writing(item, by="writer") as done:
            return done

    async def write_beside(self, item: int, other: int) -> None:
        """As `write`, in a statement that counts in another row, too."""
        connection = await self.connection("writer")
        counting = f"WITH counted AS (UPDATE items SET hits = hits + 1 WHERE id = {other})"
        self.committed(await self.change(connection, item, counting))

    @asynccontextmanager
    async def writing(self, *items: int, by: str = "other") -> AsyncIterator[Done]:
        """A transaction that has changed these rows; it commits when the block ends."""
        connection = await self.connection(by)
        planned: list[tuple[str, int, bool]] = []
        async with connection.transaction():
            for item in items:
                planned += await self.change(connection, item)
            xid = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
            yield Done(xid, (), planned)
        self.committed(planned)

    async def change(self, connection: asyncpg.Connection, item: int, beside: str = "") -> Planned:
        """Within a transaction of the story's own, which tells `committed` of it."""
        version = next(self._versions)
        await connection.execute(f"{beside} UPDATE items SET version = $2 WHERE id = $1", item, version)
        home, other = homes(item)
        return [
            (f"item:{item}", version, False),
            (listed(home, item), version, False),
            (listed(other, item), version, True),
        ]

    def committed(self, planned: Planned) -> None:
        """The transaction was acknowledged now."""
        now_s = self._clock()
        self.writes += [Write(key, version, now_s, now_s, absent=absent) for key, version, absent in planned]

    async def write_crowd(self) -> None:
        """More rows in one statement than get tags of their own."""
        version = next(self._versions)
        await (await self.connection("writer")).execute("UPDATE crowd SET version = $1", version)
        self.committed([(f"crowd:{number}", version, False) for number in range(CROWD)])

    async def trim(self) -> None:
        """The changelog keeps nothing that is committed now."""
        writer = await self.connection("writer")
        retain = await writer.fetchval("SELECT retain FROM plimsoll_changes.state")
        await writer.execute("UPDATE plimsoll_changes.state SET retain = '-1 s'")
        for _ in range(2):  # the first notes up to where, the second deletes that
            await writer.execute("SELECT plimsoll_changes.tend()")
        await writer.execute("UPDATE plimsoll_changes.state SET retain = $1", retain)

    async def read(
        self, asked: Asked, meanwhile: Meanwhile | None = None, *, after: Done | None = None, **more: Any
    ) -> None:
        """Through the cache. If it fills, `meanwhile` happens when the data is read, and is not given to it yet."""
        self._asked[asked] = None
        began_s, by = self._clock(), [TIER_1]
        known = {key: version for key, version, _ in after.planned} if after else {}
        with nullcontext() if after is None else self.cache.after(Token(after.xid)):
            rows = await self._fetched(asked, by, await self.connection("fill"), meanwhile, **more)
        for read in reads_of(asked, rows, began_s, self._clock(), by[-1], "stage"):
            self.reads.append(read._replace(at_least=known.get(read.key, 0)))

    async def fill_by(self, connection: asyncpg.Connection, asked: Asked) -> None:
        """A read by a transaction that sees other than what is committed: nobody's business, if it is not kept."""
        self._asked[asked] = None
        await self._fetched(asked, [], connection)

    async def refreshed(self) -> None:
        """What is filled in the background has ended."""
        await asyncio.gather(*self.cache._desk.refreshing)

    # -- how it is asked

    async def _polls_by(self) -> Any:
        return self._polling

    async def _fetched(
        self,
        asked: Asked,
        by: list[str],
        connection: asyncpg.Connection,
        meanwhile: Meanwhile | None = None,
        **more: Any,
    ) -> Rows:
        async def fill(filling: Filling) -> Rows:
            by.append(DATABASE)
            held = Held(connection, meanwhile)
            await filling.on(held)
            if asked.kind == "copy":
                return await self._fetched(Asked("item", asked.number), [], connection)
            return await self._source.answer(held, asked)

        tags = [] if asked.kind == "copy" else [asked.tag]
        rows: Rows = await self.cache.fetch(asked.key, fill, tags=tags, wait_s=NEVER_S, **more)
        return rows
