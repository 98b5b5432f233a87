"""What is looked at before a tuning is applied: whether it is this database, and what it would wait for."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.tune.migrating.subjects import tables_of
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.apply_live import Row, against_each, read_live
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


@dataclass(frozen=True, slots=True)
class Checks:
    """`refused` are reasons to do nothing at all, `against` a reason against single changes by their number,
    `warnings` what may make it wait."""

    server: str
    refused: Sequence[tuple[str, str]] = ()  # why, and what to do
    against: Mapping[int, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


async def check(
    connection: asyncpg.Connection, database: str, changes: Sequence[tuple[int, Advised]], *, back: bool = False
) -> Checks:
    """Reads the catalog and who is at work, in a read-only transaction. `back`: the changes take others back."""
    async with reading(connection, READ_S):
        state = await connection.fetchrow(_STATE)
        assert state is not None
        live = await read_live(connection, [one.change for _, one in changes])
        waited = [
            *map(transaction_words, await in_the_way(connection, changes, LONG_S, LOCKING_S)),
            *map(prepared_words, await connection.fetch(_PREPARED)),
        ]
    return Checks(
        f"PostgreSQL {state['version'].split()[0]}",
        tuple(refusals(state, database)),
        against_each([(number, one.change) for number, one in changes], live, back=back),
        (*waiting_words(waited), *_room(state, changes), *_elsewhere(live.builds, changes)),
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
    ours = {table for _, one in changes for table in tables_of(one.change)}
    others = [row for row in builds if row["name"] is not None and (row["schema"], row["name"]) not in ours]
    if others:
        pids = ", ".join(str(row["pid"]) for row in others[:TOLD])
        yield f"indexes are being built on other tables, by processes {pids}"


def _tables(changes: Sequence[tuple[int, Advised]]) -> set[str]:
    return {table.quoted for _, one in changes for table in tables_of(one.change)}
