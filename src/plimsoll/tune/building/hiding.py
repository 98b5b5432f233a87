"""What the planner of a copy sees of the indexes that are there: `indisvalid` in the catalog, which superusers may set.

A plan may use an index only where `indisvalid` holds, so that a hidden index is not there for the planner. All else
goes on as before: whoever writes keeps it up, and an update of its columns is not HOT.
"""

from collections.abc import Iterable, Mapping

import asyncpg

from plimsoll.core.identifiers import quote_identifier

# With those of its partitions; pg_partition_tree has no row of an index that is not partitioned.
_FAMILY = """
SELECT DISTINCT coalesce(p.relid, i.oid)::oid AS oid, c.relname AS name
FROM (SELECT to_regclass($1)) AS i (oid) LEFT JOIN LATERAL pg_catalog.pg_partition_tree(i.oid) AS p ON true
JOIN pg_catalog.pg_class c ON c.oid = coalesce(p.relid, i.oid)
"""
# indcheckxmin would keep an index from transactions that are older than this very change.
_SHOW = """
WITH wanted AS (SELECT * FROM unnest($1::oid[], $2::bool[]) AS w (oid, shown)), changed AS (
  UPDATE pg_catalog.pg_index i SET indisvalid = w.shown, indcheckxmin = false FROM wanted w
  WHERE i.indexrelid = w.oid AND i.indisvalid <> w.shown RETURNING i.indrelid)
SELECT array_agg(DISTINCT indrelid) FROM changed
"""
# The change of an index makes every session read the index anew, but not plan anew what it has prepared: that hangs on
# the tables. A row of pg_class that is written makes it.
_FORGET_PLANS = "UPDATE pg_catalog.pg_class SET relhasindex = relhasindex WHERE oid = ANY ($1)"


async def family_of(connection: asyncpg.Connection, quoted: str) -> Mapping[int, str]:
    """An index and those of its partitions, names by oid; empty where it is not there."""
    return {row["oid"]: row["name"] for row in await connection.fetch(_FAMILY, quoted)}


async def show_oids(connection: asyncpg.Connection, shown: Iterable[int], hidden: Iterable[int]) -> None:
    """Within a transaction. Whoever plans after its end sees it so, with plans that it had prepared too."""
    wanted = {**dict.fromkeys(shown, True), **dict.fromkeys(hidden, False)}
    tables = await connection.fetchval(_SHOW, list(wanted), list(wanted.values()))
    if tables:
        await connection.execute(_FORGET_PLANS, tables)


def quoted_in(schema: str, name: str) -> str:
    """An index's full name for SQL."""
    return f"{quote_identifier(schema)}.{quote_identifier(name)}"
