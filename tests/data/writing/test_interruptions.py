"""A fill that is cancelled, or loses its connection, leaves nothing."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.data.writing.fill import Filled, FillPlan
from plimsoll.data.writing.filling import fill
from tests.data.made_fills import MadeFill, Seen, given, ids, rows_of, run_sql, table

WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)"


class Stopping(Seen):
    """Does something when the second batch has been sent."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    def rows(self, table: str, done: int) -> None:
        super().rows(table, done)
        if len(self.done) == 2:
            self.act()


@pytest.mark.parametrize("row_security", [False, True])
def test_a_cancelled_fill_leaves_nothing_and_the_connection_usable(database: str, row_security: bool) -> None:
    run_sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection = await asyncpg.connect(database)
        task: asyncio.Task[Filled] | None = None
        watch = Stopping(lambda: task and task.cancel())
        made = MadeFill(table("t", "id", row_security=row_security), 1_000_000, {"id": ids})
        task = asyncio.create_task(fill(connection, FillPlan((made,)), watch=watch))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert watch.done[-1][1] < 1_000_000
        assert await connection.fetchval("SELECT count(*) FROM t") == 0
        async with connection.transaction():
            await connection.execute("INSERT INTO t VALUES (1)")
        await connection.close()

    asyncio.run(run())


def test_a_lost_connection_leaves_nothing_and_is_told(each_database: str) -> None:
    run_sql(each_database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection = await asyncpg.connect(each_database)
        ending = f"SELECT pg_terminate_backend({connection.get_server_pid()}, 5000)"
        with ThreadPoolExecutor() as elsewhere:
            watch = Stopping(lambda: elsewhere.submit(run_sql, each_database, ending).result())
            made = MadeFill(table("t", "id"), 1_000_000, {"id": ids})
            with pytest.raises(RefusedError, match=r"connection to the server was lost|57P01"):
                await fill(connection, FillPlan((made,)), watch=watch)
        assert watch.done[-1][1] < 1_000_000

    asyncio.run(run())
    assert rows_of(each_database, "SELECT count(*) FROM t") == [0]


def test_a_connection_lost_while_the_server_waits_is_told_too(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int, word text)")

    async def run() -> None:
        connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
        made = MadeFill(table("t", "id", "word"), 40_000, {"id": ids, "word": given("x" * 1_000)})
        async with other.transaction():
            await other.execute("LOCK TABLE t")
            task = asyncio.create_task(fill(connection, FillPlan((made,)), watch=Seen()))
            while not await other.fetchval(WAITING, connection.get_server_pid()):
                assert not task.done()
            await other.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())
            with pytest.raises(RefusedError, match=r"connection to the server was lost|57P01"):
                await task
        await other.close()

    asyncio.run(run())


def test_a_fill_that_somebody_cancels_on_the_server_is_told(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
        async with other.transaction():
            await other.execute("LOCK TABLE t")
            task = asyncio.create_task(
                fill(connection, FillPlan((MadeFill(table("t", "id"), 5, {"id": ids}),)), watch=Seen())
            )
            while not await other.fetchval(WAITING, connection.get_server_pid()):
                assert not task.done()
            await other.execute("SELECT pg_cancel_backend($1)", connection.get_server_pid())
            with pytest.raises(RefusedError, match="57014"):
                await task
        assert not connection.is_in_transaction()
        await other.close()
        await connection.close()

    asyncio.run(run())
