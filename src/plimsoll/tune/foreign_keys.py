"""Foreign keys without an index on the side that refers: a delete on the other side reads the table from end to end."""

from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import ForeignKey
from plimsoll.core.tuning.advice import Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.units import format_bytes, format_count

PAGES_MIN: Final = 16  # of the table that refers; fewer are read as quickly as an index
_SERVING: Final = ("btree", "hash")


def foreign_key_candidates(facts: DatabaseFacts, planned: Sequence[Planned]) -> list[Candidate]:
    """An index for each foreign key that has none, where rows are deleted that it refers to: first those for which most
    is read."""
    calls = {one.query.id: one.query.calls for one in planned}
    without = sorted(_without(facts), key=lambda one: -_read(facts, one[0], one[1], planned, calls))
    return [
        Candidate(index, "foreign-key", _why(facts, table, key, queries), queries, always=True)
        for table, key, index in without
        for queries in [_deleting(planned, key.referenced)]
        if not _against(facts, table, key, queries)
    ]


def _read(
    facts: DatabaseFacts, table: TableFacts, key: ForeignKey, planned: Sequence[Planned], calls: Mapping[str, float]
) -> float:
    """Bytes of the table, from end to end for each deleted row: those of the workload, else those that were counted."""
    deleted = sum(calls[one] for one in _deleting(planned, key.referenced))
    counted = facts.tables[key.referenced].deleted if key.referenced in facts.tables else 0
    return table.bytes * (deleted or counted)


def foreign_keys_left(facts: DatabaseFacts, planned: Sequence[Planned]) -> list[Rejected]:
    """The other foreign keys without an index, and why they need none."""
    return [
        Rejected(_change(table, key, index), against)
        for table, key, index in _without(facts)
        if (against := _against(facts, table, key, _deleting(planned, key.referenced)))
    ]


def serves(one: ExistingIndex, key: ForeignKey) -> bool:
    """Whether rows that refer to one are found by the index: it starts with the key's columns, in whatever order."""
    first = one.index.columns[: len(key.columns)]
    whole = one.index.predicate in ("", *map(_not_null, key.columns), *(f"{name} IS NOT NULL" for name in key.columns))
    return one.index.method in _SERVING and set(first) == set(key.columns) and whole


def foreign_keys_of(facts: DatabaseFacts, table: TableName) -> Sequence[ForeignKey]:
    """Of a table, or of that which it is a partition of."""
    found = facts.tables.get(table)
    if found is None:
        schemes = ((one, one.table.partitioning) for one in facts.tables.values())
        found = next((one for one, scheme in schemes if scheme is not None and table in scheme.names()), None)
    return found.table.foreign_keys if found is not None else ()


def _without(facts: DatabaseFacts) -> list[tuple[TableFacts, ForeignKey, Index]]:
    """Each with the index that it lacks; two keys of the same columns lack one."""
    found: dict[str, tuple[TableFacts, ForeignKey, Index]] = {}
    there = facts.indexes_by_table
    for name, table in facts.tables.items():
        indexes = [one for one in there.get(name, ()) if one.valid]
        for key in table.table.foreign_keys:
            if not any(serves(one, key) for one in indexes):
                index = Index(name, tuple(map(IndexKey.of, key.columns)))
                found.setdefault(index.definition, (table, key, index))
    return list(found.values())


def _against(facts: DatabaseFacts, table: TableFacts, key: ForeignKey, queries: Sequence[str]) -> str:
    if table.pages < PAGES_MIN:
        return f"{table.table.name} has {format_bytes(table.bytes)}: it is read as quickly as an index"
    referenced = facts.tables.get(key.referenced)
    if queries or (referenced is not None and referenced.deleted):
        return ""
    if referenced is None:
        return f"{key.referenced} was not looked at, and the workload deletes nothing there"
    return f"nobody deletes in {key.referenced}: no deleted row was counted, and the workload has no DELETE there"


def _why(facts: DatabaseFacts, table: TableFacts, key: ForeignKey, queries: Sequence[str]) -> str:
    referenced = facts.tables.get(key.referenced)
    deleted = referenced.deleted if referenced is not None else 0
    counted = f"rows deleted in {key.referenced} as counted: {format_count(deleted)}"
    asked = f"statements of the workload that delete there: {len(queries)}"
    evidence = ", ".join([counted] * bool(deleted) + [asked] * bool(queries))
    return (
        f"Foreign key {key.name} has no index; {evidence}. For each deleted row {table.table.name} is read from end to "
        f"end ({format_bytes(table.bytes)})."
    )


def _change(table: TableFacts, key: ForeignKey, index: Index) -> Change:
    name = table.table.name
    title = f"Create an index on {name} ({', '.join(key.columns)})"
    why = f"Foreign key {key.name} has no index."
    return Change("create-index", f"{name.schema}.{name.name}", title, why, index=index, form="foreign-key")


def _deleting(planned: Sequence[Planned], table: TableName) -> tuple[str, ...]:
    """Ids of statements of the workload that delete rows of the table."""
    return tuple(one.query.id for one in planned if _deletes(one, f"{table.schema}.{table.name}"))


def _deletes(one: Planned, table: str) -> bool:
    nodes = (node for plan in one.plans if plan is not None for node in plan.walk())
    return any(node.operation == "Delete" and node.table == table for node in nodes)


def _not_null(column: str) -> str:
    return f"{quote_identifier(column)} IS NOT NULL"
