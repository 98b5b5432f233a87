"""Connections of another database than the one that is followed, on the same server, where a snapshot looks alike."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling, QueryCache
from plimsoll.changes.database import ANOTHER
from plimsoll.changes.poller import Poller
from plimsoll.embedded import PostgresServer

NOTE = "SELECT note FROM orders WHERE id = 1"


@pytest.fixture(scope="module")
def tenant(shop: str, postgres_server: PostgresServer) -> Iterator[str]:
    """Another database, made of the first as a template: its changelog is a copy of that one's."""
    name = f"{shop.rpartition('/')[2].partition('?')[0]}_tenant"

    async def carry_out(statement: str) -> None:
        connection = await asyncpg.connect(postgres_server.dsn_of("postgres"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(carry_out(f'CREATE DATABASE "{name}" TEMPLATE "{name.removesuffix("_tenant")}"'))
    yield postgres_server.dsn_of(name)
    asyncio.run(carry_out(f'DROP DATABASE "{name}" WITH (FORCE)'))


def test_nothing_of_it_is_kept_and_its_writers_tokens_are_good_for_nothing_here(shop: str, tenant: str) -> None:
    async def go() -> None:
        async with asyncpg.create_pool(tenant, min_size=1, max_size=1) as pool:
            db = QueryCache(cache, pool, alike=True)

            async def fill(filling: Filling) -> object:
                async with pool.acquire() as connection:
                    await filling.on(connection)
                    return await connection.fetchval(NOTE)

            for _ in range(2):
                assert await db.fetchval(NOTE) is None
                assert await cache.fetch("note", fill, tags=["order:1"]) is None
            assert (await db.explain(NOTE)).refused == ANOTHER
            assert db.status().uncached == {ANOTHER: 2}
            assert (cache.status().entries, cache.status().refused[ANOTHER]) == (0, 2)

            async with pool.acquire() as connection, cache.writing(connection) as written:
                await connection.execute("INSERT INTO orders VALUES (1, 'new')")
            assert written.token is not None
            assert written.token.epoch not in ("", cache._desk.tier1.epoch)

    with Cache(staleness_s=60) as cache:
        cache.follow(shop, wait_s=30)
        asyncio.run(go())


def test_a_copy_of_a_database_has_an_epoch_of_its_own(shop: str, tenant: str) -> None:
    async def epoch(dsn: str) -> str:
        connection = await asyncpg.connect(dsn)

        async def connect() -> asyncpg.Connection:
            return connection

        poller = Poller(connect, [])
        await poller.poll()
        await poller.close()
        assert poller.state.position is not None
        return poller.state.position.epoch

    assert asyncio.run(epoch(shop)) != asyncio.run(epoch(tenant))
