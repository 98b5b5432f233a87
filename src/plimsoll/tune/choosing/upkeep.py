"""What an index costs whoever writes: its entries, in the planner's units of cost. Pure.

A unit is what reading one page in order takes; a warm insertion into a B-tree is about a third of it.
"""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index

ENTRY: Final[Mapping[str, float]] = {"btree": 0.3, "hash": 0.3, "gin": 2.0, "gist": 1.0, "spgist": 0.6, "brin": 0.01}
_DELETED: Final = 0.3  # of an entry: vacuum removes it later


def upkeep(index: Index, table: TableFacts, share: float = 1.0) -> float:
    """Over the counters' time. `share` is how many of the rows a predicate takes in. HOT updates leave indexes alone as
    long as no indexed column changes, which the counters do not tell: they are taken to stay HOT."""
    moved = max(0, table.updated - table.hot_updated)
    return share * ENTRY.get(index.method, 0.3) * (table.inserted + moved + _DELETED * (table.deleted + moved))
