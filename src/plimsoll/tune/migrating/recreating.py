"""Building again an index that was dropped, by the server's own definition of it."""

import re
from collections.abc import Iterator
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import PartitionScheme
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex

_CREATE: Final = re.compile(r"\ACREATE (UNIQUE )?INDEX ")
_BETWEEN: Final = re.compile(r";\n(?=(?:CREATE|DROP|ALTER) )")


def recreated(existing: ExistingIndex, facts: DatabaseFacts) -> tuple[str, ...]:
    """The statements, without semicolons. A partitioned index is written ON ONLY its table by the server, which alone
    would never become valid: each partition's is built, too, and joined."""
    scheme = scheme_of(existing.index.table, facts)
    return (concurrent(existing.definition),) if scheme is None else tuple(_whole(existing, scheme, facts))


def joined(statements: tuple[str, ...]) -> str:
    """Several statements as the undo of one step."""
    return ";\n".join(statements)


def statements_of(undo: str) -> list[str]:
    """The statements that `joined` made one text of."""
    return [one for one in _BETWEEN.split(undo) if one]


def concurrent(definition: str) -> str:
    """CREATE INDEX CONCURRENTLY, from what pg_get_indexdef says."""
    return _CREATE.sub(lambda found: f"CREATE {found[1] or ''}INDEX CONCURRENTLY ", definition)


def scheme_of(table: TableName, facts: DatabaseFacts) -> PartitionScheme | None:
    """How a table, or a partition, is partitioned itself."""
    found = facts.tables.get(table)
    if found is not None:
        return found.table.partitioning
    schemes = (one.table.partitioning for one in facts.tables.values())
    return next((below for one in schemes if one is not None for below in [_below(one, table)] if below), None)


def _below(scheme: PartitionScheme, table: TableName) -> PartitionScheme | None:
    for one in scheme.partitions:
        if one.scheme is not None:
            found = one.scheme if one.name == table else _below(one.scheme, table)
            if found is not None:
                return found
    return None


def _whole(existing: ExistingIndex, scheme: PartitionScheme, facts: DatabaseFacts) -> Iterator[str]:
    yield existing.definition
    for partition in scheme.partitions:
        part = next((one for one in facts.indexes if _is_part(one, existing, partition.name)), None)
        if part is None:  # a foreign table has none
            continue
        if partition.scheme is None:
            yield concurrent(part.definition)
        else:
            yield from _whole(part, partition.scheme, facts)
        yield attach(existing.schema, existing.name, part.schema, part.name)


def attach(schema: str, name: str, part_schema: str, part: str) -> str:
    """Makes a partition's index a part of the whole."""
    whole = f"{quote_identifier(schema)}.{quote_identifier(name)}"
    return f"ALTER INDEX {whole} ATTACH PARTITION {quote_identifier(part_schema)}.{quote_identifier(part)}"


def _is_part(one: ExistingIndex, whole: ExistingIndex, table: TableName) -> bool:
    return one.index.table == table and one.partition_of == whole.name
