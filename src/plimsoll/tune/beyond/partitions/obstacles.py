"""What forbids to divide a table by a column without changing what is promised of its rows. Pure."""

from collections.abc import Iterator

from plimsoll.core.schema import ForeignKey, UniqueKey
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts

_GIVEN = ("gen_random_uuid", "uuid_generate_", "uuidv4", "uuidv7")  # values that nobody repeats


def obstacles(table: TableFacts, facts: DatabaseFacts, column: str) -> list[str]:
    """In words; what stands against it in the catalog only, the migration says by itself."""
    return [*_unique(table, column), *_excluded(table), *_referring(table, facts), *_plain(table)]


def _unique(table: TableFacts, column: str) -> Iterator[str]:
    """A key that the column is added to no longer forbids what it did, unless its values come from a counter."""
    for key in table.table.uniques:
        if column in key.columns or (key.primary and _is_given(table, key)):
            continue
        yield f"{key.name} has to stay unique over all partitions, which only a key with {column} can"


def _is_given(table: TableFacts, key: UniqueKey) -> bool:
    columns = [column for column in table.table.columns if column.name in key.columns]
    return any(
        column.identity or column.sequence or any(word in (column.default or "") for word in _GIVEN)
        for column in columns
    )


def _excluded(table: TableFacts) -> Iterator[str]:
    for one in table.table.exclusions:
        yield f"exclusion constraint {one.name} would hold within a partition only"


def _referring(table: TableFacts, facts: DatabaseFacts) -> Iterator[str]:
    for other in facts.tables.values():
        for key in other.table.foreign_keys:
            if key.referenced == table.table.name:
                yield _refers(key, other)


def _refers(key: ForeignKey, other: TableFacts) -> str:
    columns = ", ".join(key.referenced_columns)
    return (
        f"foreign key {key.name} of {other.table.name} refers to ({columns}), which would no longer be a key by itself"
    )


def _plain(table: TableFacts) -> Iterator[str]:
    for key in table.table.uniques:
        if key.nulls_not_distinct:
            yield f"{key.name} takes NULLs for equal, which is not carried over"
