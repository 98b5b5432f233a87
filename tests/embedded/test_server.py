"""A server of ours, as its user meets it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import PostgresServer, find_binaries, start_postgres
from plimsoll.embedded.server import ASIDE


def fetch(dsn: str, query: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_connections", "300"),
        ("track_io_timing", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
    ],
)
def test_it_is_set_up_for_measuring(each_postgres_server: PostgresServer, setting: str, value: str) -> None:
    assert each_postgres_server.sql(f"SHOW {setting}") == value


def test_it_preloads_what_its_programs_bring(each_postgres_server: PostgresServer) -> None:
    brought = [
        name for name in ("pg_stat_statements", "auto_explain") if each_postgres_server.binaries.has_library(name)
    ]

    assert each_postgres_server.sql("SHOW shared_preload_libraries") == ",".join(brought)


async def standing_of_a_session(server: PostgresServer) -> tuple[int, int]:
    """Its niceness, and on how many cores it may run."""
    connection = await asyncpg.connect(server.dsn)
    try:
        process = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        return int(process.nice()), len(process.cpu_affinity()) if psutil.LINUX else 1
    finally:
        await connection.close()


def test_its_sessions_get_cores_after_others_once_it_stepped_aside() -> None:
    with start_postgres() as server:
        nice, cores = asyncio.run(standing_of_a_session(server))
        assert nice == psutil.Process().nice()
        server.step_aside()
        assert asyncio.run(standing_of_a_session(server)) == (ASIDE, max(1, cores - 1))


def test_it_says_its_version(each_postgres_server: PostgresServer) -> None:
    assert each_postgres_server.sql("SHOW server_version").split()[0] == each_postgres_server.version


def test_statements_are_watched_in_every_new_database(postgres_server: PostgresServer, database: str) -> None:
    assert postgres_server.sql("SELECT count(*) > 0 FROM pg_stat_statements") == "t"
    assert fetch(database, "SELECT count(*) > 0 FROM pg_stat_statements") is True


def test_auto_explain_is_quiet(postgres_server: PostgresServer) -> None:
    assert postgres_server.sql("SHOW auto_explain.log_min_duration") == "-1"


def test_it_answers_over_tcp_and_over_its_socket(each_postgres_server: PostgresServer) -> None:
    assert fetch(each_postgres_server.dsn, "SELECT 42") == 42
    assert fetch(each_postgres_server.socket_dsn, "SELECT inet_client_addr() IS NULL") is True


@pytest.mark.parametrize("address", ["dsn", "socket_dsn"])
def test_nobody_comes_in_without_the_password(postgres_server: PostgresServer, address: str) -> None:
    dsn = getattr(postgres_server, address)
    password = dsn.split(":")[2].split("@")[0]

    with pytest.raises(asyncpg.InvalidPasswordError):
        fetch(dsn.replace(password, "guessed"), "SELECT 1")


def test_the_password_is_masked_where_eyes_may_fall(postgres_server: PostgresServer) -> None:
    password = postgres_server.dsn.split(":")[2].split("@")[0]

    assert password not in repr(postgres_server)
    assert f":****@127.0.0.1:{postgres_server.port}" in repr(postgres_server)
    with pytest.raises(ServiceError) as caught:
        postgres_server.sql("SELECT nonsense")
    assert password not in str(caught.value)
    assert "nonsense" in str(caught.value)


def test_it_listens_on_loopback_alone(postgres_server: PostgresServer) -> None:
    listening = [
        c.laddr.ip for c in psutil.Process(postgres_server.pid).net_connections("inet") if c.status == "LISTEN"
    ]

    assert listening == ["127.0.0.1"]


def test_socket_and_data_are_closed_to_others(postgres_server: PostgresServer) -> None:
    assert postgres_server.socket_dir.stat().st_mode & 0o077 == 0
    assert postgres_server.data_dir.stat().st_mode & 0o077 == 0


def test_it_does_not_run_as_root(postgres_server: PostgresServer) -> None:
    assert psutil.Process(postgres_server.pid).uids().effective != 0


@pytest.mark.parametrize("name", ["plain", "with space", 'quote"d', "MiXed", "ünïcode", "a/b?c=d"])
def test_a_database_of_any_name_can_be_made_reached_and_dropped(postgres_server: PostgresServer, name: str) -> None:
    dsn = postgres_server.create_database(name)

    assert fetch(dsn, "SELECT current_database()") == name
    postgres_server.drop_database(name)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        fetch(dsn, "SELECT 1")


def test_a_database_that_is_there_already_is_refused(postgres_server: PostgresServer) -> None:
    with pytest.raises(ServiceError, match="already exists"):
        postgres_server.create_database("postgres")


def test_two_servers_run_at_once_and_leave_nothing(postgres_server: PostgresServer) -> None:
    with start_postgres(settings={"max_connections": "20", "shared_buffers": "16MB"}) as other:
        assert other.port != postgres_server.port
        assert other.sql("SHOW max_connections") == "20"
        assert other.sql("SHOW fsync") == "on"
        assert postgres_server.sql("SHOW max_connections") == "300"

    assert not psutil.pid_exists(other.pid)
    assert not other.data_dir.parent.exists()
    assert not other.socket_dir.parent.exists()
    other.stop()  # a second time does nothing
    assert postgres_server.sql("SELECT 1") == "1"


def test_a_setting_that_the_server_refuses_ends_in_its_own_words() -> None:
    with pytest.raises(ServiceError, match=r'unrecognized configuration parameter "no_such_thing"'):
        start_postgres(settings={"no_such_thing": "1"})


def test_importing_it_is_light() -> None:
    heavy = ("asyncpg", "numpy", "psutil", "pydantic")
    code = f"import sys, plimsoll.embedded; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_environment_of_the_user_does_not_reach_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGPORT": "1",
        "PGHOST": "nowhere",
        "PGDATA": "/nowhere",
        "LC_ALL": "xx_XX",
        "PGTZ": "no",
    }.items():
        monkeypatch.setenv(name, value)

    with start_postgres() as server:
        assert server.sql("SELECT 1") == "1"


def test_the_wheel_is_the_first_choice() -> None:
    assert find_binaries().major == 18
    assert os.access(find_binaries().program("pgbench"), os.X_OK)
