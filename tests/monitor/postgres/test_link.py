"""The connection over which a database is watched: bounded, read only, found again. On real servers and a pooler."""

import asyncpg
import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.postgres.database_work import DatabaseWorkCollector
from plimsoll.monitor.postgres.link import APPLICATION_NAME
from plimsoll.monitor.postgres.sessions.collector import SessionsCollector
from plimsoll.testing.proxy import FaultProxy
from tests.monitor.postgres.servers import figures, link_to, run
from tests.postgres.conftest import Pooler


def test_it_knows_its_server_and_only_reads(each_database: str) -> None:
    async def go() -> None:
        link = link_to(each_database)
        server = await link.server()
        row = (await link.fetch("SELECT current_database() AS database, current_setting('application_name') name"))[0]
        assert (server.database, row["name"]) == (row["database"], APPLICATION_NAME)
        assert server.version // 10_000 in (15, 16, 18)
        assert server.sees_all
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await link.fetch("CREATE TABLE t (n int)")
        assert (await link.fetch("SELECT $1::int + 1 AS n", 41))[0]["n"] == 42
        assert link.spent_s > 0
        await link.close()

    run(go())


def test_a_question_that_takes_too_long_is_given_up_and_the_connection_kept(database: str) -> None:
    async def go() -> None:
        link = link_to(database)
        pid = (await link.server()).pid
        await link.fetch("SET statement_timeout = 20")
        with pytest.raises(asyncpg.QueryCanceledError):
            await link.fetch("SELECT pg_sleep(60)")
        with pytest.raises(CollectorLostError, match=r"did not answer within 2 s and was told to stop"):
            await link.ask("SELECT pg_sleep(60)")
        with pytest.raises(CollectorLostError, match="refused a question: division by zero"):
            await link.ask("SELECT 1/0")
        assert (await link.fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"] == pid
        await link.close()

    run(go())


def test_an_ended_session_is_told_and_found_again_but_not_before_its_time(database: str) -> None:
    async def go() -> None:
        link, patient = link_to(database), link_to(database, patience_s=(3600.0,))
        before = (await link.server()).pid
        for one in (link, patient):
            with pytest.raises(CollectorLostError, match="the server ended our session"):
                await one.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        assert (await link.server()).pid != before
        with pytest.raises(CollectorLostError, match="the server ended our session"):
            await patient.fetch("SELECT 1")
        await link.close()
        await patient.close()

    run(go())


def test_a_server_that_falls_silent_and_one_that_is_gone_are_lost(
    postgres_server: PostgresServer, database: str
) -> None:
    async def go() -> None:
        with FaultProxy(("127.0.0.1", postgres_server.port)) as proxy:
            link = link_to(database.replace(f":{postgres_server.port}/", f":{proxy.port}/"))
            await link.server()
            link.timeout_s = 0.1
            proxy.stall()
            with pytest.raises(CollectorLostError, match=r"the server did not answer within 0\.1 s"):
                await link.fetch("SELECT 1")
            proxy.flow()
            link.timeout_s = 2.0
            assert (await link.server()).sees_all
            proxy.reset()
            with pytest.raises(CollectorLostError, match="the connection to the server was lost"):
                await link.fetch("SELECT 1")
        with pytest.raises(CollectorLostError, match="no database server answers: nothing listens at"):
            await link.fetch("SELECT 1")
        await link.close()

    run(go())


def test_behind_a_pooler_nothing_is_left_and_everything_holds(pooler: Pooler) -> None:
    async def go() -> None:
        link = link_to(pooler.dsn())
        server = await link.server()
        assert (server.database, server.sees_all, server.role) == ("postgres", False, "app")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await link.fetch("CREATE TABLE t (n int)")
        link.timeout_s = 0.2
        with pytest.raises(asyncpg.QueryCanceledError):
            await link.fetch("SELECT pg_sleep(60)")
        link.timeout_s = 2.0
        assert (await link.fetch("SELECT $1::int + 1 AS n", 41))[0]["n"] == 42
        sessions, work = SessionsCollector(link, 10.0), DatabaseWorkCollector(link, 10.0)
        for _ in range(2):
            seen, worked = await sessions.collect(), await work.collect()
        assert figures(seen)["database_connections_limit"] > 0
        assert figures(worked)["database_commits_per_s"] >= 0
        other = await asyncpg.connect(pooler.dsn(), statement_cache_size=0)
        async with other.transaction():
            left = await other.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
            assert (left, await other.fetchval("SHOW statement_timeout")) == (0, "0")
            assert await other.fetchval("SHOW transaction_read_only") == "off"
        await other.close()
        await link.close()

    run(go())
