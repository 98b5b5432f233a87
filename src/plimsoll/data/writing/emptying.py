"""Emptying the tables of a plan, and no others."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName

# Tables that refer to those to be emptied and are not among them; for a partition its topmost table is named.
_OUTSIDE_SQL: Final = """
WITH emptied AS (
    SELECT DISTINCT p.relid::oid AS id FROM unnest($1::text[]) t, pg_partition_tree(t::regclass) p
    UNION SELECT t::regclass::oid FROM unnest($1::text[]) t
)
SELECT DISTINCT n.nspname, c.relname
FROM pg_constraint k JOIN pg_class c ON c.oid = coalesce(pg_partition_root(k.conrelid), k.conrelid)
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confrelid IN (SELECT id FROM emptied) AND k.conrelid NOT IN (SELECT id FROM emptied)
ORDER BY 1, 2
"""
_WHOLE_SQL: Final = "SELECT relkind = 'p' FROM pg_class WHERE oid = $1::text::regclass"


async def empty_tables(connection: asyncpg.Connection, tables: Sequence[TableName]) -> None:
    """Truncates the tables together, and empty ones that refer to them, without which the server would not.

    Raises RefusedError, before it does, if other tables that hold rows refer to one of them.
    """
    whole = list(tables)
    while outside := [TableName(*row) for row in await connection.fetch(_OUTSIDE_SQL, [one.quoted for one in whole])]:
        await _lock_empty(connection, outside)
        whole += outside
    targets = [await _target(connection, table) for table in whole]
    if targets:
        await connection.execute(f"TRUNCATE {', '.join(targets)}")


async def _lock_empty(connection: asyncpg.Connection, tables: Sequence[TableName]) -> None:
    """Locks tables that refer to those to be emptied. Raises RefusedError if they hold rows."""
    await connection.execute(f"LOCK TABLE {', '.join(table.quoted for table in tables)} IN ACCESS EXCLUSIVE MODE")
    held = [one for one in tables if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {one.quoted})")]
    if held:
        names = ", ".join(map(str, held))
        raise RefusedError(
            "cannot empty the tables",
            why=f"tables outside the plan refer to them: {names}",
            remedy="fill these too, or leave out what they refer to as well (--table, or skip in the seed plan)",
        )


async def _target(connection: asyncpg.Connection, table: TableName) -> str:
    """ONLY keeps the rows of tables that inherit; a partitioned table has none without its partitions."""
    whole = await connection.fetchval(_WHOLE_SQL, table.quoted)
    return table.quoted if whole else f"ONLY {table.quoted}"
