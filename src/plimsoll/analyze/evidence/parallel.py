"""Parallel workers of statements: sessions that are seen active, and whose time no statement's time holds. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from plimsoll.analyze.evidence.evidence import DatabaseEvidence
from plimsoll.analyze.evidence.settings import setting_number
from plimsoll.core.details import StatementRow

_OF_WORKERS: Final = ("bgworkershutdown", "bgworkerstartup", "executegather", "parallelfinish")  # waits of a leader
WORKERS: Final = 2.0  # of a statement at most, where the setting was not read: the server's default


def parallel_workers(database: DatabaseEvidence) -> float:
    """Of the statements that were counted, on average active at a time."""
    return sum(_workers_of(database, row) for row in database.statements if row.top_level and row.calls)


def _workers_of(database: DatabaseEvidence, row: StatementRow) -> float:
    """What was seen active for a statement beyond its own time, where workers take part in it."""
    seen = [wait for wait in database.waits if wait.query_id == row.query_id]
    names = {wait.wait.partition(":")[2].lower() for wait in seen}
    if not database.counted_s or not (names.intersection(_OF_WORKERS) or _is_parallel(database.plans, row)):
        return 0.0
    own = row.total_ms / 1000 / database.counted_s
    most = setting_number(database.settings, "max_parallel_workers_per_gather")
    return min(max(0.0, sum(wait.sessions for wait in seen) - own), own * (WORKERS if most is None else most))


def _is_parallel(plans: Mapping[str, Any], row: StatementRow) -> bool:
    plan = (plans.get(row.query_id) or {}).get("plan")
    return isinstance(plan, Mapping) and _plans_workers(plan)


def _plans_workers(node: Mapping[str, Any]) -> bool:
    below = node.get("Plans") or ()
    return bool(node.get("Workers Planned")) or any(_plans_workers(one) for one in below)
