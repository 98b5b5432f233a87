"""Looking at a database and planning what is to change there; `plimsoll.changes.installing.carry_out` does it."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from plimsoll.changes.catalog import read_standing
from plimsoll.changes.planning import SETTINGS, Plan
from plimsoll.edge.purge import planning
from plimsoll.edge.purge.planning import Outbox

_OUTBOX: Final = """
SELECT to_regnamespace('plimsoll_edge') IS NOT NULL AS schema,
       coalesce((SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'plimsoll_edge'),
                true) AS ours,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'plimsoll_edge' AND c.relname = 'position') AS made
"""
_MADE: Final = """
SELECT coalesce((SELECT version FROM plimsoll_edge.position), '?') AS version,
       ARRAY(SELECT name FROM plimsoll_edge.providers ORDER BY rank, name) AS providers,
       (SELECT count(*) FROM plimsoll_edge.outbox) AS rows
"""


async def plan_install(
    connection: asyncpg.Connection,
    providers: Sequence[str],
    *,
    purgers: Sequence[str] = (),
    invalidators: Sequence[str] = (),
) -> Plan:
    """Looks only. Raises UsageError, RefusedError for what cannot be, and what the driver raises."""
    async with connection.transaction(readonly=True):
        await _bounded(connection)
        standing, outbox = await read_standing(connection), await read_outbox(connection)
    return planning.install_plan(standing, outbox, providers, purgers=purgers, invalidators=invalidators)


async def plan_remove(connection: asyncpg.Connection, providers: Sequence[str] = ()) -> Plan:
    """Looks only. Raises as `plan_install`."""
    async with connection.transaction(readonly=True):
        await _bounded(connection)
        standing, outbox = await read_standing(connection), await read_outbox(connection)
    return planning.remove_plan(standing, outbox, providers)


async def read_outbox(connection: asyncpg.Connection) -> Outbox:
    """Whose it is, and where it is ours, what is in it. Raises what the driver raises."""
    row = await connection.fetchrow(_OUTBOX)
    if not (row["made"] and row["ours"]):
        return Outbox(row["schema"], row["ours"])
    made = await connection.fetchrow(_MADE)
    return Outbox(row["schema"], row["ours"], made["version"], tuple(made["providers"]), made["rows"])


async def _bounded(connection: asyncpg.Connection) -> None:
    for setting in SETTINGS:
        await connection.execute(setting)
