"""A preflight that is made for tests: what it finds, by name."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plimsoll.core.check import CheckResult
from plimsoll.core.profile import Profile, Stage
from plimsoll.embedded import PostgresServer
from plimsoll.settings.masking import Secret
from plimsoll.workflows.preflight import PreflightRequest, preflight

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
