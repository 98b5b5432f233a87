"""The fault proxy, between a client and a real PostgreSQL."""

import asyncio
import time
from collections.abc import Iterator

import asyncpg
import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing.proxy import FaultProxy
from tests.load.real import behind, proxied


@pytest.fixture
def proxy(database: str) -> Iterator[FaultProxy]:
    with proxied(database) as made:
        yield made


async def connected(database: str, proxy: FaultProxy) -> asyncpg.Connection:
    return await asyncpg.connect(behind(proxy, database), timeout=10)


def test_it_passes_everything_on(database: str, proxy: FaultProxy) -> None:
    async def ask() -> tuple[int, int]:
        connection = await connected(database, proxy)
        text = await connection.fetchval("SELECT repeat('x', 1000000)")
        open_now = proxy.connections
        await connection.close()
        return len(text), open_now

    assert asyncio.run(ask()) == (1_000_000, 1)
    assert proxy.accepted == 1


def test_a_delay_is_added_in_each_direction(database: str, proxy: FaultProxy) -> None:
    async def ask() -> float:
        connection = await connected(database, proxy)
        proxy.delay(0.05)
        before = time.monotonic()
        await connection.fetchval("SELECT 1")
        took = time.monotonic() - before
        proxy.delay(0)
        await connection.close()
        return took

    assert asyncio.run(ask()) >= 0.1


def test_a_stall_holds_back_and_flow_delivers(database: str, proxy: FaultProxy) -> None:
    async def ask() -> tuple[bool, int]:
        connection = await connected(database, proxy)
        proxy.stall()
        asked = asyncio.create_task(connection.fetchval("SELECT 7"))
        done, _ = await asyncio.wait({asked}, timeout=0.1)
        proxy.flow()
        answer = await asked
        await connection.close()
        return bool(done), answer

    assert asyncio.run(ask()) == (False, 7)


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_connections_are_closed_or_broken_off(database: str, proxy: FaultProxy, how: str) -> None:
    async def ask() -> int:
        connection = await connected(database, proxy)
        ended = int(getattr(proxy, how)())
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.fetchval("SELECT 1")
        return ended

    assert asyncio.run(ask()) == 1


def test_refusing_lets_nobody_in_until_it_ends(database: str, proxy: FaultProxy) -> None:
    async def ask() -> int:
        proxy.refuse()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connected(database, proxy)
        proxy.refuse(False)
        connection = await connected(database, proxy)
        answer = await connection.fetchval("SELECT 1")
        await connection.close()
        return int(answer)

    assert asyncio.run(ask()) == 1


def test_a_limited_bandwidth_takes_its_time(database: str, proxy: FaultProxy) -> None:
    async def ask() -> float:
        connection = await connected(database, proxy)
        proxy.limit(1_000_000)
        before = time.monotonic()
        await connection.fetchval("SELECT repeat('x', 200000)")
        took = time.monotonic() - before
        proxy.limit(None)
        await connection.close()
        return took

    assert asyncio.run(ask()) >= 0.2


def test_new_connections_go_where_it_leads(database: str, postgres_server: PostgresServer) -> None:
    async def ask(proxy: FaultProxy) -> object:
        connection = await connected(database, proxy)
        value = await connection.fetchval("SELECT 7")
        await connection.close()
        return value

    with FaultProxy(("127.0.0.1", 9)) as proxy:  # nobody is there
        proxy.lead(("127.0.0.1", postgres_server.port))
        assert asyncio.run(ask(proxy)) == 7
