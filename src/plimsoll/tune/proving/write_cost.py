"""What writing to a table costs on either side: rows like its own inserted and updated, and rolled back.

A freshly restored table has no room on its pages, so that no update of it would be HOT. Those that are updated here
stand on pages from which others were moved away before, as in a table that is in use.
"""

from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Final, TypeVar

import asyncpg

from plimsoll.core.schema import Column, Table
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.proof import Interval95, WriteCost
from plimsoll.tune.proving.execution import EXPLAIN, RELEASED, ROLLED_BACK, SAVEPOINT, Execution, read_explained
from plimsoll.tune.proving.figures import interval
from plimsoll.tune.proving.probing import PROBE, insert, sample, spots, touch, unique_columns, update
from plimsoll.tune.proving.schedule import order
from plimsoll.tune.proving.sides import Side, Switch
from plimsoll.tune.until import Until

_ROUNDS: Final = 6
_T = TypeVar("_T")
_HOT: Final = """
SELECT coalesce(sum(n_tup_hot_upd), 0)::float8, coalesce(sum(n_tup_upd), 0)::float8
FROM pg_catalog.pg_stat_xact_user_tables WHERE relid = ANY($1::text[]::regclass[])
"""
# Triggers of users and checks of foreign keys cost the same on both sides.
_QUIET: Final = "SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = '10s'"


@dataclass(frozen=True, slots=True)
class Written:
    """Of one round on one side: microseconds and WAL bytes a row, and how many updates were HOT."""

    insert_us: float | None = None
    update_us: float | None = None
    wal_bytes: float | None = None
    hot_share: float | None = None


@dataclass
class Probe:
    """Rows to write. `spots` are places of rows to update, by the table that holds them."""

    table: Table
    insert: str
    updated: Sequence[Column]
    rows: int = 0
    spots: dict[str, list[str]] = field(default_factory=dict)


async def write_cost(
    connection: asyncpg.Connection,
    switch: Switch,
    sides: tuple[Side, Side],
    table: TableFacts,
    updated: frozenset[str],
    until: Until,
) -> WriteCost | None:
    """`updated` are the columns that the workload gives new values to. None where nothing of it could be measured."""
    await switch.wake()
    probe = await _probe(connection, table, updated)
    found: tuple[list[Written], list[Written]] = ([], [])
    try:
        for number in range(_ROUNDS):
            if until.over:
                break
            for at in order((0, 1), number):
                await _room_again(connection, switch, probe)
                await switch.show(sides[at])
                found[at].append(await _round(connection, probe))
    finally:
        await connection.execute(f"DROP TABLE IF EXISTS {PROBE}")
    return cost_of(".".join(table.table.name), *found)


def cost_of(table: str, before: Sequence[Written], after: Sequence[Written]) -> WriteCost | None:
    """Medians of both sides. The first round of each is to warm up, where there are others."""
    names = ("insert_us", "update_us", "wal_bytes", "hot_share")
    inserted, updated, wal, hot = (_both(name, before[1:] or before, after[1:] or after) for name in names)
    more = [_more(name, before[1:], after[1:]) for name in names[:2]]
    return WriteCost(table, inserted, updated, wal, hot, *more) if inserted or updated or wal or hot else None


def _both(name: str, before: Sequence[Written], after: Sequence[Written]) -> tuple[float, float] | None:
    sides = [[value for one in side if (value := getattr(one, name)) is not None] for side in (before, after)]
    return (median(sides[0]), median(sides[1])) if all(sides) else None


def _more(name: str, before: Sequence[Written], after: Sequence[Written]) -> Interval95 | None:
    """By how much it became more, within rounds; one alone tells nothing."""
    pairs = [(getattr(one, name), getattr(other, name)) for one, other in zip(before, after, strict=False)]
    found = [now - was for was, now in pairs if was is not None and now is not None]
    return interval(found) if len(found) > 1 else None


async def _probe(connection: asyncpg.Connection, table: TableFacts, updated: frozenset[str]) -> Probe:
    columns = [one for one in table.table.columns if one.name in updated - unique_columns(table.table)]
    probe = Probe(table.table, insert(table.table), columns)
    with suppress(asyncpg.PostgresError):
        await connection.execute(f"DROP TABLE IF EXISTS {PROBE}; {sample(table.table.name, table.rows)}")
        probe.rows = await connection.fetchval(f"SELECT count(*) FROM {PROBE}")
    if columns:
        with suppress(asyncpg.PostgresError):
            await _make_room(connection, probe, table.rows)
    return probe


async def _make_room(connection: asyncpg.Connection, probe: Probe, rows: int) -> None:
    """Some rows of each page that is written to are moved away, and their places given free."""
    found = await connection.fetch(spots(probe.table.name, rows))
    for leaf in {row["leaf"] for row in found}:
        moved = [spot for row in found if row["leaf"] == leaf for spot in row["moved"]]
        async with connection.transaction():
            await connection.execute(_QUIET)
            await connection.execute(touch(leaf, probe.updated[0]), moved)
        await connection.execute(f"VACUUM {leaf}")
        probe.spots[leaf] = [row["updated"] for row in found if row["leaf"] == leaf]


async def _room_again(connection: asyncpg.Connection, switch: Switch, probe: Probe) -> None:
    """Versions that were rolled back fill the pages until they are vacuumed, for which every index has to be live."""
    if probe.spots:
        await switch.wake()
    for leaf in probe.spots:
        await connection.execute(f"VACUUM (TRUNCATE off) {leaf}")


async def _round(connection: asyncpg.Connection, probe: Probe) -> Written:
    """Updated first: rows that are inserted go where there is room."""
    updated, hot = await _undone(connection, _updated(connection, probe))
    inserted = await _undone(connection, _inserted(connection, probe))
    said = updated or inserted
    rows = sum(map(len, probe.spots.values()))
    return Written(
        1000 * inserted.ms / probe.rows if inserted else None,
        1000 * updated.ms / rows if updated else None,
        said.wal_bytes / (rows if updated else probe.rows) if said else None,
        hot,
    )


async def _undone(connection: asyncpg.Connection, work: Coroutine[object, object, _T]) -> _T:
    undone = connection.transaction()
    await undone.start()
    try:
        await connection.execute(_QUIET)
        return await work
    finally:
        work.close()
        await undone.rollback()


async def _inserted(connection: asyncpg.Connection, probe: Probe) -> Execution | None:
    """None where the table would not have such rows."""
    if not (probe.insert and probe.rows):
        return None
    return await _executed(connection, probe.insert)


async def _updated(connection: asyncpg.Connection, probe: Probe) -> tuple[Execution | None, float | None]:
    """All leaves together, and the share that was HOT."""
    found: list[Execution] = []
    before = await connection.fetchrow(_HOT, list(probe.spots))
    for leaf, places in probe.spots.items():
        sql = update(leaf, probe.updated)
        one = await _executed(connection, sql, places) if sql else None
        if one is None:
            return None, None
        found.append(one)
    if not found:
        return None, None
    hot, rows = (
        now - then for now, then in zip(await connection.fetchrow(_HOT, list(probe.spots)), before, strict=True)
    )
    whole = Execution(sum(one.ms for one in found), wal_bytes=sum(one.wal_bytes for one in found))
    return whole, hot / rows if rows else None


async def _executed(connection: asyncpg.Connection, sql: str, *values: object) -> Execution | None:
    await connection.execute(SAVEPOINT)
    try:
        said = await connection.fetchval(f"{EXPLAIN} {sql}", *values)
    except asyncpg.PostgresError:
        await connection.execute(ROLLED_BACK)
        return None
    await connection.execute(RELEASED)
    return read_explained(said)
