"""The empty partitioned table beside the one to be divided: its keys, indexes and foreign keys. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tuning.change import Step
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex
from plimsoll.tune.beyond.partitions.blocks import foreign_keys, preflight
from plimsoll.tune.beyond.partitions.names import Names, ending
from plimsoll.tune.migrating.catalog_checks import literal

PARTITIONED: Final = "partitioned"  # ends names of what is made beside what is there
_PREFLIGHT: Final = "Changes nothing. Fails, and says why, where something of the table cannot be carried over."
_EMPTY: Final = "Empty, beside the table. Locks nothing that others wait for."
INDEXED: Final = "Of the empty table, in no time."
_REFERS: Final = "Holds up writers of the tables that it refers to for a moment."


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key or unique constraint with the column that the table is divided by; `lacking` where it had to be
    added."""

    there: ExistingIndex
    columns: tuple[str, ...]
    lacking: bool

    @property
    def kind(self) -> str:
        return "PRIMARY KEY" if self.there.primary else "UNIQUE"


def keys_of(facts: DatabaseFacts, table: TableName, column: str) -> list[Key]:
    return [_key(one, column) for one in indexes_there(facts, table) if one.constraint]


def indexes_there(facts: DatabaseFacts, table: TableName) -> list[ExistingIndex]:
    return [one for one in facts.indexes_by_table.get(table, []) if one.valid]


def empty_steps(names: Names, keys: Sequence[Key], facts: DatabaseFacts, by: str) -> Iterator[Step]:
    """`by` is as PARTITION BY takes it."""
    table, whole = names.table, names.whole
    yield Step(preflight(table), note=_PREFLIGHT)
    yield Step(
        f"CREATE TABLE {whole.quoted} (LIKE {table.quoted} INCLUDING ALL EXCLUDING INDEXES)\n  PARTITION BY {by}",
        undo=f"DROP TABLE IF EXISTS {whole.quoted}", note=_EMPTY, check=f"{exists(whole)} OR {is_divided(table)}",
    )  # fmt: skip
    yield from _indexes(names, keys, facts)
    yield Step(foreign_keys(table, whole), note=_REFERS)


def options_of(table: TableFacts) -> str:
    """Storage parameters, which partitions have each for itself."""
    options = ", ".join(f"{name} = {value}" for name, value in table.options.items())
    return f" WITH ({options})" if options else ""


def listed(columns: Sequence[str]) -> str:
    return ", ".join(map(quote_identifier, columns))


def oid(name: TableName) -> str:
    return f"to_regclass({literal(name.quoted)})"


def exists(name: TableName) -> str:
    return f"SELECT {oid(name)} IS NOT NULL"


def is_divided(name: TableName) -> str:
    return f"EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {oid(name)} AND relkind = 'p')"


def _key(one: ExistingIndex, column: str) -> Key:
    lacking = column not in one.index.columns
    return Key(one, (*one.index.columns, column) if lacking else one.index.columns, lacking)


def _indexes(names: Names, keys: Sequence[Key], facts: DatabaseFacts) -> Iterator[Step]:
    for key in keys:
        name = ending(key.there.name, PARTITIONED)
        include = f" INCLUDE ({listed(key.there.index.include)})" if key.there.index.include else ""
        sql = f"ALTER TABLE {names.whole.quoted} ADD CONSTRAINT {quote_identifier(name)} {key.kind} "
        yield _indexed(names, f"{sql}({listed(key.columns)}){include}", name)
    for one in indexes_there(facts, names.table):
        if not one.constraint:
            name = ending(one.name, PARTITIONED)
            yield _indexed(names, replace(one.index, table=names.whole).create(name=name), name)


def _indexed(names: Names, sql: str, name: str) -> Step:
    there = exists(TableName(names.table.schema, name))
    return Step(sql, note=INDEXED, check=f"{there} OR {is_divided(names.table)}")
