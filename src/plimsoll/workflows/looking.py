"""Looking at a server and at this machine before a run: reads only, in short transactions, with any role's rights."""

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from plimsoll.postgres.error_classes import LOST, error_class
from plimsoll.workflows.checks.machine import MachineLook
from plimsoll.workflows.checks.rights import REFUSING, Refused, Statement
from plimsoll.workflows.checks.server import Clock, ServerLook

STATEMENT_TIMEOUT_MS: Final = 5_000
CLOCK_READINGS: Final = 3  # the one with the shortest round trip counts
_PRESSURE: Final = Path("/proc/pressure/cpu")

SERVER_SETTINGS: Final = (
    "server_version",
    "max_connections",
    "superuser_reserved_connections",
    "reserved_connections",
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "fsync",
    "synchronous_commit",
    "checkpoint_timeout",
    "max_wal_size",
    "jit",
    "track_io_timing",
)
_SETTINGS: Final = "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY($1)"
_ROLE: Final = """
    SELECT current_user::text AS name, session_user::text AS login, d.datname::text AS database,
           current_setting('is_superuser') = 'on' AS superuser,
           pg_catalog.pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitor,
           pg_catalog.pg_is_in_recovery() AS in_recovery,
           current_setting('default_transaction_read_only') = 'on' AS read_only,
           r.rolconnlimit AS role_limit, d.datconnlimit AS database_limit
    FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
    WHERE r.rolname = session_user AND d.datname = current_database()"""
# Who may not see others' sessions is not told their backend_type either; then a user's session is counted as a client.
_USAGE: Final = """
    SELECT count(*)::int AS server,
           (count(*) FILTER (WHERE usename = session_user))::int AS role,
           (count(*) FILTER (WHERE datname = current_database()))::int AS database
    FROM pg_catalog.pg_stat_activity
    WHERE usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
      AND pid <> pg_catalog.pg_backend_pid()"""
# The library's own setting is there for everybody to see; shared_preload_libraries is not.
_STATEMENTS: Final = """
    SELECT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
           (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements') AS installed"""
_TUNING: Final = """
    SELECT current_setting('server_version_num')::int / 10000 AS major,
           (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'hypopg') AS hypopg,
           EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements')
               AND EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max') AS counted"""
_CLOCK: Final = "SELECT extract(epoch FROM pg_catalog.clock_timestamp())::float8"


async def look_at_server(connection: asyncpg.Connection, now: Callable[[], float] = time.time) -> ServerLook:
    """Reads what the checks need; what the server does not let be read is named in `unread`. `now`: our clock, epoch s.

    Raises what the driver raises when the connection is lost.
    """
    unread: dict[str, str] = {}
    settings = await _or_unread("settings", unread, _settings(connection))
    return ServerLook(
        settings=settings or {},
        role=await _or_unread("role", unread, _row(connection, _ROLE)) or {},
        usage=await _or_unread("usage", unread, _row(connection, _USAGE)) or {},
        statements=await _or_unread("statements", unread, _row(connection, _STATEMENTS)) or {},
        clock=await _or_unread("clock", unread, _clock(connection, now)),
        unread=unread,
    )


async def look_for_tuning(connection: asyncpg.Connection) -> Mapping[str, Any]:
    """The server's major version, hypopg's version in this database or None, whether statements are counted here."""
    return await _row(connection, _TUNING)


async def _or_unread(topic: str, unread: dict[str, str], work: Any) -> Any:
    try:
        return await work
    except asyncpg.PostgresError as error:
        if error_class(error) == LOST:
            raise
        unread[topic] = f"{error.sqlstate}: {_first_line(error)}"
        return None


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


async def refused_of(statements: Iterable[Statement], connection: asyncpg.Connection) -> list[Refused]:
    """Those that the server would refuse whatever their parameters are. Each is planned, none is run."""
    refused = []
    for statement in statements:
        try:
            async with _Looking(connection):
                await _plan(statement.sql, connection)
        except asyncpg.PostgresError as error:
            if error_class(error) in REFUSING:
                refused.append(Refused(statement.where, error_class(error), _first_line(error)))
    return refused


async def _plan(sql: str, connection: asyncpg.Connection) -> None:
    """EXPLAIN checks rights as the executor would. Options in brackets, lest a statement that begins with ANALYZE run;
    an unnamed statement, so that nothing stays behind a pooler."""
    prepared = await connection.prepare(f"EXPLAIN (COSTS OFF) {sql}", name="")
    await prepared.fetch(*(None for _ in prepared.get_parameters()))


class _Looking:
    """A read-only transaction of its own with a short timeout: works behind any pooler and leaves nothing there."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> asyncpg.Connection:
        await self._connection.execute(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        if not self._connection.is_closed():
            await self._connection.execute("ROLLBACK")


async def _settings(connection: asyncpg.Connection) -> Mapping[str, str]:
    async with _Looking(connection):
        rows = await connection.fetch(_SETTINGS, list(SERVER_SETTINGS))
    return {row["name"]: row["setting"] for row in rows}


async def _row(connection: asyncpg.Connection, query: str) -> Mapping[str, Any]:
    async with _Looking(connection):
        row = await connection.fetchrow(query)
    assert row is not None
    return dict(row)


async def _clock(connection: asyncpg.Connection, now: Callable[[], float]) -> Clock:
    readings = []
    async with _Looking(connection):
        for _ in range(CLOCK_READINGS):
            before = now()
            theirs = await connection.fetchval(_CLOCK)
            after = now()
            readings.append(Clock(theirs - (before + after) / 2, abs(after - before) / 2))
    return min(readings, key=lambda reading: reading.error_s)


def look_at_machine(runs_root: Path) -> MachineLook:
    """Reads this machine's limits and how busy it is. Writes nothing."""
    place, error = _writable_place(runs_root)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MachineLook(
        cores=_cores(),
        open_files_max=None if soft == resource.RLIM_INFINITY else soft,
        waiting_share=_waiting_share(),
        load_1m=os.getloadavg()[0],
        place=str(runs_root),
        disk_free_bytes=shutil.disk_usage(place).free,
        place_error=error,
    )


def _cores() -> int:
    """The cores that this process may use; on macOS all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _waiting_share() -> float | None:
    """From Linux's pressure stall information: `some avg10=1.50 avg60=…`, in percent."""
    try:
        return float(_PRESSURE.read_text().split("avg10=", 1)[1].split(maxsplit=1)[0]) / 100
    except (OSError, IndexError, ValueError):
        return None


def _writable_place(runs_root: Path) -> tuple[Path, str]:
    """The nearest directory that exists, and why a run could not be kept there ("": it can)."""
    place = runs_root.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        return place, f"{place} is not a directory"
    return place, "" if os.access(place, os.W_OK | os.X_OK) else f"no right to write to {place}"
