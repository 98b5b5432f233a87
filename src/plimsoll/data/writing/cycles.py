"""Tables that refer to each other by foreign keys that can neither be NULL nor wait for the end of a transaction.

Within the fill's own transaction such keys are made to wait; then they are checked, and become what they were.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName, quote_identifier

Waiting = tuple[TableName, str]  # a table and its foreign key
_ALTER: Final = "ALTER TABLE {table} ALTER CONSTRAINT {key} {how}"


async def let_wait(connection: asyncpg.Connection, keys: Sequence[Waiting]) -> None:
    """To be called before rows are written. Raises what the server does where this role does not own the table."""
    for table, key in keys:
        await connection.execute(_alter(table, key, "DEFERRABLE INITIALLY DEFERRED"))


async def check_waiting(connection: asyncpg.Connection, keys: Sequence[Waiting]) -> None:
    """Checks them, as all that waits: no table may be altered before."""
    if not keys:
        return
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, key in keys:
        await connection.execute(_alter(table, key, "NOT DEFERRABLE"))


def _alter(table: TableName, key: str, how: str) -> str:
    return _ALTER.format(table=table.quoted, key=quote_identifier(key), how=how)
