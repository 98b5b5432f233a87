"""The steps of a change: statements that lock for moments only, each with what takes it back and how to see it done.

An index is built CONCURRENTLY, alone. What an earlier try left unfinished is dropped first: IF NOT EXISTS would take it
for the index. A partitioned table's index is made empty, built on each partition, and joined.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.schema import PartitionScheme
from plimsoll.core.tuning.change import Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.tune.migrating import catalog_checks as checks
from plimsoll.tune.migrating.naming import in_schema, name_of
from plimsoll.tune.migrating.recreating import attach, joined, recreated, scheme_of

EXTENSION_OF: Final[Mapping[str, str]] = {"gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm"}
_LEFTOVER: Final = "An earlier try that was broken off leaves an index that is not valid."
_LEFTOVER_OF_PARTITIONS: Final = "An earlier try that was broken off, with what it joined. Locks for a moment."
_EMPTY: Final = "Empty, and not valid until each partition has its part. Holds writers up for a moment."
_WITH_PARTITIONS: Final = "With its partitions' indexes. Locks the table and all partitions for a moment."
_EXTENSION: Final = (
    "Needs the right to CREATE in this database, or a superuser. It stays when the change is taken back: others may "
    "use it by then."
)


def create_steps(index: Index, facts: DatabaseFacts) -> tuple[Step, ...]:
    """Building an index, on a table or on a partition. Raises UsageError where none can be built by a migration."""
    _refuse_unknown(index, facts)
    scheme = scheme_of(index.table, facts)
    steps = _plain(index, facts) if scheme is None else _partitioned(index, scheme, facts)
    return (*_extension_steps(index, facts), *steps)


def drop_steps(existing: ExistingIndex, facts: DatabaseFacts) -> tuple[Step, ...]:
    """Dropping an index that is there. Raises UsageError where something rests on it."""
    _refuse_needed(existing)
    partitioned = bool(existing.partitions) or " ON ONLY " in existing.definition
    how = "" if partitioned else "CONCURRENTLY "
    return (
        Step(
            f"DROP INDEX {how}IF EXISTS {existing.quoted}",
            undo=joined(recreated(existing, facts)) if existing.valid else "",
            alone=not partitioned,
            note=_WITH_PARTITIONS if partitioned else "",
            check=checks.is_gone(existing.schema, existing.name),
        ),
    )


def _plain(index: Index, facts: DatabaseFacts) -> Iterator[Step]:
    name, schema = name_of(index, facts), index.table.schema
    create, drop = index.create(concurrently=True, name=name), _drop(index, name, concurrently=True)
    yield Step(drop, alone=True, note=_LEFTOVER, check=checks.no_leftover(schema, name))
    yield Step(create, undo=drop, alone=True, check=checks.is_built(schema, name, index.table))


def _partitioned(index: Index, scheme: PartitionScheme, facts: DatabaseFacts) -> Iterator[Step]:
    """The whole is dropped with what is joined to it; what is not yet joined is dropped by itself."""
    undo = joined(tuple(_drops(index, scheme, facts)))
    steps = list(_whole(index, scheme, facts))
    steps[-1] = replace(steps[-1], check=checks.is_whole(index.table.schema, name_of(index, facts), index.table))
    yield from (replace(one, undo=undo if at == 1 else "") for at, one in enumerate(steps))


def _whole(index: Index, scheme: PartitionScheme, facts: DatabaseFacts) -> Iterator[Step]:
    """Leftover, the empty whole, then of each partition its index and joining it."""
    name, schema = name_of(index, facts), index.table.schema
    leftover = checks.no_leftover_of_partitions(schema, name, index.table)
    yield Step(_drop(index, name), note=_LEFTOVER_OF_PARTITIONS, check=leftover)
    yield Step(_on_only(index, name), note=_EMPTY, check=checks.is_there(schema, name, index.table))
    for partition in scheme.partitions:
        part = replace(index, table=partition.name)
        part_schema, part_name = part.table.schema, name_of(part, facts)
        if _is_served(part, name, part_name, facts):
            continue
        yield from _plain(part, facts) if partition.scheme is None else _whole(part, partition.scheme, facts)
        yield Step(
            attach(schema, name, part_schema, part_name),
            check=checks.is_attached(part_schema, part_name, schema, name),
        )


def _is_served(part: Index, whole: str, name: str, facts: DatabaseFacts) -> bool:
    """A partition that was made when the whole was there has got its part from the server, by a name of its own."""
    parts = (one for one in facts.indexes if one.index.table == part.table and one.partition_of == whole)
    return any(one.name != name for one in parts)


def _drops(index: Index, scheme: PartitionScheme, facts: DatabaseFacts) -> Iterator[str]:
    yield _drop(index, name_of(index, facts))
    for partition in scheme.partitions:
        part = replace(index, table=partition.name)
        if partition.scheme is None:
            yield _drop(part, name_of(part, facts), concurrently=True)
        else:
            yield from _drops(part, partition.scheme, facts)


def _drop(index: Index, name: str, *, concurrently: bool = False) -> str:
    return f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}IF EXISTS {in_schema(index, name)}"


def _on_only(index: Index, name: str) -> str:
    whole = index.create(name=name)
    return whole.replace(f" {index.definition}", f" ON ONLY{index.definition.removeprefix('ON')}")


def _extension_steps(index: Index, facts: DatabaseFacts) -> Iterator[Step]:
    wanted = {EXTENSION_OF[key.opclass] for key in index.keys if key.opclass in EXTENSION_OF}
    for name in sorted(wanted - facts.extensions):
        if name not in facts.available:
            raise _no_migration(
                index.name, f"the server has no extension {name}", f"install {name} with the server's contrib package"
            )
        yield Step(f"CREATE EXTENSION IF NOT EXISTS {name}", note=_EXTENSION, check=checks.is_installed(name))


def _refuse_unknown(index: Index, facts: DatabaseFacts) -> None:
    schemes = (one.table.partitioning for one in facts.tables.values())
    partitions = (name for scheme in schemes if scheme is not None for name in scheme.names())
    if index.table not in facts.tables and index.table not in partitions:
        raise _no_migration(
            index.name,
            f"no ordinary or partitioned table {index.table} was found; views, foreign and temporary tables have no "
            "index that a migration could make",
            "plimsoll tune --schema with the table's schema, if it is one",
        )


def _refuse_needed(existing: ExistingIndex) -> None:
    against = "; ".join(existing.needed_by)
    if existing.constraint or existing.primary:
        against = f"constraint {existing.constraint or existing.name} is kept by it"
    elif existing.partition_of:
        against = f"it is a part of {existing.partition_of}, the index of a partitioned table"
    if against:
        raise _no_migration(existing.name, against, "leave it")


def _no_migration(name: str, why: str, remedy: str) -> UsageError:
    return UsageError("no migration can be made", where=f"index {name}", why=why, remedy=remedy)
