"""Which statements a change can make a difference to: by plans, and by what writing does that no plan shows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Schema
from plimsoll.core.tuning.change import Change
from plimsoll.tune.proving.execution import reads_nothing, signature

Plans = Mapping[str, Sequence[PlanNode | None]]  # by the statements' ids, of each binding


@dataclass(frozen=True, slots=True)
class Kinship:
    """`groups` are of tables that foreign keys join, directly or not, by each table's and partition's "schema.name".
    `fired` are tables whose triggers may do anything."""

    groups: Mapping[str, str] = field(default_factory=dict)
    fired: frozenset[str] = frozenset()

    def related(self, table: str, other: str) -> bool:
        return table in self.fired or self.groups.get(table, table) == self.groups.get(other, other)


def kinship(schema: Schema, fired: Iterable[TableName]) -> Kinship:
    """Of all tables that were read."""
    groups = {text(name): text(name) for name in schema.tables}
    for name, table in schema.tables.items():
        for key in table.foreign_keys:
            _join(groups, text(name), text(key.referenced))
    whole = {name: _group(groups, name) for name in groups}
    for name, table in schema.tables.items():
        for part in table.partitioning.names() if table.partitioning else ():
            whole[text(part)] = whole[text(name)]
    return Kinship(whole, frozenset(map(text, fired)))


def concerned(changes: Sequence[Change], plans: Plans, kin: Kinship) -> set[str]:
    """Statements whose plans may become others by indexes: those that read or write the tables, as far as is seen."""
    tables = [table_of(one) for one in changes]
    return {
        query
        for query, found in plans.items()
        if any(plan is None or reads_nothing(plan) for plan in found)
        or any(kin.related(name, table) for name in named(found) for table in tables)
    }


def named(plans: Sequence[PlanNode | None]) -> set[str]:
    """Tables that plans show, as "schema.name"; of an index that is read alone it is not told, but of its heap."""
    return {one.table for plan in plans if plan for one in plan.walk() if one.table}


def touched(change: Change, before: Plans, after: Plans, kin: Kinship) -> set[str]:
    """Statements to measure; whatever is not among them is executed the same way."""
    return changed(before, after) | written(change, before, kin)


def changed(before: Plans, after: Plans) -> set[str]:
    """Of which a plan is another, or hidden in a function."""
    return {query for query, plans in after.items() if _differ(before.get(query, ()), plans)}


def written(change: Change, plans: Plans, kin: Kinship) -> set[str]:
    """Which write to the change's table, or to one that leads to it."""
    table = table_of(change)
    return {query for query, found in plans.items() if any(kin.related(one, table) for one in modified(found))}


def modified(plans: Sequence[PlanNode | None]) -> set[str]:
    """Tables that a statement writes to, as "schema.name"."""
    return {one.table for plan in plans if plan for one in plan.walk() if one.operation and one.table}


def table_of(change: Change) -> str:
    """As "schema.name"."""
    index = change.index or (change.existing.index if change.existing else None)
    return text(index.table) if index else change.subject


def text(name: TableName) -> str:
    """As plans have it."""
    return f"{name.schema}.{name.name}"


def _differ(before: Sequence[PlanNode | None], after: Sequence[PlanNode | None]) -> bool:
    hidden = any(one is not None and reads_nothing(one) for one in after)
    return hidden or [signature(one) for one in before] != [signature(one) for one in after]


def _group(groups: Mapping[str, str], name: str) -> str:
    while groups.get(name, name) != name:
        name = groups[name]
    return name


def _join(groups: dict[str, str], one: str, other: str) -> None:
    """Two tables that belong together; the other may be one that was not read."""
    groups.setdefault(other, other)
    groups[_group(groups, one)] = _group(groups, other)
