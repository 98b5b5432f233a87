"""A purger that runs: it comes back when connections are lost, and ends what it has begun when it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from plimsoll.edge.purge.purger import Purger
from tests.edge.purge.ground import Ground, Noting, on_ground

OURS = "datname = current_database() AND pid <> pg_backend_pid()"


@dataclass
class Waking(Noting):
    """Tells when it has been asked."""

    def __post_init__(self) -> None:
        self.asked = asyncio.Event()

        async def tell() -> None:
            self.asked.set()

        self.before = tell

    async def next(self) -> list[tuple[tuple[str, ...], bool]]:
        await self.asked.wait()
        self.asked.clear()
        return self.told()


@asynccontextmanager
async def running(purger: Purger) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(purger.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


def test_it_goes_on_when_its_connections_were_ended(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        local = Waking()
        async with running(there.purger(local, look_s=0.01)):
            for number in range(3):
                await there.db.execute(f"INSERT INTO orders VALUES ({number})")
                assert await local.next() == [((f"order:{number}", "table:public.orders"), False)]
                await there.db.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}")
        assert await there.rows() == []


def test_it_says_that_there_is_no_outbox_any_more_and_goes_on_when_there_is(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        local, missed = Waking(), asyncio.Event()
        purger = there.purger(local, look_s=0.01, say=lambda line: missed.set() if "edge install" in line else None)
        async with running(purger):
            await there.db.execute("ALTER SCHEMA plimsoll_edge RENAME TO away")
            await missed.wait()
            await there.db.execute("ALTER SCHEMA away RENAME TO plimsoll_edge; INSERT INTO orders VALUES (1)")
            assert await local.next() == [(("order:1", "table:public.orders"), False)]
        assert purger.counts.trouble == ""


def test_what_is_being_sent_is_settled_before_it_ends(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        local, going = Waking(), asyncio.Event()
        await there.asked("order:1")
        async with running(there.purger(local)) as stop:
            called = local.before
            assert called is not None

            async def wait() -> None:
                await called()
                await going.wait()

            local.before = wait
            await local.asked.wait()
            stop.set()
            await asyncio.sleep(0)
            assert await there.rows() == [("local", "order:1", False)]
            going.set()
        assert await there.rows() == []
