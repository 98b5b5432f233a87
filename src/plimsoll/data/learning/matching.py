"""Which statistics go with which column, and of which columns values may be read at all. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, Schema, Table
from plimsoll.data.checks import solve
from plimsoll.data.meaning.judging import category, personal_column

_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "citext", "name"})
_READ_KINDS: Final = frozenset({"base", "enum"})


@dataclass(frozen=True, slots=True)
class Readable:
    """Columns of a table whose values may be read: `always`, and `few` where there are only few different ones."""

    always: frozenset[str] = frozenset()
    few: frozenset[str] = frozenset()


def counterparts(target: Schema, source: Schema) -> dict[TableName, TableName]:
    """For tables of the target, the source's: of the same schema and name, else the only one of that name."""
    by_name: dict[str, list[TableName]] = {}
    for name in source.tables:
        by_name.setdefault(name.name, []).append(name)
    found = {}
    for name in target.tables:
        alike = by_name.get(name.name, [])
        if name in source.tables:
            found[name] = name
        elif len(alike) == 1:
            found[name] = alike[0]
    return found


def readable(table: Table, allowed: Collection[str]) -> Readable:
    """Numbers, times, flags and enums that say nothing of a person; categories; and what is allowed by name.

    `allowed` are names of columns. Keys are never read: rows of the target have keys of their own.
    """
    keys = _keys(table)
    open_columns = [column for column in table.columns if column.name not in keys and column.type.kind in _READ_KINDS]
    few = {column.name for column in open_columns if _is_text(column) and _listed(table, column)}
    plain = {column.name for column in open_columns if _is_listed(column)}
    plain |= {column.name for column in open_columns if not _is_text(column) and not personal_column(table, column)}
    said = {column.name for column in open_columns if column.name in allowed}
    return Readable(frozenset(plain | said), frozenset(few - said))


def matched(table: Table, source: Table, statistics: TableStatistics) -> TableStatistics:
    """The statistics as far as they fit the table: of a column of another type only the shares are left."""
    theirs = {column.name: column for column in source.columns}
    found = {}
    for column in table.columns:
        known = statistics.columns.get(column.name)
        if known is not None:
            found[column.name] = known if _alike(column, theirs[column.name]) else _shares_only(known)
    return TableStatistics(statistics.rows, found)


def withheld(schema: Schema, statistics: Mapping[TableName, TableStatistics]) -> dict[TableName, list[str]]:
    """The columns whose values were not read, keys apart, by table in order."""
    found = {
        name: [one for one, known in table.columns.items() if known.withheld and one not in _keys(schema.tables[name])]
        for name, table in sorted(statistics.items())
    }
    return {name: columns for name, columns in found.items() if columns}


def _keys(table: Table) -> set[str]:
    """Columns whose values are the target's own: those of foreign keys, and unique ones."""
    foreign = {name for key in table.foreign_keys for name in key.columns}
    return foreign | {key.columns[0] for key in table.uniques if len(key.columns) == 1 and key.columns[0]}


def _listed(table: Table, column: Column) -> bool:
    """Whether a text is one of a list: by its name, or by a check that lists them."""
    if category(table, column) or not personal_column(table, column):
        return True
    checks = [check for check in table.checks if check.columns == (column.name,)]
    domain = solve({column.name: column.type}, checks).domains.get(column.name)
    return domain is not None and domain.choices is not None


def _is_listed(column: Column) -> bool:
    """Whether the schema itself has all values: how frequent each is says nothing of one person."""
    return column.type.kind == "enum" or column.type.base == "bool"


def _is_text(column: Column) -> bool:
    return column.type.kind == "base" and column.type.base in _TEXTS


def _alike(column: Column, other: Column) -> bool:
    if _is_text(column):
        return _is_text(other)
    return (column.type.kind, column.type.base) == (other.type.kind, other.type.base)


def _shares_only(known: ColumnStatistics) -> ColumnStatistics:
    return replace(known, frequent=(), bounds=(), withheld=True)
