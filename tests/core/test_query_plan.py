"""A plan as values to walk: what is kept of it, how often each node is executed, how many rows it really means."""

from typing import Any

from plimsoll.core.heaviest_statements import STATEMENTS_MAX, HeaviestStatements
from plimsoll.core.query_plan import NODES_MAX, PlanNode, pruned, read_plan


def node(kind: str, *children: dict[str, Any], rows: float = 1, **said: Any) -> dict[str, Any]:
    numbers = {"Plan Rows": rows, "Plan Width": 8, "Startup Cost": 0.0, "Total Cost": 1.0}
    return {"Node Type": kind, **numbers, **said, **({"Plans": list(children)} if children else {})}


def side(name: str, child: dict[str, Any]) -> dict[str, Any]:
    return {**child, "Parent Relationship": name}


def times(plan: dict[str, Any]) -> dict[str, float]:
    return {visit.node.alias or visit.node.kind: visit.times for visit in PlanNode.from_json(plan).visits()}


def test_inner_sides_and_subqueries_are_executed_for_each_row() -> None:
    inner = side("Inner", node("Index Scan", Alias="inner"))
    loop = node("Nested Loop", side("Outer", node("Seq Scan", rows=500, Alias="outer")), inner, rows=500)
    assert times(loop) == {"Nested Loop": 1.0, "outer": 1.0, "inner": 500.0}
    kept = node("Materialize", side("Outer", node("Seq Scan", Alias="once")))
    assert times(node("Nested Loop", side("Outer", node("Result", rows=9)), side("Inner", kept)))["once"] == 1.0
    subquery = {**side("SubPlan", node("Seq Scan", Alias="each")), "Subplan Name": "SubPlan 1"}
    assert times(node("Result", side("Outer", node("Seq Scan", rows=40, Alias="of")), subquery))["each"] == 40.0


def test_rows_of_a_parallel_node_are_those_of_all_workers() -> None:
    scan = side("Outer", node("Seq Scan", rows=1_000, **{"Parallel Aware": True}))
    gather = PlanNode.from_json(node("Gather", scan, rows=2_400, **{"Workers Planned": 2}))
    assert gather.children[0].rows == 2_400


def test_what_is_kept_of_a_plan_is_bounded_and_asks_for_nothing_else() -> None:
    wide = node("Append", *[node("Seq Scan", Output=["secret"], Filter="x" * 9_000) for _ in range(2 * NODES_MAX)])
    kept = pruned(wide)
    assert len(kept["Plans"]) == NODES_MAX - 1
    assert len(kept["Plans"][0]["Filter"]) == 500
    assert "Output" not in kept["Plans"][0]


def test_a_plan_that_cannot_be_read_is_none() -> None:
    plans = {"1": {"why": "no right"}, "2": {"plan": {}}, "3": {"plan": node("Result")}}
    assert [read_plan(plans, one) is not None for one in ("0", "1", "2", "3")] == [False, False, False, True]


def row(query_id: str, ms: float, query: str = "") -> dict[str, Any]:
    return {"query_id": query_id, "total_ms": ms, "query": query}


def test_the_heaviest_statements_are_added_up_over_looks_and_roles() -> None:
    heaviest = HeaviestStatements()
    heaviest.put({"statements": {"rows": [row("1", 5.0, "SELECT 1"), row("2", 8.0)]}, "tables": {"rows": [{}]}})
    heaviest.put({"statements": {"rows": [row("1", 2.0), row("1", 2.0)]}})
    assert list(heaviest.first(5).items()) == [("1", "SELECT 1"), ("2", "")]
    for at in range(STATEMENTS_MAX + 1):
        heaviest.put({"statements": {"rows": [row(f"light {at}", 0.1)]}})
    assert list(heaviest.first(2)) == ["1", "2"]
