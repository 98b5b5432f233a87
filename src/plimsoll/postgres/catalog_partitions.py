"""Constraints that stand on partitions and not on the partitioned table, as older releases had it.

Rows are written into the table, wherever they come to lie, so what holds of its partitions is to hold of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from plimsoll.core.schema import Check, ForeignKey, Table, UniqueKey

T = TypeVar("T")


def with_those_of_partitions(table: Table, leaves: Sequence[Table]) -> Table:
    """The table with the foreign keys of any partition, and the checks and unique keys that all of them have.

    `leaves` are those that hold rows. Where partitions refer by the same columns to different tables, to none of them:
    which holds of a row is not known before it has its place.
    """
    if not leaves:
        return table
    return replace(
        table,
        foreign_keys=(*table.foreign_keys, *_agreed(table, leaves)),
        checks=(*table.checks, *_common(_of_check, table.checks, [leaf.checks for leaf in leaves])),
        uniques=(*table.uniques, *_common(_of_unique, table.uniques, [leaf.uniques for leaf in leaves])),
    )


def _agreed(table: Table, leaves: Iterable[Table]) -> Iterable[ForeignKey]:
    found: dict[Any, dict[Any, ForeignKey]] = {}
    for leaf in leaves:
        for one in leaf.foreign_keys:
            found.setdefault(frozenset(one.columns), {}).setdefault(_of_foreign_key(one), one)
    known = set(map(_of_foreign_key, table.foreign_keys))
    return [one for ways in found.values() if len(ways) == 1 for way, one in ways.items() if way not in known]


def _common(same: Callable[[T], Any], known: Iterable[T], leaves: Sequence[Iterable[T]]) -> list[T]:
    """What every leaf has and the table has not, as the first leaf names it."""
    first, *others = ({same(one): one for one in leaf} for leaf in leaves)
    there = set(map(same, known))
    return [one for what, one in first.items() if what not in there and all(what in other for other in others)]


def _of_foreign_key(one: ForeignKey) -> Any:
    return frozenset(zip(one.columns, one.referenced_columns, strict=True)), one.referenced


def _of_check(one: Check) -> Any:
    return one.expression


def _of_unique(one: UniqueKey) -> Any:
    return one.expressions, one.predicate
