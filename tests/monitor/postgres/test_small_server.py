"""A server of few connections, with prepared transactions, that is full and is started anew."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from plimsoll.core.observation import Observation
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.postgres.database_work import DatabaseWorkCollector
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.sessions.collector import SessionsCollector
from plimsoll.testing.postgres import THROWAWAY
from tests.monitor.postgres.servers import AT_ONCE, at_work, figures, link_to, run, sessions, target, until_waiting

USABLE = 5
SMALL = {
    "max_connections": str(USABLE + 3),
    "superuser_reserved_connections": "3",
    "max_prepared_transactions": "2",
    "max_wal_senders": "0",
    "max_worker_processes": "2",
}


@pytest.fixture(scope="module")
def small_server(server_directory: Path) -> Iterator[PostgresServer]:
    with start_postgres(server_directory / "small", settings={**THROWAWAY, **SMALL}) as server:
        server.sql("CREATE ROLE app LOGIN PASSWORD 'app-1'", "GRANT pg_monitor TO app")
        yield server


def test_a_full_server_is_seen_over_a_connection_that_is_open_and_told_where_none_is(
    small_server: PostgresServer,
) -> None:
    dsn = f"postgresql://app:app-1@127.0.0.1:{small_server.port}/postgres"

    async def go() -> tuple[Observation, CollectorLostError, Observation]:
        early, late = (SessionsCollector(link_to(dsn), 10.0) for _ in range(2))
        await early.collect()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(sessions(dsn, USABLE - 1))
            full = await early.collect()
            with pytest.raises(CollectorLostError) as lost:
                await late.collect()
        await early.close()
        async with sessions(small_server.dsn, 1) as (one,):
            await one.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'")
        found = await late.collect()
        await late.close()
        return full, lost.value, found

    full, lost, found = run(go())
    assert figures(full)["database_connections_limit"] == USABLE
    assert figures(full)["database_connections_used_percent"] == 100
    assert str(lost).startswith("the server has no connection left: ")
    assert lost.observation is not None
    assert figures(lost.observation) == {"database_up": 0.0, "database_connections_used_percent": 100.0}
    assert figures(found)["database_up"] == 1


def test_a_prepared_transaction_is_a_snapshot_that_is_held_and_named_where_it_blocks(
    small_server: PostgresServer,
) -> None:
    async def go() -> Observation:
        async with sessions(small_server.dsn, 3) as (one, waiter, looking):
            await one.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
            await one.execute("BEGIN; UPDATE t SET n = 2")
            await one.execute("PREPARE TRANSACTION 'order 5'")
            collector = SessionsCollector(link_to(small_server.dsn), 10.0)
            assert figures(await collector.collect())["database_oldest_snapshot_transactions"] >= 1
            async with at_work((waiter, "UPDATE t SET n = 3")):
                await looking.execute(until_waiting(1))
                seen = await collector.collect()
            await looking.execute("ROLLBACK PREPARED 'order 5'")
            await collector.close()
            return seen

    holder, waiter = run(go()).details["locks"]["rows"]
    assert (holder["application"], holder["depth"], holder["blocks"]) == ("prepared transaction 'order 5'", 0, 1)
    assert waiter["waits_for"] == holder["pid"] < 0
    assert waiter["lock"] == "ShareLock on prepared transaction 'order 5' (a row of public.t)"


def test_a_restart_is_an_event_and_gives_no_rate(small_server: PostgresServer) -> None:
    """The server's port is another one afterwards: a link asks for the address each time."""

    async def go() -> tuple[Observation, Observation, Observation]:
        servers = [small_server]
        link = DatabaseLink(lambda: target(servers[-1].dsn), patience_s=AT_ONCE)
        seen, work = SessionsCollector(link, 10.0), DatabaseWorkCollector(link, 10.0)
        await seen.collect()
        await work.collect()
        small_server.stop()
        with pytest.raises(CollectorLostError):
            await work.collect()
        with start_postgres(small_server.data_dir, settings={**THROWAWAY, **SMALL}) as again:
            servers.append(again)
            outcome = await seen.collect(), await work.collect(), await work.collect()
            await link.close()
            return outcome

    sessions_seen, after, later = run(go())
    assert [event.kind for event in sessions_seen.events] == ["restart"]
    assert (after.values, list(after.events)) == ({}, [])
    assert min(figures(later).values()) >= 0
