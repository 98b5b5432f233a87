"""Plans of a workload's statements, by EXPLAIN alone: nothing is executed."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.asking import plan_of
from plimsoll.settings.masking import mask

# What a server or the driver says of a statement or a value that is not as it should be; KeyError is a plan without
# what every plan has.
_REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, ArithmeticError, KeyError, TypeError)
Acting = Callable[[asyncpg.Connection], Awaitable[None]]
_LOCK_TIMEOUT_MS = 1000  # planning waits for whoever holds a table exclusively; and others would queue behind it


async def plan_all(connection: asyncpg.Connection, queries: Sequence[Query], timeout_s: float) -> list[Planned]:
    """Each query with its plans, in their order. `timeout_s` bounds each planning. What the server refuses is in
    `why`; raises RefusedError only where the connection itself is lost."""
    return [await planned(connection, query, timeout_s) for query in queries]


async def planned(connection: asyncpg.Connection, query: Query, timeout_s: float, act: Acting | None = None) -> Planned:
    """One query with the plan of each of its bindings. `act` makes its transaction another role's."""
    plans: list[PlanNode | None] = []
    why = ""
    for binding in query.bindings:
        try:
            plans.append(await _plan(connection, query, binding, timeout_s, act))
        except _REFUSALS as error:
            _raise_if_lost(connection, error)
            plans.append(None)
            why = why or mask(_words(error))
    return Planned(query, tuple(plans), why)


async def _plan(
    connection: asyncpg.Connection, query: Query, binding: Binding, timeout_s: float, act: Acting | None
) -> PlanNode:
    """In a transaction of its own, so that a refusal spoils no other; read-only, since planning calls functions."""
    async with connection.transaction(readonly=True):
        timeout_ms = max(1, round(timeout_s * 1000))
        lock_ms = min(timeout_ms, _LOCK_TIMEOUT_MS)
        await connection.execute(f"SET LOCAL statement_timeout = {timeout_ms}; SET LOCAL lock_timeout = {lock_ms}")
        if act is not None:
            await act(connection)
        return await plan_of(connection, query, binding)


def _raise_if_lost(connection: asyncpg.Connection, error: Exception) -> None:
    if connection.is_closed():
        raise RefusedError("cannot plan the workload", why="the connection to the database was lost") from error


def _words(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
