"""How far pages lie behind, by the time of the calls."""

import pytest

from plimsoll.core.query_plan import PlanNode
from plimsoll.workflows.tuning.paging import skipped

FIRST = PlanNode("Limit", 20, 8, 1.0)
LAST = PlanNode("Limit", 1, 8, 6_001.0, children=(PlanNode("Index Scan", 150_000, 8, 6_001.0),))


def test_slow_calls_of_a_cheap_first_page_skip_many_rows() -> None:
    assert skipped(FIRST, LAST, 15.005) == pytest.approx(75_000, rel=0.01)
    assert skipped(FIRST, LAST, 1e6) == 150_000


@pytest.mark.parametrize(
    ("first", "ms"),
    [(FIRST, 0.5), (PlanNode("Limit", 20, 8, 5_900.0), 40.0), (PlanNode("Limit", 20, 8, 7_000.0), 1e6)],
)
def test_calls_are_of_the_first_page_where_that_is_as_dear_or_they_are_fast(first: PlanNode, ms: float) -> None:
    assert skipped(first, LAST, ms) == 0
