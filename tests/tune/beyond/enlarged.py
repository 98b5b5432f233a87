"""Statements planned on a small real database, and judged as if its tables were large."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from plimsoll.postgres.asking import arguments
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.beyond.advising import beyond
from plimsoll.tune.costing.planning import plan_all

TIMES = 1_000  # as many rows, pages and bytes


def asked_of(
    text: str, *values: tuple[str, str], calls: float = 100.0, rows: float = 0.0, ms: float = 1_000.0
) -> Query:
    """With (type, value) of each parameter."""
    types, given = tuple(kind for kind, _ in values), tuple(value for _, value in values)
    return Query(text, text, calls, ms, rows, types=types, bindings=(Binding(given, "real"),))


def advised(dsn: str, ddl: str, queries: Sequence[Query], times: int = TIMES) -> dict[str, list[Advised]]:
    """What is advised for each statement of a workload, by its text. Where a statement has an `after`, the server has
    found the same rows by both."""
    return asyncio.run(_advised(dsn, ddl, queries, times))


async def _advised(dsn: str, ddl: str, queries: Sequence[Query], times: int) -> dict[str, list[Advised]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(ddl)
        planned = await plan_all(connection, queries, 5.0)
        assert [one.why for one in planned] == [""] * len(planned)
        found = beyond(planned, enlarged(await read_facts(connection), times), QueryWorkload(queries, "a test"))
        for one in planned:
            await _same_rows(connection, one, found)
        return {query.text: [one for one in found if one.change.subject == query.id] for query in queries}
    finally:
        await connection.close()


async def _same_rows(connection: asyncpg.Connection, one: Planned, found: Sequence[Advised]) -> None:
    given = arguments(one.query, one.query.bindings[0])
    for change in (each.change for each in found if each.change.subject == one.query.id and each.change.after):
        before = await connection.fetch(change.before, *given)
        after = await connection.fetch(change.after, *given)
        assert before, f"shows nothing without rows: {change.before}"
        assert sorted(map(repr, map(tuple, before))) == sorted(map(repr, map(tuple, after))), change.after


def enlarged(facts: DatabaseFacts, times: int = TIMES) -> DatabaseFacts:
    """On a server that has trigrams, as not all of the tests' have."""
    available = frozenset({"pg_trgm"})
    return replace(
        facts, available=available, tables={name: _enlarged(one, times) for name, one in facts.tables.items()}
    )


def _enlarged(one: TableFacts, times: int) -> TableFacts:
    statistics = replace(one.statistics, rows=one.rows * times)
    return replace(one, statistics=statistics, pages=one.pages * times, bytes=one.bytes * times)
