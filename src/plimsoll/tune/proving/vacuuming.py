"""What measuring leaves on the copy: rows that were rolled back, which later executions would have to pass over."""

from contextlib import suppress
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.tune.proving.sides import Switch

# Tables with triggers of users that fire on the application's writes.
_FIRED: Final = """
SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
"""
# Counted by the server as they are made; a transaction's own count is sent when it ends, at the latest a second later.
_DEAD: Final = """
SELECT schemaname, relname FROM pg_catalog.pg_stat_user_tables
WHERE n_dead_tup > 0 AND n_dead_tup >= $1 * greatest(n_live_tup, 1)
"""


async def fired(connection: asyncpg.Connection) -> list[TableName]:
    """Tables whose triggers do what no plan shows."""
    return [TableName(*row) for row in await connection.fetch(_FIRED)]


async def tidy(connection: asyncpg.Connection, switch: Switch, share: float = 0.0) -> None:
    """Vacuums tables of which more than that share of rows is dead. Every index has to be live meanwhile: one that
    vacuum passed over would lead to rows that are no longer there."""
    await connection.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
    tables = [TableName(*row).quoted for row in await connection.fetch(_DEAD, share)]
    if not tables:
        return
    await switch.wake()
    for table in tables:
        with suppress(asyncpg.PostgresError):
            await connection.execute(f"VACUUM {table}")
