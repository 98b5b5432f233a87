"""Opening the target of a run: an environment or a DSN, protected or not, embedded or far away."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.embedded import start_postgres
from plimsoll.embedded.account import barrier, server_account
from plimsoll.load.http.origin import parse_origin
from plimsoll.postgres.connecting import SessionTraits, connect, learn_traits
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.settings.environment import Environment, refuse_placeholder_url, refuse_placeholders
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings, refuse_unallowed

EMBEDDED_DATA = Path(".plimsoll") / "postgres"
DATA_OF_ROOT = Path("/var/lib/plimsoll")  # only root can make something there, every account can reach it


def embedded_data(project: Path) -> Path:
    """Where a project's embedded server keeps its data: in the project, unless the server's account cannot go there.

    Root's server runs as another account, which a closed home directory keeps out.
    """
    inside = project / EMBEDDED_DATA
    if barrier(inside, server_account()) is None:
        return inside
    key = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:12]
    return DATA_OF_ROOT / key


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """What the user said about where to go: an environment's name, a DSN, a URL; and what protection may be lifted.

    `project` has the embedded server's data; None makes a throwaway server.
    """

    settings: Settings
    environ: Mapping[str, str]
    environment: str | None = None
    dsn: Secret | None = None
    allow_protected: Sequence[str] = ()
    project: Path | None = Path()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """Where a run goes. `environment` holds the limits that apply, the strictest of all that protect the target.

    `target` is None where only a URL is loaded: `environment.url`, which may also be beside a database.
    """

    environment: Environment
    target: Target | None
    traits: SessionTraits

    @property
    def database(self) -> Target:
        """The database. Raises UsageError where there is none."""
        if self.target is None:
            raise UsageError(
                "there is no database to connect to",
                where=self.environment.where,
                why="only a URL was given",
                remedy='--dsn DSN beside --url, or database = "env:DATABASE_URL" in the environment',
            )
        return self.target

    @property
    def display(self) -> str:
        """The target for people, without secrets: database, URL, or both."""
        database = self.target.display if self.target is not None else None
        return " and ".join(filter(None, [database, self.environment.url]))


@asynccontextmanager
async def open_target(request: TargetRequest) -> AsyncIterator[OpenTarget]:
    """Resolves the target, refuses what may not be touched, starts the embedded server where it is the target.

    Raises UsageError for what cannot be read, RefusedError for placeholders, protection and failing to connect.
    """
    environment = choose(request)
    embedded = request.dsn is None and environment.is_embedded
    dsn, environment = reach(request, environment)
    async with AsyncExitStack() as stack:
        if embedded:
            data = None if request.project is None else embedded_data(request.project)
            server = stack.enter_context(start_postgres(data))
            dsn = Secret(server.dsn)
        if dsn is None:
            yield OpenTarget(environment, None, SessionTraits(protected=environment.protected))
            return
        target = read_target(dsn, request.environ, where=environment.where)
        traits = await learn_traits(
            target,
            prepared=environment.prepared,
            protected=environment.protected,
            statement_timeout_s=environment.statement_timeout_s,
        )
        yield OpenTarget(environment, target, traits)


def choose(request: TargetRequest) -> Environment:
    """The environment that was asked for, by name, DSN, URL or default. Raises UsageError."""
    given: dict[str, Any] = {}
    if request.dsn is not None:
        given["database"] = request.dsn
    if request.url is not None:
        given["url"] = request.url
    if request.environment is not None or not given:
        named = request.settings.environment(request.environment)
        return replace(named, **given)
    return Environment("url" if request.dsn is None else "dsn", **given)


def place_of(request: TargetRequest) -> tuple[object, ...]:
    """What tells targets apart without connecting: the database's DSN, and the URL."""
    environment = choose(request)
    return environment.database, environment.url


def reach(request: TargetRequest, environment: Environment) -> tuple[Secret | None, Environment]:
    """The DSN (None where our own server, or only a URL, is loaded), and the limits that hold there.

    Raises RefusedError for placeholders, unset variables and protection that was not lifted.
    """
    dsn = _dsn(request, environment)
    if environment.url is not None:
        where = "--url" if request.url is not None else f"environment {environment.name!r}, url"
        refuse_placeholder_url(environment.url, where=where)
        parse_origin(environment.url, where=where)
    protection = request.settings.protection_for(dsn, request.environ, url=environment.url, via=environment.name)
    refuse_unallowed(protection, request.allow_protected)
    if protection is None:
        return dsn, environment
    return dsn, replace(
        protection,
        url=environment.url,
        web=environment.web,
        connections=environment.connections,
        prepared=environment.prepared,
        watch_database=environment.watch_database,
        serve=environment.serve,
    )


def _dsn(request: TargetRequest, environment: Environment) -> Secret | None:
    if request.dsn is not None:
        refuse_placeholders(request.dsn, where="--dsn")
        return request.dsn
    if environment.is_embedded or (environment.database is None and environment.url is not None):
        return None
    return environment.dsn(request.environ)


@asynccontextmanager
async def connected(opened: OpenTarget) -> AsyncIterator[asyncpg.Connection]:
    """A connection of our own, closed at the end. Raises RefusedError, UsageError where there is no database."""
    connection = await connect(opened.database, prepared=opened.traits.prepared)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)
