"""Looking at a database and changing what is watched there: one transaction, with a limit to what it waits for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from plimsoll.changes.caches import SeenCache, read_caches
from plimsoll.changes.catalog import read_installed, read_standing, read_tables, read_watched
from plimsoll.changes.planning import LOCK_S, SETTINGS, VERSION, Plan, install_plan, remove_plan, with_outdated
from plimsoll.changes.watch import Installed, Standing, Watch
from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName

_TRIGGERS: Final = """
SELECT t.tgname::text AS name, format('%I.%I', n.nspname, c.relname) AS relation, f.proname::text AS function
FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE f.pronamespace = to_regnamespace('plimsoll_changes') AND NOT t.tgisinternal ORDER BY 2, 1
"""
_HELD: Final = """
SELECT (SELECT count(*) FROM plimsoll_changes.changelog) AS rows,
       pg_total_relation_size('plimsoll_changes.changelog') AS bytes
"""


@dataclass(frozen=True, slots=True)
class Status:
    """What is there: `held` are rows of the changelog and their bytes, indexes included; None for a role that did not
    install it, which hears of no drift either. `caches` are the processes that report; None where the changelog is of a
    version in which they did not."""

    standing: Standing
    installed: tuple[Installed, ...] = ()
    held_rows: int | None = 0
    held_bytes: int | None = 0
    caches: tuple[SeenCache, ...] | None = ()


async def plan_install(
    connection: asyncpg.Connection,
    watches: Sequence[Watch],
    *,
    readers: Sequence[str] = (),
    invalidators: Sequence[str] = (),
    retain_s: float | None = None,
    in_use: bool = False,
) -> Plan:
    """Looks only. `in_use`: what processes use may be given up, too. Raises RefusedError for what cannot be, and what
    the driver raises."""
    async with _looking(connection):
        standing, installed = await _read(connection)
        facts = await read_tables(connection, [one.table for one in watches])
        caches = () if in_use else await _using(connection, standing)
    return install_plan(
        watches,
        facts,
        standing,
        installed,
        readers=readers,
        invalidators=invalidators,
        retain_s=retain_s,
        caches=caches,
    )


async def plan_remove(
    connection: asyncpg.Connection, tables: Sequence[TableName] = (), *, in_use: bool = False
) -> Plan:
    """Looks only. Raises as `plan_install`."""
    async with _looking(connection):
        standing, installed = await _read(connection)
        triggers = [tuple(row) for row in await connection.fetch(_TRIGGERS)]
        caches = () if in_use else await _using(connection, standing)
    return remove_plan(standing, installed, triggers, tables, caches=caches)


async def carry_out(connection: asyncpg.Connection, plan: Plan) -> None:
    """All of it or nothing. Raises RefusedError where the server refuses; what is lost on the way is the driver's."""
    try:
        async with connection.transaction():
            for statement in (*SETTINGS, *plan.statements):
                await connection.execute(statement)
    except asyncpg.LockNotAvailableError:
        why = f"another session held a lock for more than {LOCK_S} s"
        raise RefusedError(
            "nothing was changed", why=why, remedy="try again when no long transaction is open"
        ) from None
    except asyncpg.PostgresError as error:
        raise RefusedError("nothing was changed", why=" ".join(str(error).split()), remedy="mend that first") from error


async def read_status(connection: asyncpg.Connection) -> Status:
    """Raises RefusedError where the schema is another's, and what the driver raises."""
    async with _looking(connection):
        standing, installed = await _read(connection)
        if not standing.installed:
            return Status(standing)
        if not standing.ours:
            return await _read_by_reader(connection, standing)
        held = await connection.fetchrow(_HELD)
        caches = tuple(await read_caches(connection)) if standing.version == VERSION else None
        installed = with_outdated(installed, await read_tables(connection, [one.watch.table for one in installed]))
    return Status(standing, installed, held["rows"], held["bytes"], caches)


async def _using(connection: asyncpg.Connection, standing: Standing) -> Sequence[SeenCache]:
    """Who reports, where that can be known."""
    known = standing.ours and standing.version == VERSION and not standing.standby
    return await read_caches(connection) if known else ()


async def _read_by_reader(connection: asyncpg.Connection, standing: Standing) -> Status:
    try:
        installed = await read_watched(connection)
    except asyncpg.InsufficientPrivilegeError:
        why = "another role owns the schema plimsoll_changes, and this one is no reader"
        remedy = (
            "connect as the role that installed it or a superuser, who may also plimsoll cache install --reader ROLE"
        )
        raise RefusedError("what is watched cannot be told", why=why, remedy=remedy) from None
    return Status(standing, installed, None, None, tuple(await read_caches(connection)))


@asynccontextmanager
async def _looking(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """One look, bounded; without compiling plans, which takes longer than reading a catalog."""
    async with connection.transaction(readonly=True):
        for setting in SETTINGS:
            await connection.execute(setting)
        yield


async def _read(connection: asyncpg.Connection) -> tuple[Standing, tuple[Installed, ...]]:
    standing = await read_standing(connection)
    there = standing.installed and standing.ours
    return standing, await read_installed(connection) if there else ()
