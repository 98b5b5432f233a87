"""Checks of a target that is open and of this machine: what every run does first, and `plimsoll doctor` with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from plimsoll.core.check import CheckResult, counted, failed_by, ok, skipped
from plimsoll.core.errors import PlimsollError
from plimsoll.core.profile import Profile
from plimsoll.core.units import format_duration
from plimsoll.load.language.scenario import Scenario
from plimsoll.postgres.refusals import refusal
from plimsoll.settings.environment import Environment, check_limits
from plimsoll.settings.identity import normal_host
from plimsoll.workflows.checks.machine import judge_machine
from plimsoll.workflows.checks.needs import Needs
from plimsoll.workflows.checks.requests import judge_wanted
from plimsoll.workflows.checks.rights import Refused, Statement, judge_feeds, judge_rights, statements_in
from plimsoll.workflows.checks.server import Place, ServerLook, judge_server, spare_connections
from plimsoll.workflows.looking import look_at_machine, look_at_server, refused_of
from plimsoll.workflows.site import check_site
from plimsoll.workflows.target import OpenTarget, connected

_FOREIGN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Examined:
    """The checks of an open target, the facts of its server that a run's report repeats, and the connections that the
    load leaves free there (None: not known)."""

    results: tuple[CheckResult, ...]
    server: Mapping[str, str]
    spare_connections: int | None = None


async def examine(
    opened: OpenTarget, profile: Profile, needs: Needs, runs_root: Path, scenario: Scenario | None
) -> Examined:
    """Checks limits, server, the scenario's rights there, and this machine; refuses nothing (see `refuse_failed`).

    Raises RefusedError if it cannot look.
    """
    site = await check_site(opened, scenario)
    if scenario is not None:
        has_url = opened.environment.url is not None
        site = [judge_wanted(scenario.path, database=opened.target is not None, url=has_url), *site]
    if opened.target is None:
        return Examined((check_load(opened.environment, profile), *site, *_machine(runs_root, needs)), {})
    statements = _statements(scenario)
    look, refused = await _look(opened, statements)
    place = _place(opened)
    results = (
        check_load(opened.environment, profile),
        ok("connect", _connected(look, place)),
        *judge_server(look, place, needs),
        _rights(scenario, statements, refused),
        *site,
        *_machine(runs_root, needs),
    )
    server = dict(look.settings) | {"pooler": "transaction pooler" if opened.traits.pooled else "none"}
    return Examined(results, server, spare_connections(look, place, needs))


def _machine(runs_root: Path, needs: Needs) -> list[CheckResult]:
    return judge_machine(look_at_machine(runs_root), needs)


async def _look(opened: OpenTarget, statements: list[Statement]) -> tuple[ServerLook, list[Refused]]:
    async with connected(opened) as connection:
        try:
            return await look_at_server(connection), await refused_of(statements, connection)
        except _FOREIGN as error:
            raise refusal(error, opened.database) from None


def _place(opened: OpenTarget) -> Place:
    hosts = [normal_host(host) for host, _ in opened.database.endpoints]
    return Place(
        display=opened.database.display,
        pooled=opened.traits.pooled,
        prepared=opened.traits.prepared,
        protected=opened.environment.protected,
        far=any(host != "localhost" and not host.startswith("/") for host in hosts),
    )


def _connected(look: ServerLook, place: Place) -> str:
    version = look.settings.get("server_version", "").partition(" ")[0]
    return f"PostgreSQL {version or 'of unknown version'} at {place.display}"


def check_load(environment: Environment, profile: Profile) -> CheckResult:
    """Whether the environment allows so much load."""
    try:
        check_limits(environment, profile)
    except PlimsollError as error:
        return failed_by("limits", error)
    return ok("limits", f"{load_words(profile)} is within those of {environment.name}")


def load_words(profile: Profile) -> str:
    """How much load for how long."""
    level = f"{profile.peak_level:g}/s" if profile.open_loop else counted(profile.users_max, "user")
    return f"{level} for {format_duration(profile.total_s)}"


# -- what the scenario will ask of the server --------------------------------------------------------------------------


def _statements(scenario: Scenario | None) -> list[Statement]:
    if scenario is None:
        return []
    try:
        return statements_in(scenario.path.read_text(encoding="utf-8"), str(scenario.path))
    except (OSError, ValueError, SyntaxError):  # Python itself has just read it, perhaps in another encoding
        return []


def _rights(scenario: Scenario | None, statements: list[Statement], refused: list[Refused]) -> CheckResult:
    if scenario is None:
        return skipped("rights", "no scenario to look at")
    return judge_rights(statements, refused, has_setup=scenario.setup is not None)


async def check_feeds(opened: OpenTarget, scenario: Scenario) -> CheckResult:
    """Whether the feeds' queries can be planned and their files are there. A run reads them, and needs no such look."""
    sources = {id(feed.source): feed.source for feed in scenario.feeds}.values()
    files = [Path(one.detail.scenario).parent / one.detail.path for one in sources if one.kind == "csv"]
    queries = [Statement(one.where, one.detail) for one in sources if one.kind == "sql"]
    refused: list[Refused] = []
    if opened.target is not None:
        async with connected(opened) as connection:
            refused = await refused_of(queries, connection)
    missing = [str(path) for path in files if not path.is_file()]
    return judge_feeds(len(sources), refused, missing, has_setup=scenario.setup is not None)
