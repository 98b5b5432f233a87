"""Which index makes another one superfluous."""

from collections.abc import Iterable
from dataclasses import replace

from plimsoll.core.tuning.index import ExistingIndex, Index


def same(one: ExistingIndex, other: ExistingIndex) -> bool:
    """Whether both are one index twice, but for name and storage parameters."""
    return _plain(one.index) == _plain(other.index) and _nulls_distinct(one) == _nulls_distinct(other)


def covers(wide: ExistingIndex, narrow: ExistingIndex) -> bool:
    """Whether the wide one serves all that the narrow one does: it starts with the same keys, in the same order and
    with the same operators, is of the same rows, and holds what the narrow one carries. A unique one does more."""
    one, other = narrow.index, wide.index
    if (one.table, one.method, one.predicate) != (other.table, other.method, other.predicate) or one.unique:
        return False
    starts = other.keys[: len(one.keys)] == one.keys
    return one.method == "btree" and starts and set(one.include) <= {*other.include, *other.columns}


def keeper(twins: Iterable[ExistingIndex]) -> ExistingIndex:
    """Of several that are the same, the one to keep: what must stay, then what was there first. Scans do not tell: what
    is left will have those of both."""
    return min(twins, key=lambda one: (not one.primary, not one.constraint, not one.needed_by, one.oid, one.name))


def _plain(index: Index) -> Index:
    return replace(index, options=())


def _nulls_distinct(one: ExistingIndex) -> bool:
    return "NULLS NOT DISTINCT" not in one.definition
