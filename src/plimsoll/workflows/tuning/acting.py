"""Looking at a database as its application does."""

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.workflows.tuning.request import TuneRequest


async def become(connection: asyncpg.Connection, request: TuneRequest, path: str = "") -> None:
    """The session is the application's from now on: its role with its search_path, and the settings that its row
    security reads."""
    try:
        for name, value in {**({"search_path": path} if path else {}), **request.session}.items():
            await connection.fetchval("SELECT pg_catalog.set_config($1, $2, false)", name, value)
        if request.role:
            await connection.execute(f"SET ROLE {quote_identifier(request.role)}")
    except asyncpg.PostgresError as error:
        raise RefusedError(
            "cannot act as the application", why=str(error).partition("\n")[0],
            remedy="check --role and --set; the role that connects must be a member of it",
        ) from None  # fmt: skip


async def set_path(connection: asyncpg.Connection, path: str) -> None:
    """For the rest of the session."""
    await connection.fetchval("SELECT pg_catalog.set_config('search_path', $1, false)", path)


async def path_now(connection: asyncpg.Connection) -> str:
    """The session's search_path."""
    return str(await connection.fetchval("SELECT pg_catalog.current_setting('search_path')"))
