"""Asking an application's own connection something, whichever driver it is of: asyncpg, psycopg async or not."""

from collections.abc import Mapping
from typing import Any

from plimsoll.core.errors import UsageError


async def row_of(connection: Any, statement: str, *names: str) -> tuple[Any, ...]:
    """The values of these columns, by a connection of asyncpg or psycopg's AsyncConnection. Raises what it raises."""
    if hasattr(connection, "acquire"):  # of a pool, which would ask one of its connections, and not that which reads
        raise _no_driver("not a connection", f"a {type(connection).__name__} has many")
    if hasattr(connection, "fetchrow"):
        return _values(await connection.fetchrow(statement), names)
    cursor = _executing(connection)(statement)
    if not hasattr(cursor, "__await__"):
        raise _other_kind(connection, "cannot be awaited", "pass it to on_sync, writing_sync or token_of_sync")
    return _values(await (await cursor).fetchone(), names)


def row_of_sync(connection: Any, statement: str, *names: str) -> tuple[Any, ...]:
    """As `row_of`, by a connection of psycopg."""
    cursor = _executing(connection)(statement)
    if hasattr(cursor, "__await__"):
        cursor.close()  # nobody is to be warned that it was never awaited
        raise _other_kind(connection, "has to be awaited", "pass it to on, writing or token_of, and await")
    return _values(cursor.fetchone(), names)


def transaction_on(connection: Any) -> Any:
    """A context manager of the driver. Raises UsageError for what is no connection."""
    if not hasattr(connection, "transaction"):
        raise _no_driver("not a connection", f"a {type(connection).__name__} begins no transaction")
    return connection.transaction()


def _executing(connection: Any) -> Any:
    if not hasattr(connection, "execute"):
        raise _no_driver("not a connection", f"a {type(connection).__name__} executes nothing")
    return connection.execute


def _no_driver(what: str, why: str) -> UsageError:
    return UsageError(what, why=why, remedy="pass one of asyncpg, psycopg")


def _other_kind(connection: Any, why: str, remedy: str) -> UsageError:
    kind = type(connection)
    why = f"what {kind.__module__.partition('.')[0]}'s {kind.__name__} executes {why}"
    return UsageError("a connection of the other kind", why=why, remedy=remedy)


def _values(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    if row is None:
        raise _no_driver("a connection gave no row", "it is none of a driver")
    return tuple(row[name] for name in names) if isinstance(row, Mapping) else tuple(row)
