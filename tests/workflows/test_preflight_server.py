"""What the preflight finds of a server: broken for real, said with what to do."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import read_target
from plimsoll.workflows.checks.server import Clock, ServerLook
from plimsoll.workflows.looking import look_at_server
from tests.workflows.conftest import MAX_CONNECTIONS
from tests.workflows.preflighting import BOTH, READING, WRITING, Checks, as_role, checks, detail, failed

# -- the server --------------------------------------------------------------------------------------------------------


def test_each_server_says_its_version(tmp_path: Path, each_postgres_server: PostgresServer) -> None:
    found = checks(tmp_path, each_postgres_server.dsn, scenario=READING)
    assert detail(found, "version", "ok") == f"PostgreSQL {each_postgres_server.version}"
    assert failed(found) == []


def test_a_standby_takes_no_journeys_that_write(tmp_path: Path, standby: str) -> None:
    found = checks(tmp_path, standby, scenario=BOTH)
    assert failed(found) == ["writes"]
    assert "in recovery, read-only, and journeys are labelled writes: write" in found["writes"].detail
    assert failed(checks(tmp_path, standby, scenario=READING)) == []


def test_a_database_that_is_read_only_by_default_takes_none_either(tmp_path: Path, database: str) -> None:
    found = checks(tmp_path, f"{database}?options=-c%20default_transaction_read_only%3Don", scenario=WRITING)
    assert "default_transaction_read_only is on" in detail(found, "writes", "failed")


def test_too_few_connections_are_refused(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, bare_server.dsn, users=MAX_CONNECTIONS)
    assert failed(found) == ["connections"]
    assert f"too few connections: the run needs {MAX_CONNECTIONS}, there are" in found["connections"].detail
    assert "--connections N" in found["connections"].remedy
    pooled_in_us = checks(tmp_path, bare_server.dsn, users=MAX_CONNECTIONS, connections=2, connections_said=True)
    assert detail(pooled_in_us, "connections", "ok").startswith("2 needed")


def test_connections_of_others_count_whoever_looks(tmp_path: Path, bare_server: PostgresServer) -> None:
    dsn = as_role(bare_server, "counter")

    async def with_others(count: int) -> Checks:
        others = [await connect(read_target(bare_server.dsn, {})) for _ in range(count)]
        try:
            return await asyncio.to_thread(checks, tmp_path, dsn, users=12)
        finally:
            for other in others:
                await other.close()

    assert failed(asyncio.run(with_others(2))) == []
    found = asyncio.run(with_others(12))
    assert failed(found) == ["connections"]
    used = re.search(r"\((\d+) used", found["connections"].detail)
    assert used is not None
    assert int(used[1]) >= 12


@pytest.mark.parametrize(
    ("statement", "whose"),
    [
        ("ALTER ROLE limited CONNECTION LIMIT 3", "role limited's limit 3"),
        ("ALTER DATABASE small CONNECTION LIMIT 3", "database small's limit 3"),
    ],
)
def test_limits_of_role_and_database_count(
    tmp_path: Path, bare_server: PostgresServer, statement: str, whose: str
) -> None:
    dsn = as_role(bare_server, "limited").replace("/postgres", "/small")
    bare_server.create_database("small")
    bare_server.sql(statement)
    found = checks(tmp_path, dsn, users=4)
    bare_server.drop_database("small")
    assert failed(found) == ["connections"]
    assert whose in found["connections"].detail
    assert statement.rpartition(" ")[0].split()[1] in found["connections"].remedy


def test_what_an_ordinary_role_cannot_see_is_said(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, as_role(bare_server, "plain"))
    assert failed(found) == []
    assert "no member of pg_monitor" in detail(found, "monitoring", "warning")
    assert found["monitoring"].remedy.endswith('GRANT pg_monitor TO "plain"')
    member = checks(tmp_path, as_role(bare_server, "member", "IN ROLE pg_monitor"))
    assert member["monitoring"].status == "ok"


def test_statistics_of_statements_that_are_missing_are_told(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, bare_server.dsn)
    assert "installed, but not loaded" in detail(found, "statements", "warning")
    assert "CREATE EXTENSION" not in found["statements"].remedy
    bare_server.create_database("without")
    bare_server.sql("DROP EXTENSION pg_stat_statements", database="without")
    found = checks(tmp_path, bare_server.dsn_of("without"))
    bare_server.drop_database("without")
    assert "neither loaded nor installed" in detail(found, "statements", "warning")
    assert "shared_preload_libraries" in found["statements"].remedy
    assert "CREATE EXTENSION" in found["statements"].remedy


def test_statistics_that_are_loaded_only_want_the_extension(
    tmp_path: Path, postgres_server: PostgresServer, database: str
) -> None:
    postgres_server.sql("DROP EXTENSION pg_stat_statements", database=database.rpartition("/")[2])
    found = checks(tmp_path, database)
    assert "not installed in this database" in detail(found, "statements", "warning")
    assert found["statements"].remedy.endswith("CREATE EXTENSION pg_stat_statements")


def test_io_timing_that_is_off_is_told(tmp_path: Path, bare_server: PostgresServer) -> None:
    assert "track_io_timing is off" in detail(checks(tmp_path, bare_server.dsn), "io timing", "warning")


@pytest.mark.parametrize("ahead_s", [-90.0, 90.0])
def test_the_servers_clock_is_measured_against_ours(postgres_server: PostgresServer, ahead_s: float) -> None:
    async def look() -> ServerLook:
        connection = await connect(read_target(postgres_server.dsn, {}))
        try:
            return await look_at_server(connection, now=lambda: time.time() - ahead_s)
        finally:
            await connection.close()

    clock = asyncio.run(look()).clock
    assert isinstance(clock, Clock)
    assert clock.ahead_s == pytest.approx(ahead_s, abs=clock.error_s + 0.01)
