"""Checks before a run are broken for real here, and say what is wrong and what to do. On real servers."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.profile import Profile
from plimsoll.embedded import PostgresServer
from plimsoll.settings.settings import Settings
from plimsoll.workflows.preflight import PreflightRequest, preflight
from tests.postgres.conftest import Pooler, free_port
from tests.workflows.preflighting import BOTH, READING, WRITING, checks, detail, failed

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
