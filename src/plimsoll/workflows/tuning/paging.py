"""How far a statement with OFFSET skips, where nothing tells: as far as its time a call comes to. Pure."""

from typing import Final

from plimsoll.core.query_plan import PlanNode

SKIPPED_MIN: Final = 1_000  # rows; to skip fewer takes about a millisecond
FAR: Final = 10**9  # beyond all rows
MS_MIN: Final = 5.0  # a call; what is faster is hidden by all else that a call does
_TIMES: Final = 10.0  # what a call takes, of what the first page should
_COST_PER_MS: Final = 200.0  # with pages in memory 100 to 450, by machine


def skipped(first: PlanNode, last: PlanNode, mean_ms: float) -> int:
    """Rows that calls of `mean_ms` skip, by the plans of the first page and of one behind all rows; 0 where the first
    page is nearly as dear: what it sorts, or reads beside, takes the time."""
    cost = mean_ms * _COST_PER_MS
    if mean_ms < MS_MIN or first.cost * _TIMES > cost or last.cost <= first.cost or not last.children:
        return 0
    rows = last.children[0].rows
    found = round(rows * min(1.0, (cost - first.cost) / (last.cost - first.cost)))
    return found if found >= SKIPPED_MIN else 0
