"""The application's connections, and transactions on somebody's behalf."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from fluentscribe.database.roles import check_role

ACT = "SELECT set_config('app.organization_id', $1, true), set_config('app.profile_id', $2, true)"
ACT_BY_ONE_PLAN = f"{ACT}, set_config('plan_cache_mode', 'force_generic_plan', true)"
CONNECT_TIMEOUT_S = 10.0
_READING = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}
MARGIN_S = 5.0  # past its own limit of time a server that lives has said so
CLOSE_TIMEOUT_S = 5.0


class Unanswered(TimeoutError):
    """The database has a connection of ours, and is silent on it."""


async def open_pool(
    dsn: str,
    size: int,
    statement_timeout_s: float,
    role: str,
    name: str = "fluentscribe",
    *,
    reads: bool = False,
    leaves: bool = False,
) -> asyncpg.Pool:
    """Connects when it is first used, so that a server starts before its database does.

    Whoever takes a connection gets WrongRole where the DSN's role may not do the work of `role`. One that `reads` can
    do nothing else, and sees one snapshot in each transaction. That, and one that `leaves` sessions as they are, is for
    who sets nothing there but for a transaction: what else is reset after each use.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=statement_timeout_s + MARGIN_S,
        max_cached_statement_lifetime=0,  # as long as the connection: planned anew each takes some 2 ms of the server
        init=partial(_prepare, role),
        reset=_leave if reads or leaves else None,
        server_settings={
            **(_READING if reads else {}),
            "application_name": name,
            "statement_timeout": f"{round(statement_timeout_s * 1000)}ms",
            "idle_in_transaction_session_timeout": "60s",
        },
    )


async def close_pool(pool: asyncpg.Pool) -> None:
    """Connections on which the database is silent are cut."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await pool.close()


@asynccontextmanager
async def acting(
    pool: asyncpg.Pool, organization: UUID | None, person: UUID | None, wait_s: float, *, one_plan: bool = False
) -> AsyncIterator[Any]:
    """A transaction that sees what the person may see in the organization. `one_plan`: statements have plans that are
    made once, for any values.

    Raises TimeoutError where none is free after `wait_s`, Unanswered where the database is silent.
    """
    act = ACT_BY_ONE_PLAN if one_plan else ACT
    async with _acting(pool, act, (organization, person), wait_s) as (connection, _):
        yield connection


@asynccontextmanager
async def acting_and_asked(
    pool: asyncpg.Pool,
    organization: UUID | None,
    person: UUID | None,
    wait_s: float,
    question: str,
    *arguments: Any,
    one_plan: bool = False,
) -> AsyncIterator[tuple[Any, Any]]:
    """The same, with the row that `question` finds, as `asked_at_once` made it: in one message to the server."""
    statement = question.format(act=ACT_BY_ONE_PLAN if one_plan else ACT)
    async with _acting(pool, statement, (organization, person), wait_s, *arguments) as acts:
        yield acts


def asked_at_once(columns: str, query: str) -> str:
    """A question for `acting_and_asked`: `columns`, and those of `query`, whose parameters begin with $3; null where it
    finds nothing.

    A row of `act` comes before anything else is read, so that policies and functions know on whose behalf.
    """
    return f"""
WITH act AS MATERIALIZED ({{act}})
SELECT {columns}, asked.* FROM act LEFT JOIN LATERAL ({query}) AS asked ON true
"""


@asynccontextmanager
async def _acting(
    pool: asyncpg.Pool, statement: str, who: tuple[UUID | None, UUID | None], wait_s: float, *arguments: Any
) -> AsyncIterator[tuple[Any, Any]]:
    async with pool.acquire(timeout=wait_s) as connection, answered(connection):
        transaction = connection.transaction()
        async with asyncio.timeout(wait_s):
            await transaction.start()
            row = await connection.fetchrow(statement, *(str(one or "") for one in who), *arguments)
        try:
            yield connection, row
        except (TimeoutError, asyncio.CancelledError):
            raise  # to roll back would be to wait for the same silent server
        except BaseException:
            await transaction.rollback()
            raise
        await transaction.commit()


@asynccontextmanager
async def answered(connection: Any) -> AsyncIterator[None]:
    """Cuts the connection where a wait for the database was given up: it would wait on, to cancel and to reset."""
    try:
        yield
    except asyncio.CancelledError:
        connection.terminate()
        raise
    except TimeoutError as error:
        connection.terminate()
        raise Unanswered("the database does not answer") from error


async def _leave(connection: asyncpg.Connection) -> None:
    """As it is: all that transactions set was theirs alone."""


async def _prepare(role: str, connection: asyncpg.Connection) -> None:
    async with answered(connection):
        await check_role(connection, role)
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
