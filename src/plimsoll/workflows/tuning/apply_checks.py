"""What is looked at before a tuning is applied: whether it is this database, and what would stand in the way."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.request import READ_S

LONG_S: Final = 30.0  # a transaction so old may well be there yet, and is waited for at the end of a build
LOCKING_S: Final = 0.1  # the same of one that has a lock in the way; shorter ones come and go
READS: Final = ("AccessShareLock", "RowShareLock")  # a build does not wait for these, dropping does
TOLD: Final = 3
SPARE: Final = 2.0  # times the index: its sort is on disk, too

_STATE: Final = """
SELECT current_database()::text AS database, pg_catalog.pg_is_in_recovery() AS standby,
       current_setting('server_version') AS version, current_setting('port') AS port,
       current_setting('default_transaction_read_only')::boolean AS read_only,
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END
           AS data_directory
"""
_TABLES: Final = """
SELECT asked, c.relkind::text AS kind, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE') AS creates
FROM unnest($1::text[]) AS asked LEFT JOIN pg_catalog.pg_class c ON c.oid = to_regclass(asked)
"""
# Who is in a transaction for $1 seconds, or for $2 (of other roles it may be hidden for how long) with a lock on one of
# the tables $3 or their partitions that is of none of the modes $4.
_TRANSACTIONS: Final = """
SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.state, 'state unknown') AS state,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND coalesce(a.backend_type, 'client backend') = 'client backend'
  AND (a.xact_start < clock_timestamp() - make_interval(secs => $1)
    OR coalesce(a.xact_start < clock_timestamp() - make_interval(secs => $2), true) AND a.pid IN (
      SELECT l.pid FROM pg_catalog.pg_locks l
      WHERE l.locktype = 'relation' AND l.granted AND l.mode <> ALL ($4) AND l.relation IN (
        SELECT to_regclass(name) FROM unnest($3::text[]) AS name
        UNION SELECT t.relid FROM unnest($3::text[]) AS name, pg_catalog.pg_partition_tree(to_regclass(name)) t)))
ORDER BY a.xact_start
"""
_PREPARED: Final = """
SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::float8 AS age_s
FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() ORDER BY prepared
"""
_BUILDS: Final = """
SELECT p.pid, n.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_stat_progress_create_index p
LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE p.datname = current_database()
"""
# An index to drop, as it is now: whether something has come to rest on it, and its scans with those below it.
_DROPPED: Final = """
SELECT i.indisreplident OR (i.indisprimary AND t.relreplident = 'd') AS identity, i.indisclustered AS clustered,
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid) AS constrained,
       (SELECT coalesce(sum(pg_catalog.pg_stat_get_numscans(o)), 0) FROM (
            SELECT i.indexrelid AS o UNION SELECT b.relid FROM pg_catalog.pg_partition_tree(i.indexrelid) b
        ) AS below)::bigint AS scans
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
WHERE i.indexrelid = to_regclass($1)
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checks:
    """`refused` are reasons to do nothing at all, `against` a reason against single changes by their number,
    `warnings` what may make it wait."""

    server: str
    refused: Sequence[tuple[str, str]] = ()  # why, and what to do
    against: Mapping[int, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


async def check(connection: asyncpg.Connection, database: str, changes: Sequence[tuple[int, Advised]]) -> Checks:
    """Reads the catalog and who is at work, in a read-only transaction."""
    async with reading(connection, READ_S):
        state = await connection.fetchrow(_STATE)
        assert state is not None
        tables = {row["asked"]: row for row in await connection.fetch(_TABLES, sorted(_tables(changes)))}
        drops = {name: await connection.fetchrow(_DROPPED, name) for name in _dropped(changes)}
        builds = await connection.fetch(_BUILDS)
        waited = [
            *map(transaction_words, await in_the_way(connection, changes, LONG_S, LOCKING_S)),
            *map(prepared_words, await connection.fetch(_PREPARED)),
        ]
    against = {number: why for number, one in changes if (why := against_change(one, tables, drops, builds))}
    return Checks(
        f"PostgreSQL {state['version'].split()[0]}",
        tuple(refusals(state, database)),
        against,
        (*waiting_words(waited), *_room(state, changes), *_elsewhere(builds, changes)),
    )


async def in_the_way(
    connection: asyncpg.Connection, changes: Sequence[tuple[int, Advised]], long_s: float, locking_s: float
) -> list[Row]:
    """Transactions that the changes would wait for, by how long they are open."""
    passed = () if any(one.change.kind == "drop-index" for _, one in changes) else READS
    return list(await connection.fetch(_TRANSACTIONS, long_s, locking_s, sorted(_tables(changes)), passed))


def refusals(state: Row, database: str) -> Iterator[tuple[str, str]]:
    """Why nothing of a tuning is done here. Pure."""
    if state["database"] != database.rpartition("/")[2]:
        yield (
            f"the tuning is of database {database}, and this is {state['database']}",
            "connect to the one that it is of; on another one, look at migration.sql and run it with psql",
        )
    if state["standby"]:
        yield "this server is a standby, which takes no changes", "connect to the primary"
    if state["read_only"]:
        yield "default_transaction_read_only is on for this role or database", "connect as a role that may write"


def against_change(
    one: Advised, tables: Mapping[str, Row], drops: Mapping[str, Row | None], builds: Sequence[Row]
) -> str:
    """Why a change is not done; "" where nothing speaks against it. Pure."""
    table = table_of(one)
    if table is None:
        return ""
    found = tables[table.quoted]
    if found["kind"] is None:
        return f"table {table} is not there any more"
    if not found["owned"]:
        return f"only the owner of {table} may do it, a member of that role or a superuser"
    if one.change.kind == "create-index" and not found["creates"]:
        return f"the role may not create in schema {table.schema}"
    if any((row["schema"], row["name"]) == table for row in builds):
        return f"somebody is building an index on {table} at this moment"
    if any(row["name"] is None for row in builds):
        return "somebody is building an index at this moment; on which table is hidden from this role"
    return _against_drop(one, drops)


def _against_drop(one: Advised, drops: Mapping[str, Row | None]) -> str:
    """What has changed since the advice was given."""
    existing = one.change.existing
    found = drops.get(existing.quoted) if existing is not None and one.change.kind == "drop-index" else None
    if existing is None or found is None:
        return ""
    if found["constrained"] or found["identity"] or found["clustered"]:
        kept = "a constraint" if found["constrained"] else "the replica identity" if found["identity"] else "CLUSTER"
        return f"{kept} needs index {existing.name}"
    if one.change.form == "unused" and found["scans"] > existing.scans:
        return f"index {existing.name} was called unused, and has been scanned since"
    return ""


def table_of(one: Advised) -> TableName | None:
    """Whose index it is; None for a change of another kind."""
    index = one.change.index or (one.change.existing.index if one.change.existing else None)
    return index.table if index is not None else None


def transaction_words(row: Row) -> str:
    name = f" ({row['application']})" if row["application"] else ""
    age = "not known for how long" if row["age_s"] is None else f"for {format_duration(row['age_s'])}"
    return f"process {row['pid']}{name}, {row['state']}, {age}"


def prepared_words(row: Row) -> str:
    return f"prepared transaction {row['gid']}, for {format_duration(row['age_s'])}"


def waiting_words(waited: Sequence[str]) -> Iterator[str]:
    """What CONCURRENTLY waits for, and what gives up after a moment."""
    if waited:
        more = f", and {len(waited) - TOLD} more" if len(waited) > TOLD else ""
        yield f"builds wait for transactions that are open: {'; '.join(waited[:TOLD])}{more}"


def size_of(one: Advised) -> int:
    """What the change takes on disk, measured or reckoned."""
    if one.change.kind != "create-index":
        return 0
    return one.proof.size_bytes if one.proof else one.estimate.size_bytes if one.estimate else 0


def room_words(needed: int, free: int | None) -> str:
    """Whether there is room on the server's disk; "" where there is plenty. None: it cannot be told."""
    if free is None:
        return f"whether the server has room for {format_bytes(needed)} cannot be told from here" if needed else ""
    if needed * SPARE <= free:
        return ""
    return f"the indexes take {format_bytes(needed)} and building them as much again; {format_bytes(free)} are free"


def _room(state: Row, changes: Sequence[tuple[int, Advised]]) -> list[str]:
    words = room_words(sum(size_of(one) for _, one in changes), _free(state))
    return [words] if words else []


def _free(state: Row) -> int | None:
    """Of the server's disk, where it is ours: its data directory is here, and the server in it has this port."""
    if not state["data_directory"]:
        return None
    data = Path(state["data_directory"])
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        return shutil.disk_usage(data).free if lines[3:4] == [state["port"]] else None
    except OSError:
        return None


def _elsewhere(builds: Sequence[Row], changes: Sequence[tuple[int, Advised]]) -> Iterator[str]:
    ours = {table_of(one) for _, one in changes}
    others = [row for row in builds if row["name"] is not None and (row["schema"], row["name"]) not in ours]
    if others:
        pids = ", ".join(str(row["pid"]) for row in others[:TOLD])
        yield f"indexes are being built on other tables, by processes {pids}"


def _tables(changes: Sequence[tuple[int, Advised]]) -> set[str]:
    return {table.quoted for _, one in changes if (table := table_of(one)) is not None}


def _dropped(changes: Sequence[tuple[int, Advised]]) -> list[str]:
    existing = (one.change.existing for _, one in changes if one.change.kind == "drop-index")
    return [one.quoted for one in existing if one is not None]
