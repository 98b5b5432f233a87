"""What the planner of a copy has to know of an index that was built: how its expressions are spread, which pages are
visible to all. What it knows of tables stays as it came from the database, so that costs can be compared."""

from contextlib import suppress
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName

_LEAVES = """
SELECT n.nspname, c.relname, c.oid FROM (
  SELECT to_regclass($1) UNION SELECT relid FROM pg_catalog.pg_partition_tree(to_regclass($1))) AS t (oid)
JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')
"""
# Never vacuumed, or restored from a dump: no page is known to be visible to all. -1: never counted.
_UNSEEN = """
SELECT n.nspname, c.relname, c.reltuples < 0 AS uncounted
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relallvisible = 0
  AND pg_catalog.pg_relation_size(c.oid) > 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND (c.relkind = 'r' OR c.relispopulated)
"""
# Statistics of a table set aside under an oid that no table has while it is analyzed.
_ASIDE: Final = 1
_MOVE = "UPDATE pg_catalog.pg_statistic SET starelid = $2 WHERE starelid = $1"
_FORGET = "DELETE FROM pg_catalog.pg_statistic WHERE starelid = $1"


async def mark_visible(connection: asyncpg.Connection) -> None:
    """Vacuums what never was, so that index-only scans are told and done rightly. Outside of transactions. A table that
    cannot be stays as it is."""
    for row in await connection.fetch(_UNSEEN):
        what = "VACUUM (ANALYZE)" if row["uncounted"] else "VACUUM"
        with suppress(asyncpg.PostgresError):
            await connection.execute(f"{what} {TableName(row['nspname'], row['relname']).quoted}")


async def know_expressions(connection: asyncpg.Connection, table: TableName) -> None:
    """Statistics of the expressions that a table's indexes have, within a transaction. ANALYZE takes a new sample of
    everything: the table's own statistics are put back."""
    for row in await connection.fetch(_LEAVES, table.quoted):
        quoted = TableName(row["nspname"], row["relname"]).quoted
        moved = await connection.execute(_MOVE, row["oid"], _ASIDE)
        await connection.execute(f"ANALYZE {quoted}")
        if moved != "UPDATE 0":
            await connection.execute(_FORGET, row["oid"])
            await connection.execute(_MOVE, _ASIDE, row["oid"])
