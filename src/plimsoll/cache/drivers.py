"""Asking an application's own connection something, whichever driver it is of: asyncpg, psycopg async or not."""

from collections.abc import Mapping
from typing import Any

from plimsoll.core.errors import UsageError


async def row_of(connection: Any, statement: str, *names: str) -> tuple[Any, ...]:
    """The values of these columns, by a connection of asyncpg or psycopg's AsyncConnection. Raises what it raises."""
    if hasattr(connection, "fetchrow"):
        return _values(await connection.fetchrow(statement), names)
    return _values(await (await connection.execute(statement)).fetchone(), names)


def row_of_sync(connection: Any, statement: str, *names: str) -> tuple[Any, ...]:
    """As `row_of`, by a connection of psycopg."""
    return _values(connection.execute(statement).fetchone(), names)


def _values(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    if row is None:
        raise UsageError(
            "a connection gave no row", why="it is none of a driver", remedy="pass one of asyncpg, psycopg"
        )
    return tuple(row[name] for name in names) if isinstance(row, Mapping) else tuple(row)
