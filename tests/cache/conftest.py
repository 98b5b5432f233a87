"""A database whose table `orders` is watched, for caches that follow it."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database


async def furnished(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE orders (id int PRIMARY KEY, note text)")
        await carry_out(connection, await plan_install(connection, [Watch.parse("orders=order:{id}")]))
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def shop(postgres_server: PostgresServer) -> Iterator[str]:
    """Its DSN; the tests of a module share it, and each has rows of its own."""
    with fresh_database(postgres_server) as name:
        dsn = postgres_server.dsn_of(name)
        asyncio.run(furnished(dsn))
        yield dsn
