"""Statements asked of a real server, and what would be proposed for them."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.asking import plan_of
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.candidates.finding import candidates

TRIGRAMS = "gin_trgm_ops"


def query_of(text: str, *values: tuple[str, str]) -> Query:
    """With (type, value) of each parameter."""
    types, given = tuple(kind for kind, _ in values), tuple(value for _, value in values)
    return Query(text, text, 100.0, 1_000.0, types=types, bindings=(Binding(given, "real"),))


def proposed(dsn: str, ddl: str, queries: Sequence[Query]) -> dict[str, list[str]]:
    """For each statement's text, what is proposed for it when it is the whole workload, short. The server has taken
    every one of them, but those that want an extension."""
    return asyncio.run(_proposed(dsn, ddl, queries))


async def _proposed(dsn: str, ddl: str, queries: Sequence[Query]) -> dict[str, list[str]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(ddl)
        facts = replace(await read_facts(connection), available=frozenset({"pg_trgm"}))
        found = {query.text: await _indexes(connection, query, facts) for query in queries}
        await _build(connection, [index for some in found.values() for index in some])
        return {text: [short(index) for index in some] for text, some in found.items()}
    finally:
        await connection.close()


async def _indexes(connection: asyncpg.Connection, query: Query, facts: DatabaseFacts) -> list[Index]:
    plan = await plan_of(connection, query, query.bindings[0])
    return [one.index for one in candidates([Planned(query, [plan])], facts)]


async def _build(connection: asyncpg.Connection, indexes: Sequence[Index]) -> None:
    """All at once, of no rows."""
    tables = ", ".join({index.table.quoted for index in indexes})
    wanted = {index.create() for index in indexes if all(key.opclass != TRIGRAMS for key in index.keys)}
    await connection.execute(f"TRUNCATE {tables}; " + "; ".join(sorted(wanted)))


def short(index: Index) -> str:
    """ON "public"."t" USING btree ("a") as t btree (a)."""
    rest = index.definition.partition(" USING ")[2]
    return f"{index.table.name} " + re.sub(r'"([a-z_]\w*)"', r"\1", rest)
