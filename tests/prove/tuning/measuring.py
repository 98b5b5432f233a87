"""What a case's statements take on the real server."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import asyncpg

from tests.prove.tuning.cases import Asked

REPEATS = 3
ROOTS = """
SELECT child.relname, root.relname FROM pg_class child JOIN pg_class root ON root.oid = pg_partition_root(child.oid)
WHERE child.relkind = 'i' AND child.relispartition
"""
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, WAL, FORMAT JSON) "


@dataclass(frozen=True, slots=True)
class Taken:
    """Of a whole workload, by its calls: time, WAL of its writes; and the names of the indexes that its plans use."""

    ms: float
    wal_bytes: float
    used: frozenset[str]


async def taken(connection: asyncpg.Connection, asked: Sequence[Asked]) -> Taken:
    """The median of a few executions of each binding; what writes is rolled back."""
    each = [await _taken_by_one(connection, one) for one in asked]
    used = frozenset[str]().union(*(one.used for one in each))
    roots = {row[0]: row[1] for row in await connection.fetch(ROOTS)}
    return Taken(
        sum(one.ms for one in each),
        sum(one.wal_bytes for one in each),
        frozenset(roots.get(name, name) for name in used),
    )


async def _taken_by_one(connection: asyncpg.Connection, asked: Asked) -> Taken:
    await connection.execute(f"PREPARE asked AS {asked.sql}")
    try:
        plans = [await _run(connection, values) for values in asked.bindings for _ in range(REPEATS)]
    finally:
        await connection.execute("DEALLOCATE asked")
    chunks = [plans[at : at + REPEATS] for at in range(0, len(plans), REPEATS)]
    share = asked.calls / len(chunks)
    return Taken(
        sum(median(map(_ms, chunk)) for chunk in chunks) * share,
        sum(median(map(_wal, chunk)) for chunk in chunks) * share,
        frozenset(name for plan in plans for name in _indexes(plan["Plan"])),
    )


async def _run(connection: asyncpg.Connection, values: Sequence[str]) -> Mapping[str, Any]:
    given = f"({', '.join(values)})" if values else ""
    undone = connection.transaction()
    await undone.start()
    try:
        return dict(json.loads(await connection.fetchval(f"{EXPLAIN} EXECUTE asked{given}"))[0])
    finally:
        await undone.rollback()


def _ms(plan: Mapping[str, Any]) -> float:
    return float(plan["Execution Time"]) + float(plan["Planning Time"])


def _wal(plan: Mapping[str, Any]) -> float:
    return float(plan["Plan"].get("WAL Bytes", 0))


def _indexes(node: Mapping[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield str(node["Index Name"])
    for below in node.get("Plans", ()):
        yield from _indexes(below)
