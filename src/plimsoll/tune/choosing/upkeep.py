"""What an index costs whoever writes: its entries, and updates that are no longer HOT. Pure.

In the planner's units of cost: one is what reading one page in order takes; a warm insertion into a B-tree is about a
third of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.sql.assigned import assigned_columns
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned

ENTRY: Final[Mapping[str, float]] = {"btree": 0.3, "hash": 0.3, "gin": 2.0, "gist": 1.0, "spgist": 0.6, "brin": 0.01}
_DELETED: Final = 0.3  # of an entry: vacuum removes it later
_HOT_UNCOUNTED: Final = 0.5  # of updates, where none was counted yet


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of a table that the workload inserts, updates and deletes; `assigned` are those updated by the columns that
    their statement sets, as far as its text can be read."""

    inserted: float = 0.0
    updated: float = 0.0
    deleted: float = 0.0
    assigned: tuple[tuple[frozenset[str], float], ...] = ()


def written_by(planned: Sequence[Planned]) -> dict[str, Written]:
    """By "schema.name" of the table. The server's counters are of another time, a first load among it: not asked."""
    found: dict[str, Written] = {}
    for one in planned:
        plan = next((plan for plan in one.plans if plan), None)
        for node in plan.walk() if plan else ():
            if node.operation and node.table:
                rows = one.query.calls * max(1.0, one.query.rows_per_call or _expected(node))
                columns = assigned_columns(one.query.text)
                found[node.table] = _added(found.get(node.table, Written()), node.operation, rows, columns)
    return found


def upkeep(index: Index, table: TableFacts, written: Written, others: int = 0) -> float:
    """Over the workload. An update that sets none of an index's columns leaves it alone where it is HOT, and as many
    are taken to be as were; one that sets one of them is HOT no more, so that the `others` of the table get an entry
    each as well."""
    hot = table.hot_updated / table.updated if table.updated else _HOT_UNCOUNTED
    named = columns_of(index, table)
    setting = sum(rows for columns, rows in written.assigned if columns & named)
    moved = setting + (written.updated - setting) * (1.0 - hot)
    own = written.inserted + moved + _DELETED * (written.deleted + moved)
    # BRIN says of pages what they hold: an update may stay HOT (from PostgreSQL 16 on).
    lost = 0.0 if index.method == "brin" else setting * hot
    return ENTRY.get(index.method, 0.3) * own + ENTRY["btree"] * (1.0 + _DELETED) * lost * others


def columns_of(index: Index, table: TableFacts) -> frozenset[str]:
    """Of the table's, all that the index depends on: keys, carried ones, those in expressions and in its predicate."""
    text = " ".join((*(key.sql for key in index.keys if not key.column), index.predicate))
    within = (one.name for one in table.table.columns if re.search(rf"(?<!\w){re.escape(one.name)}(?!\w)", text))
    return frozenset((*filter(None, index.columns), *index.include, *within))


def _expected(node: PlanNode) -> float:
    """Rows that a call writes, by the planner."""
    return max((child.rows for child in node.children), default=1.0)


def _added(known: Written, operation: str, rows: float, columns: frozenset[str] | None) -> Written:
    updates = operation in ("Update", "Merge") or (operation == "Insert" and bool(columns))  # ON CONFLICT DO UPDATE
    return Written(
        known.inserted + (rows if operation in ("Insert", "Merge") else 0.0),
        known.updated + (rows if updates else 0.0),
        known.deleted + (rows if operation == "Delete" else 0.0),
        (*known.assigned, (columns, rows)) if updates and columns else known.assigned,
    )
