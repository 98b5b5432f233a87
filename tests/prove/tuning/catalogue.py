"""Every case, by what is right for it."""

from collections.abc import Sequence
from itertools import chain

from tests.prove.tuning.cases import Case
from tests.prove.tuning.groups import (
    btree,
    computed,
    covering,
    drops,
    existing,
    gin,
    held_back,
    more,
    partial,
    shapes,
    traps,
    whole,
    writes,
)

GROUPS = (btree, partial, covering, computed, gin, writes, shapes, traps, drops, whole, existing, more, held_back)


def catalogue() -> Sequence[Case]:
    return tuple(chain.from_iterable(group.CASES for group in GROUPS))
