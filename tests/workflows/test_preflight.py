"""Every check before a run is broken for real here, and says what is wrong and what to do. On real servers."""

import asyncio
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.check import CheckResult
from plimsoll.core.profile import Profile, Stage
from plimsoll.embedded import PostgresServer
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import read_target
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.checks.server import Clock, ServerLook
from plimsoll.workflows.looking import look_at_server
from plimsoll.workflows.preflight import PreflightRequest, preflight
from tests.postgres.conftest import Pooler, free_port
from tests.workflows.conftest import MAX_CONNECTIONS

READING = """\
from plimsoll import journey

@journey
async def read(user):
    await user.sql("one", "SELECT 1")
"""
WRITING = """\
from plimsoll import journey

@journey(writes=True)
async def write(user):
    await user.sql("two", "SELECT 2")
"""
BOTH = READING + WRITING.removeprefix("from plimsoll import journey\n")

Checks = Mapping[str, CheckResult]


def closed(users: int) -> Profile:
    return Profile(f"{users} users", "constant-users", (Stage(users, 10.0),))


def checks(
    place: Path,
    dsn: str | None = None,
    *,
    toml: str = "",
    scenario: str | None = None,
    users: int = 1,
    environ: Mapping[str, str] | None = None,
    **wanted: Any,
) -> Checks:
    """What the preflight finds, by name; the settings file and the scenario are written to `place`."""
    settings = place / "plimsoll.toml"
    settings.write_text(toml)
    file = place / "shop.py" if scenario is not None else None
    if file is not None:
        file.write_text(scenario or "")
    request = PreflightRequest(
        environ or {},
        lambda _: closed(users),
        scenario=file,
        dsn=Secret(dsn) if dsn else None,
        **{"config": settings, "runs_root": place / "runs", **wanted},
    )
    results = asyncio.run(preflight(request))
    assert len({result.name for result in results}) == len(results)
    assert all(result.remedy for result in results if result.status in ("failed", "warning"))
    return {result.name: result for result in results}


def failed(found: Checks) -> list[str]:
    return [name for name, result in found.items() if result.status == "failed"]


def detail(found: Checks, name: str, status: str) -> str:
    """The words of a check that stands so."""
    assert found[name].status == status, found[name]
    return found[name].detail


def as_role(server: PostgresServer, name: str, options: str = "") -> str:
    """The DSN of an ordinary role, made anew."""
    server.sql(f"DROP ROLE IF EXISTS {name}", f"CREATE ROLE {name} LOGIN PASSWORD 'Zq7-role' {options}")
    return f"postgresql://{name}:Zq7-role@127.0.0.1:{server.port}/postgres"


# -- all is well -------------------------------------------------------------------------------------------------------


def test_a_server_that_has_everything_passes(tmp_path: Path, postgres_server: PostgresServer) -> None:
    found = checks(tmp_path, postgres_server.dsn, scenario=BOTH, users=8)
    noted = {name for name, result in found.items() if result.status != "ok"}
    assert noted <= {"cpu"}  # the machine may be busy with other tests
    assert detail(found, "connect", "ok").startswith(f"PostgreSQL {postgres_server.version}")
    assert detail(found, "scenario", "ok").endswith("shop.py: 2 journeys, 0 feeds")


def test_looking_leaves_nothing_behind(tmp_path: Path, postgres_server: PostgresServer) -> None:
    checks(tmp_path, postgres_server.dsn, scenario=READING)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plimsoll.toml", "shop.py"]


def test_without_a_database_a_throwaway_server_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = checks(tmp_path)
    assert failed(found) == []
    assert "a throwaway stands in" in detail(found, "environment", "ok")
    assert not (tmp_path / ".plimsoll").exists()


# -- the settings file -------------------------------------------------------------------------------------------------


def test_a_mistake_in_the_settings_file_is_placed_and_the_rest_left_out(tmp_path: Path) -> None:
    found = checks(tmp_path, toml="[environments.dev]\ndatabse = 'embedded'\n")
    assert failed(found) == ["settings"]
    assert "plimsoll.toml, line 2" in found["settings"].detail
    assert "database" in found["settings"].remedy
    assert detail(found, "connect", "skipped") == "the target is not known"
    assert found["disk"].status == "ok"


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    found = checks(tmp_path, config=tmp_path / "other.toml")
    assert "other.toml" in detail(found, "settings", "failed")


def test_an_unknown_environment_and_profile_are_named(tmp_path: Path) -> None:
    settings_text = "[environments.dev]\ndatabase = 'embedded'\n"
    (tmp_path / "plimsoll.toml").write_text(settings_text)

    def stress(settings: Settings) -> Profile:
        return settings.profile("stress")

    request = PreflightRequest({}, stress, config=tmp_path / "plimsoll.toml", environment="dve", runs_root=tmp_path)
    found = {result.name: result for result in asyncio.run(preflight(request))}
    assert failed(found) == ["profile", "environment"]
    assert found["environment"].remedy == "did you mean 'dev'?"


@pytest.mark.parametrize("environ", [{}, {"SHOP_DSN": ""}])
def test_an_unset_variable_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    found = checks(tmp_path, toml="[environments.dev]\ndatabase = 'env:SHOP_DSN'\n", environ=environ)
    assert "SHOP_DSN" in detail(found, "environment", "failed")
    assert "export SHOP_DSN=" in found["environment"].remedy


def test_a_placeholder_is_refused_in_the_file_and_on_the_command_line(tmp_path: Path) -> None:
    dsn = "postgresql://app:<password>@127.0.0.1/shop"
    for found in (checks(tmp_path, dsn), checks(tmp_path, toml=f"[environments.dev]\ndatabase = '{dsn}'\n")):
        assert "the password in the DSN is one" in detail(found, "environment", "failed")
        assert found["connect"].status == "skipped"


# -- protection and limits ---------------------------------------------------------------------------------------------


def protected(server: PostgresServer, more: str = "") -> str:
    return f"[environments.prod]\ndatabase = '{server.dsn}'\nprotected = true\n{more}"


def test_a_protected_database_is_not_even_connected_to(tmp_path: Path, postgres_server: PostgresServer) -> None:
    found = checks(tmp_path, postgres_server.dsn.replace("127.0.0.1", "localhost"), toml=protected(postgres_server))
    assert failed(found) == ["protection"]
    assert found["protection"].remedy.startswith("say --allow-protected prod")
    assert found["connect"].status == "skipped"


def test_an_allowed_protected_database_is_read_only(tmp_path: Path, postgres_server: PostgresServer) -> None:
    allowed: dict[str, Any] = {"toml": protected(postgres_server), "environment": "prod", "allow_protected": ("prod",)}
    found = checks(tmp_path, scenario=BOTH, **allowed)
    assert "read-only" in detail(found, "protection", "ok")
    assert "every write of write will fail" in detail(found, "writes", "warning")
    assert "protected" in detail(checks(tmp_path, scenario=WRITING, **allowed), "writes", "failed")


def test_what_cannot_be_compared_with_protected_ones_is_said(tmp_path: Path, postgres_server: PostgresServer) -> None:
    toml = "[environments.prod]\ndatabase = 'env:PROD_DSN'\nprotected = true\n"
    assert "prod" in detail(checks(tmp_path, postgres_server.dsn, toml=toml), "protection", "warning")


def test_a_load_beyond_the_limits_is_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    toml = protected(postgres_server, "max_users = 5\nmax_duration = '5s'\n")
    found = checks(tmp_path, toml=toml, environment="prod", allow_protected=["prod"], users=8)
    assert failed(found) == ["limits"]
    assert "max_users is 5, asked for 8; max_duration is 5 s, asked for 10 s" in found["limits"].detail


# -- the scenario ------------------------------------------------------------------------------------------------------


def test_a_mistake_in_the_scenario_is_placed(tmp_path: Path, postgres_server: PostgresServer) -> None:
    found = checks(tmp_path, postgres_server.dsn, scenario=READING + "    await (\n")
    assert "shop.py, line 6" in detail(found, "scenario", "failed")
    assert found["connect"].status == "ok"


def test_a_password_in_a_scenarios_own_error_is_masked(tmp_path: Path, postgres_server: PostgresServer) -> None:
    scenario = f"raise ValueError('no luck with {postgres_server.dsn}')\n"
    said = detail(checks(tmp_path, postgres_server.dsn, scenario=scenario), "scenario", "failed")
    assert "no luck with postgresql://plimsoll:****@127.0.0.1" in said


# -- connecting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "instead", "what"),
    [
        (":{port}/", ":{free}/", "no database server answers"),
        ("plimsoll:", "plimsoll:Zq7-wrong", "could not log in"),
        ("/postgres", "/nowhere", "there is no database 'nowhere'"),
        ("@127.0.0.1", "@nowhere.invalid", "host is unknown"),
        ("/postgres", "/postgres?sslmode=require", "did not agree to TLS"),
    ],
)
def test_what_keeps_from_connecting_is_named(
    tmp_path: Path, postgres_server: PostgresServer, part: str, instead: str, what: str
) -> None:
    port = postgres_server.port
    dsn = postgres_server.dsn.replace(part.format(port=port), instead.format(free=free_port()))
    found = checks(tmp_path, dsn, users=4)
    assert failed(found) == ["connect"]
    assert what in found["connect"].detail
    assert found["version"].detail == "there is no connection"
    assert "Zq7" not in "".join(f"{result}" for result in found.values())


def test_a_pooler_is_told_with_what_follows(tmp_path: Path, pooled: Pooler) -> None:
    found = checks(tmp_path, pooled.dsn(), users=500)
    assert failed(found) == []
    assert "not prepared" in detail(found, "pooler", "warning")
    assert found["pooler"].figures
    assert "a pooler stands between" in detail(found, "connections", "skipped")
    assert {found[name].status for name in ("role", "clock", "version")} == {"ok"}


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


# -- this machine ------------------------------------------------------------------------------------------------------


def test_more_processes_than_cores_are_told(tmp_path: Path, postgres_server: PostgresServer) -> None:
    cores = len(os.sched_getaffinity(0))
    found = checks(tmp_path, postgres_server.dsn, users=cores + 1, processes=cores + 1)
    assert f"{cores + 1} generator processes share {cores}" in detail(found, "cpu", "warning")
    assert found["cpu"].figures


def test_processes_without_a_user_are_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    found = checks(tmp_path, postgres_server.dsn, users=1, processes=2)
    assert detail(found, "profile", "failed") == "2 processes for 1 user"


def test_a_place_where_no_run_can_be_kept_is_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    (tmp_path / "runs").write_text("a file, not a directory")
    found = checks(tmp_path, postgres_server.dsn)
    assert "is not a directory" in detail(found, "disk", "failed")
    assert found["disk"].remedy == "choose another with --runs DIR"


# -- what the scenario asks of the server ------------------------------------------------------------------------------

SHOP = """\
from plimsoll import feed, journey
buyers = feed.sql("SELECT id FROM buyers")
PAY = "UPDATE orders SET paid = true WHERE id = $1"

@journey(writes=True)
async def buy(user):
    await user.sql("look", "SELECT * FROM orders WHERE buyer = $1 LIMIT $2", buyers, 10)
    async for tx in user.transaction("pay"):
        async with tx:
            await tx.execute(PAY, 1)
"""
TABLES = (
    "CREATE TABLE buyers AS SELECT 1 AS id",
    "CREATE TABLE orders (id int, buyer int, paid boolean)",
)


def shop_as(server: PostgresServer, *statements: str) -> str:
    """The DSN of a role without rights of its own, in a database with a shop's tables; more is done as the owner."""
    server.drop_database("shop")
    dsn = as_role(server, "clerk").replace("/postgres", "/shop")
    server.create_database("shop")
    server.sql(*TABLES, *statements, database="shop")
    return dsn


def test_statements_are_planned_with_the_roles_rights_and_not_run(tmp_path: Path, bare_server: PostgresServer) -> None:
    dsn = shop_as(bare_server, "INSERT INTO orders VALUES (1, 1, false)", "GRANT ALL ON buyers, orders TO clerk")
    found = checks(tmp_path, dsn, scenario=SHOP)
    assert failed(found) == []
    assert detail(found, "rights", "ok").endswith("(2 looked at)")
    assert detail(found, "feeds", "ok") == "1 source can be read"
    assert bare_server.sql("SELECT paid FROM orders", database="shop") == "f"


def test_a_role_that_may_do_nothing_of_the_scenario_is_refused(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, shop_as(bare_server), scenario=SHOP)
    assert failed(found) == ["rights", "feeds"]
    assert "every statement would fail" in found["rights"].detail
    assert "shop.py, line 7: 42501: permission denied for table orders" in found["rights"].detail
    assert "42501: permission denied for table buyers" in found["feeds"].detail
    assert found["rights"].remedy.startswith("GRANT")


def test_some_statements_that_would_fail_are_told(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, shop_as(bare_server, "GRANT SELECT ON buyers, orders TO clerk"), scenario=SHOP)
    assert failed(found) == []
    assert "1 of 2 statements would fail" in detail(found, "rights", "warning")
    assert "line 10: 42501" in found["rights"].detail
    assert found["rights"].figures


def test_what_a_setup_may_make_is_not_held_against_a_scenario(tmp_path: Path, database: str) -> None:
    setup = "\nfrom plimsoll import setup\n@setup\nasync def make(run):\n    await run.sql('CREATE TABLE orders ()')\n"
    found = checks(tmp_path, database, scenario=SHOP + setup)
    assert failed(found) == []
    assert detail(found, "rights", "warning").endswith(
        '42P01: relation "orders" does not exist, unless @setup sees to it'
    )


def test_a_file_of_a_feed_that_is_not_there_is_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    scenario = READING + "\nfrom plimsoll import feed\npeople = feed.csv('people.csv')\n"
    assert detail(checks(tmp_path, postgres_server.dsn, scenario=scenario), "feeds", "failed").endswith("/people.csv")


def test_rights_are_looked_at_behind_a_pooler_too(tmp_path: Path, pooled: Pooler) -> None:
    scenario = READING.replace("SELECT 1", "SELECT $1::int FROM pg_authid")
    for _ in range(3):
        assert "permission denied for table pg_authid" in detail(
            checks(tmp_path, pooled.dsn(), scenario=scenario), "rights", "failed"
        )
