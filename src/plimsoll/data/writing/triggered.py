"""Rows that triggers write into tables whose turn comes later: a profile for each user.

They make way for those that are planned, to which further tables refer. Only what this fill's own triggers wrote goes:
the tables are locked and found empty before the first trigger fires.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.data.writing.copying import Work, rows_in
from plimsoll.data.writing.fill import TableFill

_MAY_DELETE_SQL: Final = "SELECT has_table_privilege($1::text, 'SELECT') AND has_table_privilege($1::text, 'DELETE')"


async def hold_empty(connection: asyncpg.Connection, fills: Sequence[TableFill]) -> frozenset[TableName]:
    """Of the tables filled after one that has triggers, those that are empty, and stay so for all others."""
    first = next((place for place, fill in enumerate(fills) if fill.table.triggers), len(fills))
    return frozenset([fill.table.name for fill in fills[first + 1 :] if await _held(connection, fill.table.name)])


async def make_way(work: Work, table: TableName) -> None:
    """Deletes what triggers wrote into a table that was held empty."""
    gone = rows_in(await work.connection.execute(f"DELETE FROM {table.quoted}"))
    if gone:
        work.watch.phase(f"{gone:,} rows that triggers wrote into {table.name} make way")


async def _held(connection: asyncpg.Connection, table: TableName) -> bool:
    if not await connection.fetchval(_MAY_DELETE_SQL, table.quoted):
        return False
    await connection.execute(f"LOCK TABLE {table.quoted} IN SHARE ROW EXCLUSIVE MODE")
    return not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table.quoted})")
