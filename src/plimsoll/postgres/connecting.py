"""Opening connections, and finding out once how a target wants to be spoken to.

**Poolers.** A pooler such as PgBouncer makes up the key (BackendKeyData) it gives to a client; so the server process it
names differs from the one that answers. That tells that a pooler is there, not how it shares: a session pooler, behind
which prepared statements would work, is treated as a transaction pooler too. `prepared = true` in the environment says
otherwise, and so it does for PgBouncer from 1.21 with max_prepared_statements. A pooler that passes the server's own
key on is not seen: `prepared = false`, or `pgbouncer=true` in the DSN, tells.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import asyncpg

from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.pooler import is_pooled, pooler_hint
from plimsoll.postgres.refusals import refusal
from plimsoll.postgres.session import SessionTraits

__all__ = ["SessionTraits", "connect", "connect_raw", "learn_traits"]

TIMEOUT_S = 10.0  # for one attempt on all hosts, where neither caller nor DSN says
_T = TypeVar("_T")

STATEMENT_CACHE = 100  # statements that asyncpg keeps prepared on a connection, its default

# A DSN that the driver cannot read makes it raise ValueError; anything beyond these is our own mistake.
_FOREIGN = (*FOREIGN, ValueError)


async def connect(
    target: Target, *, prepared: bool | None = None, timeout_s: float | None = None
) -> asyncpg.Connection:
    """An open connection. `prepared` None looks for a pooler first and keeps statements prepared only without one.

    `timeout_s` bounds all of it; without one the DSN's connect_timeout, else 10 seconds. Raises RefusedError with the
    cause and a remedy. Behind a pooler, run everything within transactions.
    """
    timeout_s = timeout_s or target.connect_timeout_s or TIMEOUT_S
    try:
        async with asyncio.timeout(timeout_s):
            return await _connect(target, prepared)
    except _FOREIGN as error:
        raise refusal(error, target) from None


async def connect_raw(target: Target, traits: SessionTraits, timeout_s: float) -> asyncpg.Connection:
    """An open connection with its settings made, for the load: raises what the driver raises, for `error_class`."""
    async with asyncio.timeout(timeout_s):
        connection = await _open(target, prepared=traits.prepared)
        if traits.setup_sql:
            await _or_terminate(connection, connection.execute(traits.setup_sql))
        return connection


async def learn_traits(
    target: Target,
    *,
    prepared: bool | None = None,
    protected: bool = False,
    statement_timeout_s: float = 30.0,
    timeout_s: float | None = None,
) -> SessionTraits:
    """How to speak to a target: connects once to see whether a pooler stands between. Raises RefusedError as `connect`.

    `prepared` True or False decides about prepared statements whatever is found.
    """
    timeout_s = timeout_s or target.connect_timeout_s or TIMEOUT_S
    try:
        async with asyncio.timeout(timeout_s):
            connection = await _open(target, prepared=False)
            pooled = pooler_hint(target) or await _or_terminate(connection, is_pooled(connection))
            await connection.close()
    except _FOREIGN as error:
        raise refusal(error, target) from None
    allowed = not pooled if prepared is None else prepared
    return SessionTraits(allowed, pooled, protected, statement_timeout_s)


async def _connect(target: Target, prepared: bool | None) -> asyncpg.Connection:
    connection = await _open(target, prepared=prepared is not False)
    if prepared is not None:
        return connection
    if not (pooler_hint(target) or await _or_terminate(connection, is_pooled(connection))):
        return connection
    await connection.close()
    return await _open(target, prepared=False)


async def _open(target: Target, *, prepared: bool) -> asyncpg.Connection:
    """The caller bounds the time: asyncpg's own limit would be a second one."""
    cache = STATEMENT_CACHE if prepared else 0
    return await asyncpg.connect(**target.connect_arguments(), statement_cache_size=cache, timeout=None)


async def _or_terminate(connection: asyncpg.Connection, work: Awaitable[_T]) -> _T:
    """The work's result; a connection on which it failed is not left open."""
    try:
        return await work
    except BaseException:
        connection.terminate()
        raise
