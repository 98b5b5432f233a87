"""A pool's connections: given out in order of asking, never more than there are, and none lost."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.load.http.connection import HttpConnection
from plimsoll.load.http.pool import ConnectionPool
from plimsoll.testing.virtual_time import run_virtual
from tests.load.http.fed import Fed


async def taken(pool: ConnectionPool) -> HttpConnection:
    """A connection of the pool, opened where there was only the right to."""
    return await pool.acquire() or Fed().connection


def test_those_who_wait_are_served_in_the_order_of_asking() -> None:
    async def work() -> list[int]:
        pool, served = ConnectionPool(1), []

        async def use(number: int) -> None:
            connection = await taken(pool)
            served.append(number)
            await asyncio.sleep(1)
            pool.release(connection)

        await asyncio.gather(*(use(number) for number in range(5)))
        return served

    assert run_virtual(work()) == [0, 1, 2, 3, 4]


def test_a_connection_is_opened_only_where_none_is_idle_and_never_more_than_there_are() -> None:
    async def work() -> None:
        pool = ConnectionPool(2)
        assert (await pool.acquire(), await pool.acquire()) == (None, None)
        third = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        assert not third.done()
        kept = Fed().connection
        pool.release(kept)
        assert await third is kept
        pool.release(kept)
        assert await pool.acquire() is kept
        pool.release(None)
        assert await pool.acquire() is None, "what could not be opened may be tried again"

    run_virtual(work())


@pytest.mark.parametrize("when", ["idle", "given back"])
def test_a_connection_that_has_closed_is_the_right_to_open_another(when: str) -> None:
    async def work() -> None:
        pool = ConnectionPool(1)
        connection = await taken(pool)
        if when == "given back":
            connection.connection_lost(None)
        pool.release(connection)
        connection.connection_lost(None)
        assert await asyncio.wait_for(pool.acquire(), 1) is None

    run_virtual(work())


def test_cancelled_in_the_moment_of_being_served_gives_it_back() -> None:
    async def work() -> None:
        pool = ConnectionPool(1)
        held = await taken(pool)
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        pool.release(held)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pool.acquire() is held

    run_virtual(work())


def test_closing_a_pool_closes_what_is_idle() -> None:
    async def work() -> None:
        pool, fed = ConnectionPool(1), Fed()
        assert await pool.acquire() is None
        pool.release(fed.connection)
        pool.close()
        assert fed.socket.aborted

    run_virtual(work())


Uses = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(1, 8), st.booleans()), max_size=20)


@given(st.integers(1, 3), Uses)
def test_whoever_gives_up_or_loses_a_connection_takes_no_right_with_him(
    size: int, uses: list[tuple[int, int, int, bool]]
) -> None:
    async def work() -> None:
        pool = ConnectionPool(size)
        using: set[HttpConnection] = set()

        async def use(begin: int, hold: int, lost: bool) -> None:
            await asyncio.sleep(begin)
            connection = await taken(pool)
            assert connection not in using
            assert connection.transport is not None
            using.add(connection)
            assert len(using) <= size
            try:
                await asyncio.sleep(hold)
            finally:
                using.remove(connection)
                if lost:
                    connection.close()
                pool.release(connection)

        tasks = [asyncio.create_task(use(begin, hold, lost)) for begin, hold, _, lost in uses]

        async def give_up(task: asyncio.Task[None], at: int) -> None:
            await asyncio.sleep(at)
            task.cancel()

        await asyncio.gather(*(give_up(task, one[0] + one[2]) for task, one in zip(tasks, uses, strict=True)))
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [error for error in done if error is not None and not isinstance(error, asyncio.CancelledError)]
        again = [await asyncio.wait_for(taken(pool), 1) for _ in range(size)]
        assert len(set(again)) == size

    run_virtual(work())
