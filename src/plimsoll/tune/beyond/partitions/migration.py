"""Dividing a table while others write: it becomes the first partition of one that takes its name. Pure.

Nothing is copied. An empty partitioned table is made beside it; a check, validated while others write, says that all
rows that are there are before the first new partition, so that joining it reads nothing. One short transaction under
an exclusive lock changes names and joins. Rows that are there stay together in one partition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tuning.change import Step
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import IndexKey
from plimsoll.tune.beyond.partitions.blocks import swap, swap_back
from plimsoll.tune.beyond.partitions.bounds import Bounds
from plimsoll.tune.beyond.partitions.empty import (
    INDEXED,
    Key,
    empty_steps,
    exists,
    is_divided,
    keys_of,
    oid,
    options_of,
)
from plimsoll.tune.beyond.partitions.names import Names, ending
from plimsoll.tune.migrating.catalog_checks import literal, no_leftover
from plimsoll.tune.migrating.recreating import joined

_NOT_VALID: Final = "Holds readers and writers up for a moment; nothing is read."
_VALID: Final = "Reads the table once; others read and write meanwhile."
_UNIQUE: Final = (
    "A key of a partitioned table has the column that it is divided by. Reads the table twice; others write."
)
_SWAP: Final = (
    "One transaction under an exclusive lock: some milliseconds, as nothing is read or copied. What waits for that "
    "lock makes others wait behind it: try again when lock_timeout ends it."
)
ANALYZE: Final = "The planner has to know the whole. Reads a sample."


def range_steps(table: TableFacts, facts: DatabaseFacts, column: str, bounds: Bounds) -> tuple[Step, ...]:
    """Of a table without a unique index that the column would have to be added to, other than its primary key."""
    name = table.table.name
    names, keys = Names(name), keys_of(facts, name, column)
    return (
        *empty_steps(names, keys, facts, f"RANGE ({quote_identifier(column)})"),
        *_partitions(names, bounds, table),
        *_checked(names, column, bounds),
        *(step for key in keys if key.lacking for step in _unique(names, key)),
        _swapped(names, keys, table, bounds),
        Step(f"ANALYZE {name.quoted}", note=ANALYZE),
    )


def _partitions(names: Names, bounds: Bounds, table: TableFacts) -> Iterator[Step]:
    having = options_of(table)
    for start, end in bounds.pairs():
        one = names.of(start)
        values = f"FOR VALUES FROM ({bounds.text(start)}) TO ({bounds.text(end)})"
        yield Step(
            f"CREATE TABLE {one.quoted} PARTITION OF {names.whole.quoted} {values}{having}",
            note=INDEXED,
            check=exists(one),
        )
    rest = f"CREATE TABLE {names.rest.quoted} PARTITION OF {names.whole.quoted} DEFAULT{having}"
    yield Step(
        rest, check=exists(names.rest),
        note="Takes rows behind the last partition, so that none is refused. Make further partitions before it is "
        "needed: with rows in it, a new one has to read it.",
    )  # fmt: skip


def _checked(names: Names, column: str, bounds: Bounds) -> Iterator[Step]:
    name, check = names.table, quote_identifier(names.check)
    constraints = "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE"
    held = f"CHECK ({quote_identifier(column)} < {bounds.text(bounds.first)})"
    there = f"{constraints} conname = {literal(names.check)} AND conrelid = {oid(name)}"
    divided = is_divided(name)
    yield Step(
        f"ALTER TABLE {name.quoted} ADD CONSTRAINT {check} {held} NOT VALID",
        undo=f"ALTER TABLE {name.quoted} DROP CONSTRAINT IF EXISTS {check}",
        note=f"{_NOT_VALID} Until the tables are swapped, rows from {bounds.first:%Y-%m-%d} on are refused: finish "
        "before that day.",
        check=f"{there}) OR {divided}",
    )
    yield Step(
        f"ALTER TABLE {name.quoted} VALIDATE CONSTRAINT {check}", note=_VALID,
        check=f"{there} AND convalidated) OR {divided}",
    )  # fmt: skip


def _unique(names: Names, key: Key) -> Iterator[Step]:
    index = replace(key.there.index, keys=tuple(map(IndexKey.of, key.columns)), unique=True)
    name = _temporary(key)
    there = TableName(names.table.schema, name)
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {there.quoted}"
    yield Step(drop, alone=True, note="What an earlier try left.", check=no_leftover(*there))
    yield Step(
        index.create(concurrently=True, name=name), undo=drop, alone=True, note=_UNIQUE,
        check=f"{_valid(there)} OR {is_divided(names.table)}",
    )  # fmt: skip


def _swapped(names: Names, keys: Sequence[Key], table: TableFacts, bounds: Bounds) -> Step:
    name, values = names.table, f"FOR VALUES FROM (MINVALUE) TO ({bounds.text(bounds.first)})"
    attach = f"ALTER TABLE {name.quoted} ATTACH PARTITION {names.old.quoted} {values}"
    columns = [column.name for column in table.table.columns if not column.generated]
    lacking = [key for key in keys if key.lacking]
    ends = [f"ALTER TABLE {names.old.quoted} DROP CONSTRAINT {quote_identifier(names.check)}"]
    rekeyed = [_rekeyed(names, key, _temporary(key)) for key in lacking]
    back = swap_back(name, names.whole, names.old, columns)
    return Step(
        swap(name, names.whole, names.old, attach, rekeyed, ends),
        undo=joined((back, *(sql for key in lacking for sql in _keyed_back(names, key)))),
        note=_SWAP,
        check=f"SELECT {is_divided(name)}",
    )


def _rekeyed(names: Names, key: Key, index: str) -> str:
    constraint = quote_identifier(key.there.name)
    return (
        f"ALTER TABLE {names.table.quoted} DROP CONSTRAINT {constraint}, ADD CONSTRAINT {constraint} {key.kind} USING "
        f"INDEX {quote_identifier(index)}"
    )


def _keyed_back(names: Names, key: Key) -> tuple[str, str]:
    """The key as it was, built while others write."""
    name = _temporary(key)
    index = replace(key.there.index, unique=True)
    return index.create(concurrently=True, name=name), _rekeyed(names, key, name)


def _temporary(key: Key) -> str:
    return ending(key.there.name, "divided")


def _valid(name: TableName) -> str:
    return f"SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = {oid(name)} AND indisvalid)"
