"""What a tuning looks at before it decides: the database as it is, what is asked of it, and how it plans that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.core.units import format_bytes, format_count
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.costing.planning import plan_all
from plimsoll.workflows.target import OpenTarget
from plimsoll.workflows.tuning.bypassing import bypassed_tables, told_bypassed
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
    """Facts and counters are read as whoever connects, values and plans as the role of the request. `stop` ends a
    window."""
    facts = await read_facts(connection, request.schemas)
    size, tables = format_bytes(facts.bytes), format_count(len(facts.tables))
    say(f"{facts.database}: {size} in {tables} tables with {format_count(len(facts.indexes))} indexes")
    workload = await read_workload(connection, request, timeout_s, stop, say)
    say(f"planning {format_count(len(workload.queries))} statements of {workload.source}")
    planned = await plan_all(connection, workload.queries, timeout_s)
    past = frozenset() if request.role else await bypassed_tables(connection, timeout_s)
    return Looked(facts, told_bypassed(workload, planned, facts, past), planned)


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
