"""What the server has counted of a workload's statements, and of indexes. Read, never reset."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.applied import AppliedIndex, Counted, Counters
from plimsoll.core.tuning.query import Query
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.workload import TEXT_MAX, find_statements
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.request import READ_S

_STATEMENTS: Final = """
SELECT s.queryid::text AS id, CASE WHEN length(s.query) <= $1 THEN s.query END AS text, s.calls,
       s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.stddev_exec_time AS stddev_ms
FROM {schema}.pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND s.toplevel AND s.calls > 0
"""
_INFO: Final = "SELECT dealloc, stats_reset, clock_timestamp() AS now FROM {schema}.pg_stat_statements_info"
# Those below one of a partitioned table are added up; by itself it is read by nobody, and not valid for long.
_SCANS: Final = """
SELECT coalesce(sum(pg_catalog.pg_stat_get_numscans(o)), 0)::bigint AS scans,
       bool_and(i.indisvalid) FILTER (WHERE c.relkind = 'i') AS valid, count(*) AS found
FROM (SELECT to_regclass($1)::oid AS o
      UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(to_regclass($1)) t) AS below
JOIN pg_catalog.pg_index i ON i.indexrelid = o JOIN pg_catalog.pg_class c ON c.oid = o
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Uses:
    """Of an index: scans since it was built or its counters were reset; None where it is not there."""

    scans: int | None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Count:
    """Counters, and why there are none, or not all."""

    counters: Counters | None
    why: str = ""


async def count(connection: asyncpg.Connection, queries: Sequence[Query]) -> Count:
    """Of these statements, by their ids. What the server does not tell is said, and never an error."""
    try:
        async with reading(connection, READ_S):
            schema, _ = await find_statements(connection)
            rows = await connection.fetch(_STATEMENTS.format(schema=schema), TEXT_MAX)
            info = await connection.fetchrow(_INFO.format(schema=schema))
    except RefusedError as error:
        return Count(None, f"{error}. {error.remedy}" if error.remedy else str(error))
    except FOREIGN as error:
        return Count(None, f"pg_stat_statements cannot be read: {' '.join(str(error).split())}")
    assert info is not None
    shown = [row for row in rows if row["id"] is not None]
    counters = Counters(info["now"], info["stats_reset"], counted(queries, shown), info["dealloc"])
    return Count(counters, hidden_words(sum(row["calls"] for row in rows if row["id"] is None)))


def hidden_words(calls: int) -> str:
    """ "" where nothing is hidden."""
    if not calls:
        return ""
    return f"{calls:,} calls of other roles are hidden from this one: GRANT pg_read_all_stats TO this role shows them"


async def uses(connection: asyncpg.Connection, indexes: Iterable[AppliedIndex]) -> dict[AppliedIndex, Uses]:
    """How often each was scanned."""
    found = {}
    async with reading(connection, READ_S):
        for one in indexes:
            row = await connection.fetchrow(_SCANS, TableName(one.schema, one.name).quoted)
            assert row is not None  # it adds up
            found[one] = Uses(row["scans"], row["valid"] is not False) if row["found"] else Uses(None)
    return found


def counted(queries: Sequence[Query], rows: Sequence[Row]) -> dict[str, Counted]:
    """Each statement with all its entries: those with its number, and those with its text, which other roles and
    schemas have. Statements that the server does not know are left out."""
    found = {query.id: _of(query, rows) for query in queries}
    return {name: added(entries) for name, entries in found.items() if entries}


def _of(query: Query, rows: Sequence[Row]) -> list[Counted]:
    texts = {row["text"] for row in rows if row["id"] == query.id and row["text"]}
    own = _bare(query.text, query.types)
    if not texts:  # its number is of another server, of another version, or not known
        texts = {row["text"] for row in rows if row["text"] and _bare(row["text"], query.types) == own}
    alike = (row for row in rows if row["id"] == query.id or row["text"] in texts)
    return [Counted(row["calls"], row["total_ms"], row["stddev_ms"] ** 2 * row["calls"]) for row in alike]


def _bare(text: str, types: Sequence[str]) -> str:
    """But for casts of parameters, case and blanks."""
    for number, name in enumerate(types, 1):
        text = text.replace(f"${number}::text::{name}", f"${number}").replace(f"${number}::{name}", f"${number}")
    return re.sub(r"\s+", " ", text).strip("; ").lower()


def added(entries: Sequence[Counted]) -> Counted:
    """Several as one: the squares about the common mean are those within each and those between them."""
    calls, total = sum(one.calls for one in entries), sum(one.total_ms for one in entries)
    mean = total / calls if calls else 0.0
    between = sum(one.calls * (one.total_ms / one.calls - mean) ** 2 for one in entries if one.calls)
    return Counted(calls, total, sum(one.m2 for one in entries) + between)
