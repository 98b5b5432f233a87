"""Brings a database to the schema of this code, forward only: `migrations/NNNN_name.sql`, one transaction each.

What was applied is kept in schema_migrations with a hash of its text. Objects belong to the role `fluentscribe_owner`;
the application connects as `fluentscribe_app`, its workers as `fluentscribe_worker`. Roles are the server's: all its
databases share them.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

import asyncpg

OWNER = "fluentscribe_owner"
APP = "fluentscribe_app"
WORKER = "fluentscribe_worker"

ATTEMPTS_MAX = 20  # to change roles that others on the server change at the same moment
_LOCK = 0x666C75656E74  # "fluent": whoever migrates holds this advisory lock
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ROLES = ((OWNER, "NOLOGIN"), (APP, "LOGIN"), (WORKER, f"LOGIN IN ROLE {APP}"))

_JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_migrations IS 'Migrations that were applied, with the hash of their text.';
"""


class MigrationError(Exception):
    """The database and the migrations of this code do not go together; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of SQL. `name` is the file's, without the suffix."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> tuple[Migration, ...]:
    """Those of this code, in order."""
    files = resources.files("fluentscribe.database").joinpath("migrations").iterdir()
    found = {file.name: file for file in files if _FILE_NAME.fullmatch(file.name)}
    return tuple(Migration(int(name[:4]), name[:-4], found[name].read_text(encoding="utf-8")) for name in sorted(found))


async def migrate(dsn: str, known: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """Applies what is missing and returns its names. `known` are all migrations there are, else those of this code.

    Makes the roles first. Several may run at once: each migration is applied by one of them. Raises MigrationError.
    """
    known = migrations() if known is None else known
    async with _connected(dsn) as connection:
        await _make_roles(connection)
        return tuple([one.name for one in known if await _applied_now(connection, one, known)])


async def pending(dsn: str, known: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """Names of what `migrate` would apply. Changes nothing. Raises MigrationError."""
    async with _connected(dsn) as connection:
        return await pending_on(connection, known)


async def pending_on(connection: Any, known: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """As `pending`, for whoever has a connection; the application's roles may ask, too."""
    known = migrations() if known is None else known
    exists = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
    return tuple(one.name for one in _missing(known, await _journal(connection) if exists else {}))


async def make_roles(dsn: str, password: str | None = None) -> None:
    """Makes the roles where they do not exist, and lets the owner create in this database.

    `password` is that of the application and its workers; None leaves it as it is: a new role has none.
    """
    async with _connected(dsn) as connection:
        await _make_roles(connection, password)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def _make_roles(connection: asyncpg.Connection, password: str | None = None) -> None:
    """The advisory lock is this database's only, so whoever changes the roles from another one may get in between."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                await _make_roles_now(connection, password)
            return
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError):
            # An internal error is what PostgreSQL calls two changes of one role ("tuple concurrently updated").
            if attempt == ATTEMPTS_MAX:
                raise


async def _make_roles_now(connection: asyncpg.Connection, password: str | None) -> None:
    for role, login in _ROLES:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
            await connection.execute(f"CREATE ROLE {role} {login}")
    # From 16 on, whoever made a role is a member of it who may not act as it yet.
    right = "SET" if connection.get_server_version().major >= 16 else "MEMBER"
    if not await connection.fetchval("SELECT pg_has_role($1, $2)", OWNER, right):
        await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
    await connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}; GRANT USAGE ON SCHEMA public TO {APP}")
    if password is not None:
        for role in (APP, WORKER):
            sql = await connection.fetchval(
                "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
            )
            await connection.execute(sql)


async def _applied_now(connection: asyncpg.Connection, migration: Migration, known: Sequence[Migration]) -> bool:
    """Applies one migration unless that is done. The lock ends with the transaction, so poolers do no harm."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(f"SET LOCAL ROLE {OWNER}; SET LOCAL client_min_messages = warning; {_JOURNAL}")
        if migration not in _missing(known, await _journal(connection)):
            return False
        try:
            await connection.execute(migration.sql)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"migration {migration.name} failed and was undone: {error}") from error
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.sha256,
        )
        return True


async def _journal(connection: Any) -> dict[int, tuple[str, str]]:
    rows = await connection.fetch("SELECT version, name, sha256 FROM schema_migrations")
    return {row["version"]: (row["name"], row["sha256"]) for row in rows}


def _missing(known: Sequence[Migration], done: Mapping[int, tuple[str, str]]) -> list[Migration]:
    """What is still to be applied, by version. Raises MigrationError where what was applied is not what is known."""
    by_version = {one.version: one for one in known}
    newest = max(by_version, default=0)
    for version, (name, sha256) in sorted(done.items()):
        if version > newest:
            raise MigrationError(f"the database is newer than this code: it has migration {name}; update the code")
        if version not in by_version:
            raise MigrationError(f"migration {name} was applied, but its file is gone; restore it")
        if by_version[version].sha256 != sha256:
            raise MigrationError(f"migration {name} was changed after it was applied; restore it and add a new one")
    return [one for one in known if one.version not in done]
