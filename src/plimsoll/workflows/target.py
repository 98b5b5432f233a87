"""Opening the target of a run: an environment or a DSN, protected or not, embedded or far away."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.embedded import start_postgres
from plimsoll.embedded.account import barrier, server_account
from plimsoll.postgres.connecting import SessionTraits, connect, learn_traits
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.settings.environment import Environment, refuse_placeholders
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
    """What the user said about where to go: an environment's name, or a DSN; and what protection may be lifted.

    `project` has the embedded server's data; None makes a throwaway server.
    """

    settings: Settings
    environ: Mapping[str, str]
    environment: str | None = None
    dsn: Secret | None = None
    allow_protected: Sequence[str] = ()
    project: Path | None = Path()


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """Where a run goes. `environment` holds the limits that apply, the strictest of all that protect the database."""

    environment: Environment
    target: Target
    traits: SessionTraits


@asynccontextmanager
async def open_target(request: TargetRequest) -> AsyncIterator[OpenTarget]:
    """Resolves the target, refuses what may not be touched, starts the embedded server where it is the target.

    Raises UsageError for what cannot be read, RefusedError for placeholders, protection and failing to connect.
    """
    environment = choose(request)
    async with AsyncExitStack() as stack:
        if request.dsn is None and environment.is_embedded:
            data = None if request.project is None else embedded_data(request.project)
            server = stack.enter_context(start_postgres(data))
            dsn = Secret(server.dsn)
        else:
            dsn, environment = reach(request, environment)
        target = read_target(dsn, request.environ, where=environment.where)
        traits = await learn_traits(
            target,
            prepared=environment.prepared,
            protected=environment.protected,
            statement_timeout_s=environment.statement_timeout_s,
        )
        yield OpenTarget(environment, target, traits)


def choose(request: TargetRequest) -> Environment:
    """The environment that was asked for, by name, DSN or default. Raises UsageError."""
    if request.dsn is None:
        return request.settings.environment(request.environment)
    if request.environment is not None:
        named = request.settings.environment(request.environment)
        return replace(named, database=request.dsn)
    return Environment("dsn", database=request.dsn)


def reach(request: TargetRequest, environment: Environment) -> tuple[Secret, Environment]:
    """The DSN of a server that is not ours, and the limits that hold there.

    Raises RefusedError for placeholders, unset variables and protection that was not lifted.
    """
    if request.dsn is not None:
        refuse_placeholders(request.dsn, where="--dsn")
        dsn = request.dsn
    else:
        dsn = environment.dsn(request.environ)
    protection = request.settings.protection_for(dsn, request.environ, via=environment.name)
    refuse_unallowed(protection, request.allow_protected)
    if protection is None:
        return dsn, environment
    return dsn, replace(protection, connections=environment.connections, prepared=environment.prepared)


@asynccontextmanager
async def connected(opened: OpenTarget) -> AsyncIterator[asyncpg.Connection]:
    """A connection of our own, closed at the end. Raises RefusedError."""
    connection = await connect(opened.target, prepared=opened.traits.prepared)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)


def require_database(environment: Environment) -> None:
    """Raises UsageError for an environment that names no database, where one is needed."""
    if environment.database is None:
        raise UsageError(
            "this environment has no database", where=environment.where, remedy='database = "env:DATABASE_URL"'
        )
