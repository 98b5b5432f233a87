"""What a tuning looks at before it decides: the database as it is, what is asked of it, and how it plans that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.core.units import format_bytes, format_count
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.costing.planning import plan_all
from plimsoll.workflows.target import OpenTarget
from plimsoll.workflows.tuning.request import Say, TuneRequest
from plimsoll.workflows.tuning.workload import read_workload


@dataclass(frozen=True, slots=True)
class Looked:
    """All of it, as values; nothing more is asked of the database but plans."""

    facts: DatabaseFacts
    workload: QueryWorkload
    planned: Sequence[Planned]


async def look(
    connection: asyncpg.Connection, request: TuneRequest, timeout_s: float, stop: asyncio.Event, say: Say
) -> Looked:
    """Reads facts as whoever connects, the rest as the role that the statements are sent as. `stop` ends a window."""
    facts = await read_facts(connection, request.schemas)
    size, tables = format_bytes(facts.bytes), format_count(len(facts.tables))
    say(f"{facts.database}: {size} in {tables} tables with {format_count(len(facts.indexes))} indexes")
    await become(connection, request)
    workload = await read_workload(connection, request, timeout_s, stop, say)
    say(f"planning {format_count(len(workload.queries))} statements of {workload.source}")
    return Looked(facts, workload, await plan_all(connection, workload.queries, timeout_s))


async def become(connection: asyncpg.Connection, request: TuneRequest) -> None:
    """The session is the application's from now on: its role, and the settings that its row security reads."""
    try:
        for name, value in request.session.items():
            await connection.fetchval("SELECT pg_catalog.set_config($1, $2, false)", name, value)
        if request.role:
            await connection.execute(f"SET ROLE {quote_identifier(request.role)}")
    except asyncpg.PostgresError as error:
        raise RefusedError(
            "cannot act as the application", why=str(error).partition("\n")[0],
            remedy="check --role and --set; the role that connects must be a member of it",
        ) from None  # fmt: skip


def refuse_pooled(opened: OpenTarget) -> OpenTarget:
    """Raises RefusedError behind a transaction pooler, where a session's settings and indexes are nobody's."""
    if opened.traits.pooled:
        raise RefusedError(
            "cannot tune through a transaction pooler",
            where=opened.database.display,
            why="statements are planned in a session of their own",
            remedy="connect to the server itself",
        )
    return opened
