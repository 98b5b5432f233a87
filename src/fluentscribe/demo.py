"""What `plimsoll demo` shows: the platform's database, filled and under its steady load, and the platform itself."""

import asyncio
import json
import secrets
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from fluentscribe.caching.tags import CONFIG
from fluentscribe.database.dsn import as_role
from fluentscribe.database.migrating import APP, WORKER, make_roles, migrate
from fluentscribe.journeys.web.publishing import LINKS
from fluentscribe.processes import NotStarted, platform, workers
from plimsoll import Acting, CachedDemo, Changing, Demo, EdgedDemo, ScaledDemo, Served, Workers

HERE = Path(__file__).parent
POOL_SIZE = 5  # of each of several servers: a request has a connection for some milliseconds
PASSWORD = "a load test"  # noqa: S105  # of everybody in the data sets, which are public

# Somebody who runs the organization with most to see.
OWNER = """
SELECT p.email FROM organization_members m
JOIN profiles p ON p.id = m.profile_id AND p.disabled_at IS NULL
JOIN organizations o ON o.id = m.organization_id
LEFT JOIN qa_sessions s ON s.organization_id = o.id
WHERE m.role = 'owner' AND o.status IN ('active', 'trial') GROUP BY p.id ORDER BY count(s.id) DESC, p.email LIMIT 1
"""


# The organization with most to do, and who runs it.
BUSIEST = """
SELECT m.organization_id, m.profile_id FROM organization_members m
JOIN organizations o ON o.id = m.organization_id AND o.status IN ('active', 'trial')
LEFT JOIN qa_sessions s ON s.organization_id = o.id
WHERE m.role = 'owner' GROUP BY m.organization_id, m.profile_id ORDER BY count(s.id) DESC, m.profile_id LIMIT 1
"""


# What `plimsoll tune` advises for this database: without it most of its time goes into what workers do for analyses.
INDEXES = (
    "CREATE INDEX ON qa_errors (organization_id, session_id)",
    "CREATE INDEX ON qa_segments (source_hash)",
    "CREATE INDEX ON assessment_results (project_id)",
    "CREATE INDEX ON audit_logs (organization_id, object_id)",
    "CREATE INDEX ON login_attempts (email, created_at)",
)


def demo() -> Demo:
    """The steady profile's users, connected as the application is."""
    return Demo(
        scenario=HERE / "scenarios" / "database.py",
        prepare=prepare,
        seed_plan=HERE / "seeds" / "small.toml",
        users=20,
        goals=("p95<2s", "errors<1%"),
        warmup_s=10.0,
        graceful_stop_s=20.0,
        services=services,
        served_scenario=HERE / "scenarios" / "mixed.py",
        large_plan=HERE / "seeds" / "large.toml",
        acting=acting,
        cached=CachedDemo(watched(), (APP,), services, HERE / "scenarios" / "office.py", changing, INDEXES),
        scaled=ScaledDemo(serving, HERE / "scenarios" / "office.py"),
        edged=EdgedDemo(watched(), (APP,), services, HERE / "scenarios" / "published.py", publish, publishing),
    )


async def prepare(dsn: str) -> str:
    """Makes tables and roles; returns the DSN of the application role, with a password made up for this server."""
    password = secrets.token_urlsafe(24)
    await migrate(dsn)
    await make_roles(dsn, password)
    return as_role(dsn, APP, password)


async def acting(dsn: str) -> Acting:
    """As the application, for the owner of its busiest organization."""
    connection = await asyncpg.connect(dsn)
    try:
        organization, profile = await connection.fetchrow(BUSIEST)
    finally:
        await connection.close()
    return Acting(APP, {"app.organization_id": str(organization), "app.profile_id": str(profile)})


@contextmanager
def services(dsn: str, app_dsn: str, cache: bool = False) -> Iterator[Served]:
    """Server and worker; what people need to know of them. Without the packages of the platform only why not."""
    password = unquote(urlsplit(app_dsn).password or "")
    try:
        with platform(app_dsn, as_role(dsn, WORKER, password), cache=cache) as url:
            yield Served(told(url, asyncio.run(_owner(dsn))), url)
    except NotStarted as error:
        yield Served((f"the platform is not served: {str(error).removeprefix('error: ')}",))


@contextmanager
def serving(dsn: str, app_dsn: str) -> Iterator[Workers]:
    """The server as `plimsoll serve` runs it. Nobody analyses what is handed in meanwhile."""
    with workers(app_dsn, POOL_SIZE) as (command, environment):
        yield Workers(command, environment, "/health/ready", POOL_SIZE)


def watched() -> Sequence[str]:
    """The tables of plimsoll.toml in `caching`, as they are written on the command line."""
    tables = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["cache"]["tables"]
    return [f"{name}={','.join(templates)}" for name, templates in tables.items()]


class Somebody:
    """Who runs the organization with most to see, logged in at `url`. Each request has a connection of its own."""

    def __init__(self, dsn: str, url: str) -> None:
        self._connection = HTTPConnection(url.partition("//")[2], timeout=30)
        self._token = ""
        told = self.ask("POST", "/auth/login", {"email": asyncio.run(_owner(dsn)), "password": PASSWORD})
        self._token, self.organization = told["access_token"], UUID(told["organization"]["id"])

    def ask(self, method: str, path: str, body: Any = None, *, known: bool = True) -> Any:
        """What it says, read as JSON; as anybody where not `known`."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token and known else {}
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", sent, {**headers, "Content-Type": "application/json"})
        try:
            return json.loads(self._connection.getresponse().read())
        finally:
            self._connection.close()  # the next request opens it again


def changing(dsn: str, url: str) -> Changing:
    """The name of somebody's organization, as they read it."""
    somebody = Somebody(dsn, url)

    def read() -> str:
        return str(somebody.ask("GET", f"/organizations/{somebody.organization}")["name"])

    return Changing(f"UPDATE organizations SET name = $1 WHERE id = '{somebody.organization}'", read)


def publish(dsn: str, url: str) -> Mapping[str, str]:
    """Reports of all projects of an organization; the variable that tells `published.py` their links."""
    somebody = Somebody(dsn, url)
    projects = somebody.ask("GET", "/projects?limit=200")["items"]
    made = [somebody.ask("POST", f"/projects/{project['id']}/published-report") for project in projects]
    return {LINKS: " ".join(one["link"] for one in made)}


def publishing(dsn: str, url: str) -> Changing:
    """The name of a project, as whoever has the link of its published report reads it."""
    somebody = Somebody(dsn, url)
    project = UUID(somebody.ask("GET", "/projects?limit=1")["items"][0]["id"])
    link = somebody.ask("POST", f"/projects/{project}/published-report")["link"]

    def read() -> str:
        return str(somebody.ask("GET", f"/published/{link}", known=False)["name"])

    return Changing(f"UPDATE projects SET name = $1 WHERE id = '{project}'", read)


def told(url: str, email: str | None) -> Sequence[str]:
    """The lines that people see."""
    lines = [f"Fluent Scribe QA is at {url}; its API: {url}/api/v1/openapi.json"]
    if email is not None:
        lines.append(f"log in as {email}, password {PASSWORD!r}: POST {url}/api/v1/auth/login")
    return lines


async def _owner(dsn: str) -> str | None:
    connection = await asyncpg.connect(dsn)
    try:
        email: str | None = await connection.fetchval(OWNER)
        return email
    finally:
        await connection.close()
