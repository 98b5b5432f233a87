"""The application's connections, and transactions on somebody's behalf."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

ACT = "SELECT set_config('app.organization_id', $1, true), set_config('app.profile_id', $2, true)"
CONNECT_TIMEOUT_S = 10.0


async def open_pool(dsn: str, size: int, statement_timeout_s: float, name: str = "fluentscribe") -> asyncpg.Pool:
    """Connects when it is first used, so that a server starts before its database does."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT_S,
        init=_prepare,
        server_settings={
            "application_name": name,
            "statement_timeout": f"{round(statement_timeout_s * 1000)}ms",
            "idle_in_transaction_session_timeout": "60s",
        },
    )


@asynccontextmanager
async def acting(
    pool: asyncpg.Pool, organization: UUID | None, person: UUID | None, wait_s: float
) -> AsyncIterator[Any]:
    """A transaction that sees what the person may see in the organization. Raises TimeoutError after `wait_s`."""
    async with pool.acquire(timeout=wait_s) as connection, connection.transaction():
        await connection.execute(ACT, str(organization or ""), str(person or ""))
        yield connection


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
