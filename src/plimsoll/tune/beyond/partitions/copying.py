"""Dividing a table by copying it while others write: what is there goes into its partitions, too. Pure.

A trigger does to the copy what is done to the table, rows that are there are copied in small transactions, and once
both are alike one short transaction changes their names. From then on a trigger keeps the old table like the new one,
so that going back loses nothing. It takes the room of the table once more, and each write costs twice meanwhile.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tuning.change import Step
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.tune.beyond.partitions.blocks import exchange, exchange_back
from plimsoll.tune.beyond.partitions.copy_blocks import alike, copied, is_kept, keeping, kept, owned, released
from plimsoll.tune.beyond.partitions.empty import (
    INDEXED,
    PARTITIONED,
    empty_steps,
    exists,
    indexes_there,
    is_divided,
    keys_of,
    options_of,
)
from plimsoll.tune.beyond.partitions.names import Names, ending
from plimsoll.tune.migrating.catalog_checks import literal
from plimsoll.tune.migrating.recreating import joined

_FUNCTION: Final = "What is done to the one is done to the other."
_TRIGGER: Final = "Holds writers up for a moment. From here on each write costs twice."
_COPY: Final = (
    "Takes as long as copying the table, in transactions of 10,000 rows, which are locked against changes meanwhile. "
    "Must not stand in a transaction. Again from the start after a failure: what is there already is passed over."
)
_ALIKE: Final = "Reads both tables once. Fails where they differ."
_SWAP: Final = (
    "One transaction under an exclusive lock: some milliseconds, as only names change. It waits for that lock for "
    "half a second at most, since others wait behind it: repeat it until it gets there. The old table is kept like "
    "the new one."
)


def hash_steps(table: TableFacts, facts: DatabaseFacts, column: str, parts: int) -> tuple[Step, ...]:
    """Of a table with a primary key, and without another that the column would have to be added to."""
    name = table.table.name
    names = Names(name)
    forth, back = names.function("copy"), names.function("copy_back")
    columns = [one.name for one in table.table.columns if not one.generated]
    primary = table.table.primary_key
    key = [one for one in (primary.columns if primary is not None else ()) if one]
    return (
        *empty_steps(names, keys_of(facts, name, column), facts, f"HASH ({quote_identifier(column)})"),
        *_partitions(names, parts, table),
        *_kept(names, [*dict.fromkeys([*key, column])], columns, forth, back),
        Step(copied(name, names.whole, key, columns), alone=True, note=_COPY),
        Step(alike(name, names.whole), note=_ALIKE),
        _exchanged(names, facts, forth, back),
    )


def _partitions(names: Names, parts: int, table: TableFacts) -> Iterator[Step]:
    for number in range(parts):
        one = names.numbered(number)
        values = f"FOR VALUES WITH (MODULUS {parts}, REMAINDER {number})"
        sql = f"CREATE TABLE {one.quoted} PARTITION OF {names.whole.quoted} {values}{options_of(table)}"
        yield Step(sql, note=INDEXED, check=exists(one))


def _kept(
    names: Names, key: Sequence[str], columns: Sequence[str], forth: TableName, back: TableName
) -> Iterator[Step]:  # fmt: skip
    divided = is_divided(names.table)
    for function, target in ((forth, names.whole), (back, names.old)):
        there = f"SELECT to_regprocedure({literal(f'{function.quoted}()')}) IS NOT NULL"
        undo = f"DROP FUNCTION IF EXISTS {function.quoted}()"
        yield Step(keeping(function, target, key, columns), undo=undo, note=_FUNCTION, check=there)
    yield Step(owned(names.table, names.whole, (forth, back)))
    for number, sql in enumerate(kept(names.table, forth)):
        undo = joined(tuple(released(names.table, forth))) if number == 0 else ""
        check = f"{is_kept(names.table, forth, number)} OR {divided}"
        yield Step(sql, undo=undo, note=_TRIGGER if number == 0 else "", check=check)


def _exchanged(names: Names, facts: DatabaseFacts, forth: TableName, back: TableName) -> Step:
    indexes = [one.name for one in indexes_there(facts, names.table)]
    return Step(
        exchange(names.table, names.whole, names.old, released(names.table, forth), _renamed(names, indexes),
                 [*kept(names.table, back), f"ALTER TABLE {names.old.quoted} NO FORCE ROW LEVEL SECURITY"]),
        undo=exchange_back(names.table, names.whole, names.old, released(names.table, back), _back(names, indexes)),
        note=_SWAP, check=f"SELECT {is_divided(names.table)}",
    )  # fmt: skip


def _renamed(names: Names, indexes: Sequence[str]) -> list[str]:
    """The new table's take the names of the old one's."""
    first = [_rename(names, one, ending(one, "old")) for one in indexes]
    return [*first, *(_rename(names, ending(one, PARTITIONED), one) for one in indexes)]


def _back(names: Names, indexes: Sequence[str]) -> list[str]:
    first = [_rename(names, one, ending(one, PARTITIONED)) for one in indexes]
    return [*first, *(_rename(names, ending(one, "old"), one) for one in indexes)]


def _rename(names: Names, one: str, to: str) -> str:
    return f"ALTER INDEX {TableName(names.table.schema, one).quoted} RENAME TO {quote_identifier(to)}"
