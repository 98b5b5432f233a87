"""Sessions that do to a database what careless ones do: hold locks, stay in a transaction, take connections away."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg

from plimsoll.testing.faults.backstage import backstage

HOARDED_MAX = 1_000
CLOSE_S = 2.0
_LOOK_S = 0.05
_FREE = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0) - count(*)::int
FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender')"""
_THEIRS = "usename = $1 AND application_name <> $2 AND backend_type = 'client backend'"
_LEFT_TO = f"SELECT ({_FREE}) + (SELECT count(*)::int FROM pg_stat_activity WHERE {_THEIRS})"
_END_ONE = f"""
SELECT pg_terminate_backend(pid, 1000) FROM (SELECT pid FROM pg_stat_activity WHERE {_THEIRS} LIMIT 1) AS one"""


@contextmanager
def held_lock(
    dsn: str, statement: str, *, hold_s: float, pause_s: float = 0.0, name: str = "nightly job"
) -> Iterator[None]:
    """Again and again a transaction that makes `statement` (say, an UPDATE of a row) and keeps its locks `hold_s`."""
    with backstage() as stage:
        stage.begin(_hold_again(dsn, statement, hold_s, pause_s, name))
        yield


@contextmanager
def idle_transactions(
    dsn: str, statements: Sequence[str], count: int = 1, name: str = "report console"
) -> Iterator[None]:
    """Sessions that begin, make the statements and then do nothing, as a console that somebody forgot."""
    with backstage() as stage:
        sessions = [stage.do(_begun(dsn, statements, name)) for _ in range(count)]
        try:
            yield
        finally:
            for session in sessions:
                stage.do(_close(session))


@contextmanager
def hoarded_connections(dsn: str, leave: int, role: str, name: str = "old workers") -> Iterator[None]:
    """Takes connections until `role` can have `leave` and no more, also those that it has, as after a failover.

    `dsn` is a superuser's; the reserved connections stay free for others of these.
    """
    with backstage() as stage:
        stage.begin(_hoard(dsn, leave, role, name))
        yield


async def _hold_again(dsn: str, statement: str, hold_s: float, pause_s: float, name: str) -> None:
    session = await _connect(dsn, name)
    try:
        while True:
            async with session.transaction():
                await session.execute(statement)
                await asyncio.sleep(hold_s)
            await asyncio.sleep(pause_s)
    finally:
        await _close(session)


async def _begun(dsn: str, statements: Sequence[str], name: str) -> Any:
    session = await _connect(dsn, name)
    for statement in ("BEGIN", *statements):
        await session.execute(statement)
    return session


async def _hoard(dsn: str, leave: int, role: str, name: str) -> None:
    asking = await _connect(dsn, name)
    sessions = [asking]
    try:
        while True:
            excess = await asking.fetchval(_LEFT_TO, role, name) - leave
            for _ in range(min(excess, HOARDED_MAX - len(sessions))):
                sessions += await _taken(asking, dsn, role, name)
            await asyncio.sleep(_LOOK_S)
    finally:
        for session in sessions:
            await _close(session)


async def _taken(asking: Any, dsn: str, role: str, name: str) -> Sequence[Any]:
    """One more; where none is free, one of the role's is ended for it."""
    if await asking.fetchval(_FREE) < 1:
        await asking.fetchval(_END_ONE, role, name)
    try:
        return [await _connect(dsn, name)]
    except asyncpg.TooManyConnectionsError:
        return []  # somebody was quicker


async def _connect(dsn: str, name: str) -> Any:
    return await asyncpg.connect(dsn, server_settings={"application_name": name})


async def _close(session: Any) -> None:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        await session.close(timeout=CLOSE_S)
