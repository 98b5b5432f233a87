"""What the tests of the PostgreSQL collectors share: links, sessions that do something, and who waits for what."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.postgres.dsn import Target, read_target

AT_ONCE: Final = (0.0,)  # the patience of a link that looks for its server without pause
_T = TypeVar("_T")

WAITING: Final = "(SELECT count(*) FROM pg_locks WHERE NOT granted) >= {count}"
SLEEPING: Final = "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid())"
ALONE: Final = """NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> 'plimsoll watch')"""
WATCHING: Final = {"application_name": "plimsoll watch"}  # whose doings are not the application's


def until(*conditions: str) -> str:
    """A statement that ends once the server finds all of them true, and with an error where it never does."""
    return f"""
    DO $$ BEGIN
        SET LOCAL statement_timeout = '30s';
        WHILE NOT ({" AND ".join(conditions)}) LOOP PERFORM pg_sleep(0.002); PERFORM pg_stat_clear_snapshot(); END LOOP;
    END $$
    """


def until_waiting(count: int) -> str:
    """Until so many sessions wait for locks."""
    return until(WAITING.format(count=count))


def target(dsn: str) -> Target:
    return read_target(dsn, {})


def link_to(dsn: str, **options: Any) -> DatabaseLink:
    return DatabaseLink(lambda: target(dsn), **({"patience_s": AT_ONCE} | options))


def run(work: Coroutine[Any, Any, _T]) -> _T:
    with asyncio.Runner() as runner:
        return runner.run(work)


@asynccontextmanager
async def sessions(dsn: str, count: int, **options: Any) -> AsyncIterator[list[asyncpg.Connection]]:
    """Connections of clients, all broken off at the end."""
    opened = [await asyncpg.connect(dsn, **options) for _ in range(count)]
    try:
        yield opened
    finally:
        for one in opened:
            one.terminate()


@asynccontextmanager
async def at_work(*statements: tuple[asyncpg.Connection, str]) -> AsyncIterator[None]:
    """Statements under way, whose outcome does not matter."""
    tasks = [asyncio.create_task(connection.execute(sql)) for connection, sql in statements]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def figures(seen: Observation) -> Mapping[str, float]:
    """By the series' text."""
    return {str(key): value for key, value in seen.values.items()}


def key(text: str) -> SeriesKey:
    return parse_series(text)
