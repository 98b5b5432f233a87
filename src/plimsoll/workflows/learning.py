"""Learning distributions from a real database for a fill: reads its catalog and statistics, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Schema, Table
from plimsoll.data.learning.matching import Readable, counterparts, matched, readable, withheld
from plimsoll.postgres.catalog import read_schema
from plimsoll.postgres.column_statistics import read_statistics
from plimsoll.workflows.target import TargetRequest, connected, open_target

STATEMENT_TIMEOUT_S: Final = 60
NAMED_MAX: Final = 8  # tables named in a note, and columns of each


@dataclass(frozen=True, slots=True)
class LearnRequest:
    """From where: None is the target itself, before it is emptied.

    `copied` are columns (TABLE.COLUMN) whose values may be copied though they may be personal.
    """

    where: TargetRequest | None = None
    copied: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned, by tables of the target; `notes` tell what was not. `withheld` are the columns whose values
    stayed there."""

    statistics: Mapping[TableName, TableStatistics] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    withheld: Mapping[TableName, Sequence[str]] = field(default_factory=dict)


async def learn(request: LearnRequest, target: Schema, connection: asyncpg.Connection) -> Learned:
    """Reads, also in a protected environment; `connection` is to the target. Raises UsageError, RefusedError."""
    if request.where is None:
        return await _learned(connection, request, target)
    allowing = replace(request.where, allow_protected=tuple(request.where.settings.environments))
    async with open_target(allowing) as opened, connected(opened) as other:
        return await _learned(other, request, target)


async def _learned(connection: asyncpg.Connection, request: LearnRequest, target: Schema) -> Learned:
    """In one read-only transaction."""
    async with connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
        source = await read_schema(connection, look_for_rows=False)
        pairs = _pairs(target, source)
        tables = [source.tables[name] for name in dict.fromkeys(pairs.values())]
        allowed = _allowed(tables, request.copied)
        found = await read_statistics(connection, [table.name for table in tables], **allowed)
    statistics = {
        name: matched(target.tables[name], source.tables[other], found[other]) for name, other in pairs.items()
    }
    hidden = withheld(target, statistics)
    return Learned(statistics, tuple(_notes(target, statistics, hidden)), hidden)


def _pairs(target: Schema, source: Schema) -> dict[TableName, TableName]:
    """Raises RefusedError if the databases have no table in common."""
    pairs = counterparts(target, source)
    if not pairs:
        raise RefusedError(
            "there is nothing to learn from",
            where="--profile-from",
            why=f"that database has {_some(list(map(str, source.tables))) or 'no table'}, "
            f"and not {_some(list(map(str, target.tables)))}",
            remedy="name a database with the same tables",
        )
    return pairs


def _allowed(tables: Sequence[Table], copied: Sequence[str]) -> dict[str, dict[TableName, frozenset[str]]]:
    """Columns whose values may be read. Raises UsageError for one that is not there."""
    by_table = {table.name: frozenset(_copied(table, copied)) for table in tables}
    known = {f"{prefix}.{name}" for table in tables for name in by_table[table.name] for prefix in _names(table)}
    for name in copied:
        if name not in known:
            raise UsageError(
                f"there is no column {name!r} to copy values of", where="--copy-values", remedy="TABLE.COLUMN"
            )
    found: dict[TableName, Readable] = {table.name: readable(table, by_table[table.name]) for table in tables}
    return {
        "readable": {name: one.always for name, one in found.items()},
        "readable_if_few": {name: one.few for name, one in found.items()},
    }


def _copied(table: Table, copied: Sequence[str]) -> list[str]:
    return [
        column.name for column in table.columns if any(f"{prefix}.{column.name}" in copied for prefix in _names(table))
    ]


def _names(table: Table) -> tuple[str, str]:
    return table.name.name, f"{table.name.schema}.{table.name.name}"


def _notes(
    target: Schema, statistics: Mapping[TableName, TableStatistics], hidden: Mapping[TableName, Sequence[str]]
) -> list[str]:
    columns = sum(len(table.columns) for table in statistics.values())
    known = [name for name, table in statistics.items() if table.columns]
    notes = [f"learned from {columns:,} columns of {len(known):,} tables"]
    if hidden:
        notes.append(_said_withheld(hidden))
    unknown = [str(name) for name, table in sorted(statistics.items()) if not table.columns]
    missing = [str(name) for name in sorted(set(target.tables) - set(statistics))]
    if missing:
        notes.append(f"not there, and filled without it: {_some(missing)}")
    if unknown:
        notes.append(f"no statistics there of {_some(unknown)}: empty, never analyzed, or not readable by this role")
    return notes


def _said_withheld(hidden: Mapping[TableName, Sequence[str]]) -> str:
    """By table, the first of them; all are in `Learned.withheld`."""
    columns = counted(sum(map(len, hidden.values())), "column")
    tables = _some([f"{name} ({_some(names)})" for name, names in hidden.items()])
    return (
        f"values of {columns} not copied, only how frequent they are: {tables}. "
        "--json names all, --copy-values TABLE.COLUMN copies them"
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_MAX:,} more" if len(names) > NAMED_MAX else ""
    return f"{', '.join(names[:NAMED_MAX])}{more}"
