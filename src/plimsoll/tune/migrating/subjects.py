"""Which tables a change is about, and what of them it names. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier, unquoted
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index

NAME: Final = r'("(?:[^"]|"")+"|[^\s".(;]+)'
IN_SCHEMA: Final = rf"{NAME}\.{NAME}"
_ALTERS: Final = re.compile(rf"ALTER TABLE {IN_SCHEMA} (?:ALTER COLUMN {NAME} )?")
_COUNTS: Final = re.compile(
    rf"CREATE STATISTICS IF NOT EXISTS {IN_SCHEMA}(?: \([\w, ]+\))? ON (?P<columns>.+) FROM {IN_SCHEMA}\Z"
)


def tables_of(change: Change) -> list[TableName]:
    """Whose owner may do it; of a setting of a partitioned table its partitions. None where it is about no table."""
    index = change.index or (change.existing.index if change.existing else None)
    if index is not None:
        return [index.table]
    return list(dict.fromkeys(table for table, _ in _named(change)))


def probes_of(change: Change) -> list[str]:
    """Queries that the server can parse only while what the change names is there."""
    if change.index is not None:
        return [_probe(change.index)]
    return [f"SELECT {columns} FROM {table.quoted}" for table, columns in _named(change) if columns]


def _probe(index: Index) -> str:
    selected = ", ".join([*(key.sql for key in index.keys), *map(quote_identifier, index.include)])
    where = f" WHERE {index.predicate}" if index.predicate else ""
    return f"SELECT {selected} FROM {index.table.quoted}{where}"


def _named(change: Change) -> Iterator[tuple[TableName, str]]:
    """Tables of the statements, each with its columns as they are written there."""
    for step in change.steps:
        if found := _ALTERS.match(step.sql):
            yield TableName(unquoted(found[1]), unquoted(found[2])), found[3] or ""
        elif found := _COUNTS.match(step.sql):
            yield TableName(unquoted(found[4]), unquoted(found[5])), found["columns"]
