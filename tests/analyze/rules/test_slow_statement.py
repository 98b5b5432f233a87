"""One statement takes much of the time: its plan's problem is named, or that of its text; a healthy plan is not."""

from collections.abc import Mapping
from typing import Any

import pytest

from plimsoll.analyze.rules.slow_statement import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, index, node, plans, statement, table, the_one

ROWS = 100_000
ORDERS: Mapping[str, Any] = {"table": "public.orders", "alias": "orders"}


def found(query: str, plan: Any = None, *, indexes: Any = (), **said: Any) -> list[Finding]:
    """6,000 requests of 20 ms, each of which sends the statement once."""
    row = statement(query, **{"mean_ms": 14.0, "blocks_per_call": 3_000, "rows_per_call": 20} | said)
    tables = [
        table("public.orders", live_rows=ROWS, sequential_scans=6_000, sequential_rows=6_000 * ROWS),
        table("public.items", live_rows=ROWS),
    ]
    return list(
        examine(
            evidence(
                statements=[row],
                tables=tables,
                plans=plans((row, plan)) if plan else {},
                schema={"indexes": list(indexes)},
            )
        )
    )


def scan(condition: str, rows: float = 500) -> Mapping[str, Any]:
    return node("Seq Scan", rows=rows, filter=condition, **ORDERS)


LOOP = node(
    "Nested Loop",
    scan("", 20_000),
    node("Index Scan", table="public.items", index_cond="(items.o = orders.id)"),
    rows=20,
)
FOUND = node("Index Scan", rows=5_000, index_cond="(orders.customer = $1)", **ORDERS)
SORTED = node("Limit", node("Sort", FOUND, rows=5_000, sort_key=["orders.placed DESC"]), rows=20)
OUTER = {**node("Result", rows=ROWS), "Parent Relationship": "Outer"}
SUBPLAN = {**node("Index Scan", table="public.items"), "Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1"}


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("function-on-column", scan("(lower((orders.email)::text) = lower($1))")),
        ("cast-on-column", scan("((orders.customer)::numeric = $1)")),
        ("pattern", scan("((orders.note)::text ~~ $1)")),
        ("contains", scan("(orders.tags @> $1)")),
        ("or", scan("((orders.a = $1) OR (orders.b = $2))")),
        ("not-in", scan("(NOT (ANY (orders.id = (SubPlan 1).col1)))")),
        ("correlated-subquery", {**scan("", ROWS), "Plans": [OUTER, SUBPLAN]}),
        ("nested-loop", LOOP),
        ("sort-for-few", SORTED),
        ("bad-estimate", node("Index Scan", rows=9_000_000, table="public.items")),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_the_problem_of_a_plan_is_named(name: str, plan: Any) -> None:
    finding = the_one(found("SELECT * FROM orders", plan))
    assert finding.details["problems"][0]["name"] == name
    assert finding.confidence == "likely"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.7)


def test_the_sql_that_mends_it_is_given_where_it_is_known() -> None:
    (problem,) = the_one(found("…", scan("(lower((orders.email)::text) = lower($1))"))).details["problems"]
    assert problem["sql"] == "CREATE INDEX CONCURRENTLY ON public.orders ((lower(email)));"
    (sorted_,) = the_one(found("…", SORTED)).details["problems"]
    assert sorted_["sql"] == "CREATE INDEX CONCURRENTLY ON public.orders (customer, placed DESC);"
    (keyed,) = the_one(found("…", scan("((orders.meta ->> $2) = $1)"))).details["problems"]
    assert keyed["sql"] == "CREATE INDEX CONCURRENTLY ON public.orders ((meta ->> '…'));"
    (searched,) = the_one(found("…", scan("(to_tsvector('simple'::regconfig, orders.note) @@ $1)"))).details["problems"]
    assert searched["sql"].endswith("USING gin ((to_tsvector(CAST('simple' AS REGCONFIG), note)));")
    (dated,) = the_one(found("…", scan("((orders.placed)::date = $1)"))).details["problems"]
    assert dated["name"] == "cast-on-column"
    assert dated["sql"] == "", "it depends on the time zone: no index holds it"


KEYED = "SELECT * FROM orders WHERE (meta->>$2)::int = $1"


def keyed(*sent: str) -> Mapping[str, Any]:
    """The one problem of a search by a key of a document, whose name was seen in texts of sessions."""
    row = statement(KEYED, mean_ms=14.0, blocks_per_call=3_000, rows_per_call=20)
    parts = [f"public.orders_{year}" for year in (2025, 2026)]
    scans = [
        node("Seq Scan", rows=500, filter=f"(((o_{at}.meta ->> $2))::integer = $1)", table=one, alias=f"o_{at}")
        for at, one in enumerate(parts)
    ]
    facts = [{"table": one, "partition": True, "rows": ROWS, "size_bytes": 8_192_000} for one in parts]
    sessions = [(1.0, {"rows": [{"query_id": row.query_id, "query": text} for text in sent]})]
    known = evidence(
        statements=[row],
        plans=plans((row, node("Append", *scans, rows=5_000))),
        schema={"tables": facts},
        sessions=sessions,
    )
    (problem,) = the_one(list(examine(known))).details["problems"]
    return dict(problem)


def test_of_partitions_the_whole_is_told_of_with_the_constant_that_sessions_sent() -> None:
    problem = keyed("SELECT * FROM orders WHERE (meta->>'user')::int = $1", "COMMIT")
    assert problem["what"].startswith("public.orders is searched by CAST(meta ->> 'user' AS INT)")
    assert (problem["table"], problem["partitions"]) == ("public.orders", ["public.orders_2025", "public.orders_2026"])
    assert problem["sql"] == "CREATE INDEX CONCURRENTLY ON public.orders ((CAST(meta ->> 'user' AS INT)));"


def test_a_constant_that_differs_or_was_not_seen_is_left_out() -> None:
    other = "SELECT * FROM orders WHERE (meta->>'order')::int = 7"
    for sent in ([], ["SELECT * FROM orders WHERE (meta->>'user')::int = $1", other], ["SELECT 1"]):
        assert "'…'" in keyed(*sent)["sql"]


def test_that_the_planner_knows_little_of_an_expression_is_no_problem_of_its_own() -> None:
    (problem,) = the_one(found("…", scan("(lower((orders.email)::text) = lower($1))", 5_000), rows_per_call=1)).details[
        "problems"
    ]
    assert problem["name"] == "function-on-column"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("offset", "SELECT * FROM orders ORDER BY id LIMIT $1 OFFSET $2"),
        ("count-all", "SELECT count(*) FROM orders"),
        ("function-on-column", "SELECT * FROM orders WHERE lower(email) = $1"),
        ("not-in", "SELECT * FROM orders WHERE id NOT IN (SELECT order_id FROM items)"),
    ],
)
def test_without_a_plan_the_text_is_a_possible_reason(name: str, query: str) -> None:
    finding = the_one(found(query))
    assert finding.details["problems"][0]["name"] == name
    assert finding.confidence == "possible"


def test_an_index_that_is_there_and_not_used_is_told() -> None:
    finding = the_one(
        found("SELECT *", scan("(orders.customer = $1)"), indexes=[index("public.orders", "customer")])
    )  # fmt: skip
    assert finding.details["problems"][0]["name"] == "unused-index"


@pytest.mark.parametrize(
    "near_miss",
    [{"mean_ms": 0.5}, {"blocks_per_call": 50}],
    ids=["cheap", "few pages: it waits for something else"],
)
def test_quick_or_small_statements_are_left_alone(near_miss: dict[str, Any]) -> None:
    assert found("SELECT count(*) FROM orders", **near_miss) == []


def test_what_is_made_of_sorted_rows_is_not_a_few_of_them() -> None:
    skipping = node("Aggregate", node("Limit", node("Sort", FOUND, rows=5_000, sort_key=["orders.placed"]), rows=500))
    assert (
        found("SELECT count(*) FROM (SELECT FROM orders WHERE customer = $1 ORDER BY placed OFFSET $2) x", skipping)
        == []
    )


def test_a_healthy_plan_that_is_asked_for_often_is_left_alone() -> None:
    by_key = node("Index Scan", rows=20, index_cond="(orders.customer = $1)", **ORDERS)
    assert found("SELECT * FROM orders WHERE customer = $1", by_key) == []
    assert found("SELECT * FROM orders WHERE customer = $1", None) == []
    assert found("SELECT * FROM orders WHERE customer = $1", scan("(orders.customer = $1)")) == [], (
        "an index is missing"
    )
