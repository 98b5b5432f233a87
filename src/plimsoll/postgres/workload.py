"""What a database is asked, from pg_stat_statements: two looks and their difference. Nothing is ever reset.

The first look leaves the texts out, which may be hundreds of megabytes; of the second only the texts of statements
that were called in between are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.statement import OURS, Unseen, Workload, WorkloadStatement

TEXT_MAX: Final = 100_000  # characters of a statement; a longer one is a bulk load, and counts as lost
_VERSION_MIN: Final = (1, 9)  # PostgreSQL 14's, which tells statements of clients from those within functions
_SINCE: Final = (1, 11)  # PostgreSQL 17's, from which on an entry tells its age

STATE_SQL: Final = """
SELECT e.extversion AS version, n.nspname::text AS schema,
       EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
       current_setting('pg_stat_statements.track', true) AS track, current_database()::text AS database
FROM (SELECT) AS always
LEFT JOIN pg_catalog.pg_extension e ON e.extname = 'pg_stat_statements'
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
"""
_LOOK_SQL: Final = """
SELECT s.userid, s.queryid, s.calls, s.total_exec_time, s.rows, s.shared_blks_hit, s.shared_blks_read, {since} AS since
FROM {schema}.pg_stat_statements(false) s
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND s.toplevel
"""
_TEXTS_SQL: Final = """
SELECT DISTINCT ON (s.queryid) s.queryid, s.query
FROM {schema}.pg_stat_statements(true) s
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND s.toplevel AND s.queryid = ANY($1::bigint[]) AND length(s.query) <= $2
"""
_INFO_SQL: Final = (
    f"SELECT {OURS} dealloc, stats_reset, clock_timestamp() AS now FROM {{schema}}.pg_stat_statements_info"
)
_ROLES_SQL: Final = "SELECT oid, rolname::text AS name FROM pg_catalog.pg_roles WHERE oid = ANY($1::oid[])"


class Counts(NamedTuple):
    """Of one statement and role, since the entry was made."""

    calls: int
    total_ms: float
    rows: int
    blocks_hit: int
    blocks_read: int


Key = tuple[int, int | None]  # role and statement; None: its text and number are hidden from us
NOTHING: Final = Counts(0, 0.0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """The counters at one time. `since` are entries' ages where the server tells them."""

    at: datetime
    reset_at: datetime | None
    evicted: int
    counts: Mapping[Key, Counts]
    since: Mapping[Key, datetime] = field(default_factory=dict)


async def find_statements(connection: asyncpg.Connection) -> tuple[str, tuple[int, int]]:
    """The quoted schema of pg_stat_statements and its version. Raises RefusedError with what to do where it is not."""
    row = await connection.fetchrow(STATE_SQL)
    assert row is not None
    return place_of(row)


def place_of(row: Mapping[str, Any]) -> tuple[str, tuple[int, int]]:
    """The quoted schema and the version in an answer to `STATE_SQL`. Raises RefusedError as `find_statements` does."""
    refuse_unfit(row["version"], loaded=row["loaded"], track=row["track"], database=row["database"])
    return quote_identifier(row["schema"]), _version(row["version"])


def refuse_unfit(version: str | None, *, loaded: bool, track: str | None, database: str) -> None:
    """Raises RefusedError unless the server keeps account of statements in a form that can be read."""
    if not loaded:
        why, remedy = (
            "it is not among shared_preload_libraries",
            "add it there, restart the server, then CREATE EXTENSION pg_stat_statements",
        )
    elif version is None:
        why = f"the extension is loaded, but not installed in database {database!r}"
        remedy = "in that database, as a superuser: CREATE EXTENSION pg_stat_statements"
    elif _version(version) < _VERSION_MIN:
        why, remedy = f"its version {version} is too old", "ALTER EXTENSION pg_stat_statements UPDATE"
    elif track == "none":
        why = "pg_stat_statements.track is none, so that nothing is counted"
        remedy = "ALTER SYSTEM SET pg_stat_statements.track = 'top'; SELECT pg_reload_conf()"
    else:
        return
    raise RefusedError("pg_stat_statements does not tell what is run here", why=why, remedy=remedy)


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)


async def look(connection: asyncpg.Connection, schema: str, version: tuple[int, int]) -> Look:
    """The counters now, without texts."""
    since = "s.stats_since" if version >= _SINCE else "NULL::timestamptz"
    rows = await connection.fetch(_LOOK_SQL.format(schema=schema, since=since))
    info = await connection.fetchrow(_INFO_SQL.format(schema=schema))
    assert info is not None
    counts: dict[Key, Counts] = defaultdict(lambda: NOTHING)
    for row in rows:  # hidden statements of a role share a key
        before = counts[row["userid"], row["queryid"]]
        counts[row["userid"], row["queryid"]] = _added(before, Counts(*list(row.values())[2:7]))
    ages = {(row["userid"], row["queryid"]): row["since"] for row in rows if row["since"] is not None}
    return Look(info["now"], info["stats_reset"], info["dealloc"], dict(counts), ages)


def since_reset(second: Look) -> Look:
    """The empty look from which all that `second` knows has come."""
    return Look(second.reset_at or second.at, second.reset_at, 0, {})


def _added(one: Counts, other: Counts) -> Counts:
    return Counts._make(mine + theirs for mine, theirs in zip(one, other, strict=True))


def difference(first: Look, second: Look) -> dict[Key, Counts]:
    """What was called between two looks. An entry that began anew in the meantime counts as a whole."""
    found = {}
    for key, now in second.counts.items():
        before = first.counts.get(key, NOTHING)
        if before.calls > now.calls or first.reset_at != second.reset_at or _is_newer(first, second, key):
            before = NOTHING
        delta = Counts._make(mine - theirs for mine, theirs in zip(now, before, strict=True))
        if delta.calls > 0:
            found[key] = delta
    return found


def _is_newer(first: Look, second: Look, key: Key) -> bool:
    since = second.since.get(key)
    return since is not None and since > first.at


async def workload_between(connection: asyncpg.Connection, schema: str, first: Look, second: Look) -> Workload:
    """The statements that were called between two looks, with their texts and roles."""
    delta = difference(first, second)
    numbers = sorted({number for _, number in delta if number is not None})
    texts = await texts_of(connection, schema, numbers)
    roles = await connection.fetch(_ROLES_SQL, sorted({role for role, _ in delta}))
    return assembled(
        delta,
        texts,
        {row["oid"]: row["name"] for row in roles},
        first,
        second,
    )


async def texts_of(connection: asyncpg.Connection, schema: str, numbers: Sequence[int]) -> dict[int, str]:
    """The texts of statements by number, as far as the server has them and they are not too long."""
    rows = await connection.fetch(_TEXTS_SQL.format(schema=schema), numbers, TEXT_MAX)
    return {row["queryid"]: row["query"] for row in rows if row["query"]}


def assembled(
    delta: Mapping[Key, Counts], texts: Mapping[int, str], roles: Mapping[int, str], first: Look, second: Look
) -> Workload:
    """Statements of one text are one: several roles, or several schemas behind one name."""
    by_text: dict[str, list[Key]] = defaultdict(list)
    for key in delta:
        text = texts.get(key[1]) if key[1] is not None else None
        if text is not None:
            by_text[text].append(key)
    statements = [
        WorkloadStatement(
            query, one.calls, one.total_ms, one.rows,
            tuple(sorted({roles.get(role, f"role {role}") for role, _ in keys})), one.blocks_hit, one.blocks_read,
            str(max(keys, key=lambda key: delta[key].total_ms)[1]),
        )
        for query, keys in by_text.items() for one in [_sum(delta[key] for key in keys)]
    ]  # fmt: skip
    hidden = _sum(counts for (_, number), counts in delta.items() if number is None)
    lost = _sum(counts for (_, number), counts in delta.items() if number is not None and number not in texts)
    return Workload(
        statements,
        max(0.0, (second.at - first.at).total_seconds()),
        first.at,
        Unseen(hidden.calls, hidden.total_ms),
        Unseen(lost.calls, lost.total_ms),
        max(0, second.evicted - first.evicted),
        first.reset_at != second.reset_at,
    )


def _sum(many: Iterable[Counts]) -> Counts:
    total = NOTHING
    for one in many:
        total = _added(total, one)
    return total
