"""Connections of the platform: as a role that policies bind, and given up where the database is silent."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from fluentscribe.cli.failures import REFUSED, as_command_error
from fluentscribe.database import pool as pools
from fluentscribe.database.dsn import as_role
from fluentscribe.database.migrating import APP, WORKER, make_roles
from fluentscribe.database.pool import Unanswered, acting, close_pool, open_pool
from fluentscribe.database.roles import WrongRole, check_role_of, judge

PASSWORD = "of tests"
ENOUGH_S = 15.0  # far less than without a bound, which is for ever


@pytest.mark.parametrize(
    ("wanted", "passes", "works", "why"),
    [
        (APP, True, True, "row-level security"),
        (WORKER, True, True, "row-level security"),
        (WORKER, False, False, "jobs"),
    ],
)
def test_a_role_is_refused_with_the_one_to_use(wanted: str, passes: bool, works: bool, why: str) -> None:
    with pytest.raises(WrongRole, match=why) as refused:
        judge("somebody", wanted, passes=passes, works=works)
    told = as_command_error(refused.value)
    assert told is not None
    assert (told.code, told.remedy) == (REFUSED, f"connect as {wanted}")


def test_roles_are_told_by_their_rights_on_each_new_connection(database: str) -> None:
    async def run() -> None:
        await make_roles(database, PASSWORD)
        await check_role_of(as_role(database, APP, PASSWORD))
        await check_role_of("postgresql://nobody@127.0.0.1:1/none")  # served later, perhaps
        with pytest.raises(WrongRole, match=APP):
            await check_role_of(database)
        for role, wanted in ((WORKER, APP), (WORKER, WORKER)):
            await used(as_role(database, role, PASSWORD), wanted)
        for dsn, wanted in ((database, APP), (database, WORKER), (as_role(database, APP, PASSWORD), WORKER)):
            with pytest.raises(WrongRole, match=wanted):
                await used(dsn, wanted)

    asyncio.run(run())


def test_one_plan_for_any_values_is_asked_for_a_transaction_alone(database: str) -> None:
    async def run() -> None:
        await make_roles(database, PASSWORD)
        pool = await open_pool(as_role(database, APP, PASSWORD), 1, 5.0, APP, leaves=True)
        try:
            for one_plan, mode in ((True, "force_generic_plan"), (False, "auto")):
                async with acting(pool, None, None, 5.0, one_plan=one_plan) as db:
                    assert await db.fetchval("SHOW plan_cache_mode") == mode
        finally:
            await close_pool(pool)

    asyncio.run(run())


async def used(dsn: str, wanted: str) -> None:
    pool = await open_pool(dsn, 1, 5.0, wanted)
    try:
        async with acting(pool, None, None, 5.0):
            pass
    finally:
        await close_pool(pool)


def test_a_silent_database_is_given_up_and_the_next_one_gets_a_new_connection(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MARGIN_S", 0.2)

    async def run() -> None:
        await make_roles(database, PASSWORD)
        pool = await open_pool(as_role(database, APP, PASSWORD), 1, 0.2, APP)
        for silenced in (before_it_begins, in_the_middle, within_a_part):
            async with acting(pool, None, None, 5.0) as db:
                backend = await db.fetchval("SELECT pg_backend_pid()")
            with silent(backend) as silence, pytest.raises((Unanswered, asyncpg.InterfaceError)):
                async with asyncio.timeout(ENOUGH_S):
                    await silenced(pool, silence)
        async with acting(pool, None, None, 5.0) as db:
            assert await db.fetchval("SELECT pg_backend_pid()") != backend
        await close_pool(pool)

    asyncio.run(run())


async def before_it_begins(pool: Any, silence: Callable[[], None]) -> None:
    silence()
    async with acting(pool, None, None, 0.3):
        raise AssertionError("nobody said that it had begun")


async def in_the_middle(pool: Any, silence: Callable[[], None]) -> None:
    async with acting(pool, None, None, 5.0) as db:
        silence()
        await db.execute("SELECT 1")


async def within_a_part(pool: Any, silence: Callable[[], None]) -> None:
    async with acting(pool, None, None, 5.0) as db, db.transaction(), pools.answered(db):
        silence()
        await db.execute("SELECT 1")


@contextmanager
def silent(process: int) -> Iterator[Callable[[], None]]:
    """Stops a server's process when called, until the end of the context."""
    try:
        yield lambda: os.kill(process, signal.SIGSTOP)
    finally:
        os.kill(process, signal.SIGCONT)
