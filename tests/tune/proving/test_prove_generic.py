"""A statement that is only faster for its own values says so."""

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.tune.proving.generic import DIFFERS, TURNS, with_limit, word

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


def test_a_limit_that_may_be_a_constant_of_the_statement_is_tried_as_one() -> None:
    bindings = (Binding(("7", "50", None, "x")),)
    query = Query("q", "SELECT 1 FROM t WHERE a = $1 LIMIT $2 OFFSET $3", 1, 1, bindings=bindings)
    assert with_limit(query).text == "SELECT 1 FROM t WHERE a = $1 LIMIT 50 OFFSET $3"
    for text in ("SELECT $1", "SELECT 1 LIMIT $3", "SELECT 1 limit $4", "SELECT 1 limit $5"):
        assert with_limit(Query("q", text, 1, 1, bindings=bindings)).text == text
