"""What a tuning looks at before it decides: the database as it is, what is asked of it, and how it plans that."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import asyncpg

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.core.units import format_bytes, format_count
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.costing.planning import plan_all
from plimsoll.workflows.target import OpenTarget
from plimsoll.workflows.tuning.acting import path_now
from plimsoll.workflows.tuning.bypassing import bypassed_tables, told_bypassed
from plimsoll.workflows.tuning.request import Say, TuneRequest
from plimsoll.workflows.tuning.workload import read_workload


@dataclass(frozen=True, slots=True)
class Looked:
    """All of it, as values; nothing more is asked of the database but plans. `session` are the settings with which that
    was: those of the request, and the search_path that was found."""

    facts: DatabaseFacts
    workload: QueryWorkload
    planned: Sequence[Planned]
    session: Mapping[str, str]


async def look(
    connection: asyncpg.Connection, request: TuneRequest, timeout_s: float, stop: asyncio.Event, say: Say
) -> Looked:
    """Facts and counters are read as whoever connects, values and plans as the role of the request. `stop` ends a
    window."""
    await _refuse_unknown(connection, request.schemas)
    facts = await read_facts(connection, request.schemas)
    size, tables = format_bytes(facts.bytes), format_count(len(facts.tables))
    say(f"{facts.database}: {size} in {tables} tables with {format_count(len(facts.indexes))} indexes")
    workload = await read_workload(connection, request, timeout_s, stop, say)
    say(f"planning {format_count(len(workload.queries))} statements of {workload.source}")
    planned = await plan_all(connection, workload.queries, timeout_s)
    past = frozenset() if request.role else await bypassed_tables(connection, timeout_s)
    path = await path_now(connection)
    session = request.session if path == facts.settings["search_path"] else {"search_path": path, **request.session}
    facts = replace(facts, settings={**facts.settings, "search_path": path})
    return Looked(facts, told_bypassed(workload, planned, facts, past), planned, session)


async def _refuse_unknown(connection: asyncpg.Connection, schemas: Sequence[str]) -> None:
    """Raises UsageError for a schema that is not there."""
    rows = await connection.fetch("SELECT nspname::text FROM pg_catalog.pg_namespace LIMIT 10000") if schemas else []
    known = {row["nspname"] for row in rows}
    unknown = [one for one in schemas if one not in known]
    if unknown:
        alike = {name.lower(): name for name in known}
        near = get_close_matches(unknown[0].lower(), alike, n=1)
        raise UsageError(
            f"there is no schema {unknown[0]!r}",
            where="--schema",
            remedy=f"did you mean {alike[near[0]]}?" if near else "name one of the database's",
        )


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
