"""A pool's sessions: shared in order of asking, never lost, their waiting measured."""

import asyncio
from random import Random

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.load.language.user import User
from plimsoll.load.sql.session import STATEMENTS_MAX, ConnectionCounts, SessionPool, SqlSession
from plimsoll.postgres.session import SessionTraits
from plimsoll.testing.virtual_time import run_virtual
from tests.load.real import admin, run, stage, until_running


async def _none() -> asyncpg.Connection:
    raise AssertionError("nobody connects here")


def some(count: int) -> list[SqlSession]:
    return [SqlSession(_none, SessionTraits(), ConnectionCounts(), Random(n)) for n in range(count)]


def test_those_who_wait_are_served_in_the_order_of_asking() -> None:
    async def work() -> list[int]:
        pool, served = SessionPool(some(1)), []

        async def use(number: int) -> None:
            session = await pool.acquire()
            served.append(number)
            await asyncio.sleep(1)
            pool.release(session)

        await asyncio.gather(*(use(number) for number in range(5)))
        return served

    assert run_virtual(work()) == [0, 1, 2, 3, 4]


@given(st.integers(1, 3), st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(1, 8)), max_size=25))
def test_whoever_gives_up_waiting_takes_no_session_with_him(size: int, users: list[tuple[int, int, int]]) -> None:
    async def work() -> None:
        sessions = some(size)
        pool = SessionPool(sessions)
        using: set[SqlSession] = set()

        async def use(begin: int, hold: int, patience: int) -> None:
            await asyncio.sleep(begin)
            session = await pool.acquire()
            assert session not in using
            using.add(session)
            try:
                await asyncio.sleep(hold)
            finally:
                using.remove(session)
                pool.release(session)

        tasks = [asyncio.create_task(use(*user)) for user in users]

        async def give_up(task: asyncio.Task[None], begin: int, patience: int) -> None:
            await asyncio.sleep(begin + patience)
            task.cancel()

        stops = [give_up(task, begin, patience) for task, (begin, _, patience) in zip(tasks, users, strict=True)]
        await asyncio.gather(*stops)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [error for error in done if error is not None and not isinstance(error, asyncio.CancelledError)]
        again = [await pool.acquire() for _ in sessions]
        assert set(again) == set(sessions)

    run_virtual(work())


def test_cancelled_in_the_moment_of_being_served_gives_the_session_back() -> None:
    async def work() -> None:
        pool = SessionPool(some(1))
        held = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        pool.release(held)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pool.acquire() is held

    run_virtual(work())


def test_waiting_for_a_pool_is_wait_and_no_service(database: str) -> None:
    async def work() -> None:
        async with stage(database, 3, pool=1) as made:

            async def sleep(user: User) -> None:
                await user.sql("sleep", "SELECT pg_sleep(0.1)")

            await asyncio.gather(*(made.travel(sleep, user) for user in made.users))
            fold = await made.fold()
            step = fold.steps["j", "sleep"]
            assert (step.count, step.errors, made.counts.opened) == (3, 0, 1)
            waited, served = fold.wait.value(), step.service.value()
            assert (waited.max_us or 0) >= 200_000, "the third waited for two others"
            assert served.sum_us < 200_000 + waited.sum_us
            assert (step.latency.value().max_us or 0) >= 300_000

    run(work())


def test_failures_and_deadlines_leak_no_session_of_a_pool(database: str) -> None:
    async def work() -> None:
        async with stage(database, 4, pool=2, statement_s=0.2) as made:

            async def fail(user: User) -> None:
                queries = ["SELECT 1/0", "SELECT pg_sleep(30)", "BEGIN", "SELECT 1"]
                await user.sql("fail", queries[user.number])

            for _ in range(3):
                await asyncio.gather(*(made.travel(fail, user) for user in made.users))

            async def look(user: User) -> None:
                await user.sql("look", "SELECT 1")

            await made.fold()
            await asyncio.gather(*(made.travel(look, user) for user in made.users))
            step = await made.step("look")
            assert (step.count, step.errors) == (4, 0)

    run(work())


def test_a_user_that_is_stopped_while_it_waits_for_the_pool_leaves_the_others_their_turn(database: str) -> None:
    async def work() -> None:
        async with stage(database, 3, pool=1) as made, admin(database) as other:

            async def sleep(user: User) -> None:
                await user.sql("sleep", "SELECT pg_sleep(0.3) /* holds the pool */")

            tasks = [asyncio.create_task(made.travel(sleep, user)) for user in made.users]
            await until_running(other, "holds the pool", True)
            second = made.users[1].task
            assert second is not None
            second.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            step = await made.step("sleep")
            assert (step.count, step.errors) == (2, 0)

    run(work())


def test_prepared_statements_on_a_connection_are_bounded(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def many(user: User) -> None:
                for number in range(STATEMENTS_MAX + 50):
                    await user.sql("many", f"SELECT {number}")
                kept = await user.sql("count", "SELECT count(*) FROM pg_prepared_statements")
                assert kept[0][0] <= STATEMENTS_MAX + 5

            await made.travel(many)
            assert (await made.fold()).journeys["j"].errors == 0

    run(work())


def test_without_prepared_statements_none_are_left_on_the_server(database: str) -> None:
    async def work() -> None:
        async with stage(database, traits=SessionTraits(prepared=False, pooled=True)) as made:

            async def look(user: User) -> None:
                for number in range(5):
                    assert (await user.sql("look", "SELECT $1::int", number))[0][0] == number
                kept = await user.sql("count", "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
                assert kept[0][0] == 0

            await made.travel(look)
            assert (await made.fold()).journeys["j"].errors == 0

    run(work())
