"""A statement that is only faster for its own values says so."""

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.proving.generic import DIFFERS, TURNS, word

INDEX = Index(TableName("public", "t"), (IndexKey.of("a"),), predicate="state = 'new'")
NAMES = {"i": INDEX}


def scan(cost: float, used: str = "") -> PlanNode:
    return PlanNode("Index Scan" if used else "Seq Scan", 1, 1, cost, "public.t", index=used)


def test_a_generic_plan_that_uses_the_index_needs_no_word() -> None:
    assert word(scan(8.0, "i"), [scan(8.0, "i")], INDEX, NAMES) == ""
    assert word(None, [scan(8.0, "i")], INDEX, NAMES) == ""


def test_one_that_does_not_is_told_and_worse_where_the_server_turns_to_it() -> None:
    assert word(scan(900.0), [scan(8.0, "i")], INDEX, NAMES) == DIFFERS
    assert word(scan(12.0), [scan(8.0, "i")], INDEX, NAMES) == TURNS  # planning anew costs 5 more
    assert word(scan(14.0, "other"), [scan(8.0, "i")], INDEX, NAMES) == DIFFERS
