"""The order in which tables are filled: parents before children, cycles cut where they can be. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import ForeignKey, Table

Cut = tuple[TableName, ForeignKey]


@dataclass(frozen=True, slots=True)
class Order:
    """`tables` in the order of filling. `later` are foreign keys that stay NULL until all tables are filled.

    `deferred` are foreign keys of a cycle that cannot be NULL: their rows come before those they refer to.
    """

    tables: tuple[Table, ...]
    later: frozenset[tuple[TableName, str]]
    deferred: frozenset[tuple[TableName, str]]

    @property
    def waiting(self) -> tuple[tuple[TableName, str], ...]:
        """Those of `deferred` that the server would check at once."""
        return tuple((table.name, key.name) for table in self.tables for key in table.foreign_keys
                     if (table.name, key.name) in self.deferred and not key.deferrable)  # fmt: skip


def fill_order(tables: Mapping[TableName, Table]) -> Order:
    """Parents first; the order of names decides among equals, so that it is the same each time.

    Tables with triggers come as late as they can: what those write to others (a log) then follows the rows there.
    """
    waiting = {name: _outward(tables[name], tables) for name in sorted(tables)}
    placed: list[Table] = []
    later: set[tuple[TableName, str]] = set()
    deferred: set[tuple[TableName, str]] = set()
    while waiting:
        ready = [name for name, keys in waiting.items() if not any(key.referenced in waiting for key in keys)]
        if not ready:
            name, keys = _cheapest_cut(waiting, tables)
            for key in keys:
                (later if can_be_null(tables[name], key) else deferred).add((name, key.name))
            ready = [name]
        quiet = [name for name in ready if not tables[name].triggers]
        for name in quiet or ready:
            placed.append(tables[name])
            del waiting[name]
    return Order(tuple(placed), frozenset(later), frozenset(deferred))


def can_be_null(table: Table, key: ForeignKey) -> bool:
    """Whether a row may do without the row that `key` refers to."""
    keys = {column for unique in table.uniques if unique.primary for column in unique.columns}
    nullable = [table.column(name).nullable and name not in keys for name in key.columns]
    return all(nullable) if key.match_full else any(nullable)


def _outward(table: Table, tables: Mapping[TableName, Table]) -> list[ForeignKey]:
    """Foreign keys to other tables that are filled too."""
    return [key for key in table.foreign_keys if key.referenced != table.name and key.referenced in tables]


def _cheapest_cut(
    waiting: Mapping[TableName, list[ForeignKey]], tables: Mapping[TableName, Table]
) -> tuple[TableName, list[ForeignKey]]:
    """The table of the waiting ones that can be placed at the least cost, and the keys that pay it."""
    inside = set(waiting)
    on_cycle = [name for name in waiting if _reaches(name, name, waiting)]

    def cost(name: TableName) -> tuple[int, int, TableName]:
        blocking = [key for key in waiting[name] if key.referenced in inside]
        hard = [key for key in blocking if not can_be_null(tables[name], key)]
        undeferrable = sum(not key.deferrable for key in hard)
        return undeferrable * 1000 + len(hard), len(blocking), name

    name = min(on_cycle, key=cost)
    return name, [key for key in waiting[name] if key.referenced in inside]


def _reaches(start: TableName, goal: TableName, waiting: Mapping[TableName, Iterable[ForeignKey]]) -> bool:
    seen: set[TableName] = set()
    stack = [start]
    while stack:
        for key in waiting[stack.pop()]:
            if key.referenced == goal:
                return True
            if key.referenced in waiting and key.referenced not in seen:
                seen.add(key.referenced)
                stack.append(key.referenced)
    return False
