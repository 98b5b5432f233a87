"""What an index costs whoever writes: its entries, in the planner's units of cost. Pure.

A unit is what reading one page in order takes; a warm insertion into a B-tree is about a third of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned

ENTRY: Final[Mapping[str, float]] = {"btree": 0.3, "hash": 0.3, "gin": 2.0, "gist": 1.0, "spgist": 0.6, "brin": 0.01}
_DELETED: Final = 0.3  # of an entry: vacuum removes it later


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of a table that the workload inserts, updates and deletes."""

    inserted: float = 0.0
    updated: float = 0.0
    deleted: float = 0.0


def written_by(planned: Sequence[Planned]) -> dict[str, Written]:
    """By "schema.name" of the table. The server's counters are of another time, a first load among it: not asked."""
    found: dict[str, Written] = {}
    for one in planned:
        rows = one.query.calls * max(1.0, one.query.rows_per_call)
        plan = next((plan for plan in one.plans if plan), None)
        for node in plan.walk() if plan else ():
            if node.operation and node.table:
                found[node.table] = _added(found.get(node.table, Written()), node.operation, rows)
    return found


def _added(known: Written, operation: str, rows: float) -> Written:
    return Written(
        known.inserted + (rows if operation in ("Insert", "Merge") else 0.0),
        known.updated + (rows if operation in ("Update", "Merge") else 0.0),
        known.deleted + (rows if operation == "Delete" else 0.0),
    )


def upkeep(index: Index, table: TableFacts, written: Written) -> float:
    """Over the workload. HOT updates leave indexes alone as long as no indexed column changes, which is not known here:
    as many are taken to stay HOT as were."""
    moved = written.updated * (1.0 - table.hot_updated / max(1, table.updated))
    return ENTRY.get(index.method, 0.3) * (written.inserted + moved + _DELETED * (written.deleted + moved))
