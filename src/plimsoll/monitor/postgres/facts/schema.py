"""Tables and indexes as they are, for the run directory: definitions, sizes, and rows as the server estimates them."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.sizes.sql import DATABASE, SCHEMA_FOREIGN_KEYS, SCHEMA_INDEXES, SCHEMA_TABLES


async def read_schema_facts(link: DatabaseLink) -> Mapping[str, Any]:
    """Plain JSON: `size_bytes` of the database, `tables`, `indexes` and `foreign_keys`, those of the largest tables
    first. Raises what the link raises.

    Sizes are of the pages that the last vacuum or analyze saw; `rows` is None where there was none yet, `definition` of
    an index where somebody holds a lock on all of its table.
    """
    (database,) = await link.fetch(DATABASE)
    tables = [dict(row) for row in await link.fetch(SCHEMA_TABLES)]
    indexes = [dict(row) for row in await _indexes(link)]
    foreign_keys = [dict(row) for row in await link.fetch(SCHEMA_FOREIGN_KEYS)]
    for one in (*tables, *indexes):
        one["size_bytes"] = one.pop("pages") * database["block_size"]
    for table in tables:
        table["rows"] = table["rows"] if table["rows"] >= 0 else None
    return {"size_bytes": database["bytes"], "tables": tables, "indexes": indexes, "foreign_keys": foreign_keys}


async def _indexes(link: DatabaseLink) -> Sequence[Mapping[str, Any]]:
    """Without definitions where a lock came in between."""
    try:
        return await link.fetch(SCHEMA_INDEXES, True)
    except asyncpg.PostgresError:
        return await link.fetch(SCHEMA_INDEXES, False)
