"""A table read as a whole for few of its rows: named with its column and its share, and not where it is right to."""

from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.load import LoadEvidence
from plimsoll.analyze.rules import (
    cache_misses,
    chatty_requests,
    missing_index,
    n_plus_one,
    slow_statement,
    temp_files,
    vacuum_bloat,
)
from plimsoll.analyze.rules.missing_index import examine
from plimsoll.analyze.statements.costs import named
from plimsoll.core.details import TableRow, WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, index, node, plans, statement, step, table, the_one

PAGES = 1_000
ROWS = 100_000
QUERY = "SELECT * FROM orders WHERE customer = $1"
SCAN = node("Seq Scan", rows=500, table="public.orders", filter="(orders.customer = $1)")


def orders(scans: int, rows: int = ROWS) -> TableRow:
    return table(
        "public.orders", live_rows=ROWS, size_bytes=PAGES * 8_192, sequential_scans=scans, sequential_rows=scans * rows
    )


def found(
    query: str = QUERY, plan: Any = SCAN, *, scans: int = 6_000, scanned: int = ROWS, indexes: Any = (), **said: Any
) -> list[Finding]:
    """6,000 requests of 20 ms, each of which sends the statement once."""
    known = {"mean_ms": 15.0, "blocks_per_call": 1_000.0, "rows_per_call": 20.0} | said
    row = statement(query, **known)
    return list(
        examine(
            evidence(
                statements=[row],
                tables=[orders(scans, scanned)],
                plans=plans((row, plan)) if plan else {},
                schema={"indexes": [index("public.orders", "id"), *indexes]},
            )
        )
    )


def test_a_scan_of_all_rows_for_few_of_them_names_table_column_statement_and_share() -> None:
    finding = the_one(found())
    assert finding.subject == "public.orders"
    served = [{"statements": 1, "share": 0.75}]
    known = {"table": "public.orders", "columns": [["customer"]], "serves": served, "partitions": []}
    assert finding.details == known
    assert finding.title == "no index on public.orders (customer): all of its rows are read for 20 of them"
    assert finding.share is not None
    assert (finding.share.value, finding.layer, finding.confidence) == (0.75, "database", "likely")
    assert finding.share.low <= 0.75 <= finding.share.high
    assert [suspect.query for suspect in finding.statements] == [QUERY]
    assert finding.steps == ("pay: select",)
    read = finding.figures[0]
    assert (read.value, read.limit) == (1_000.0, 24.0)


def test_what_is_estimated_is_called_so_and_scans_of_parallel_workers_are_told_apart_from_calls() -> None:
    alone, parallel = ({one.label for one in the_one(found(scans=scans)).figures} for scans in (6_000, 18_000))
    assert "sequential scans of the table" in alone
    assert "sequential scans of the table, each parallel worker's counted" in parallel
    assert "rows wanted of them by a scan" in alone, "what comes back was counted"
    estimated = the_one(found(NEWEST, node("Limit", SCAN), indexes=[IN_ORDER]))
    assert "rows wanted of them by a scan, about" in {one.label for one in estimated.figures}


def test_two_statements_of_one_table_are_one_finding_with_both_columns() -> None:
    first = statement(QUERY, mean_ms=8.0, blocks_per_call=1_000, rows_per_call=20)
    second = statement("SELECT * FROM orders WHERE placed > $1", mean_ms=6.0, blocks_per_call=1_000, rows_per_call=20)
    by_time = node("Seq Scan", rows=33_000, table="public.orders", filter="(orders.placed > $1)")
    finding = the_one(
        list(
            examine(
                evidence(
                    statements=[second, first],
                    tables=[orders(12_000)],
                    plans=plans((first, SCAN), (second, by_time)),
                )
            )
        )
    )
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.7)
    assert finding.details["columns"] == [["customer"], ["placed"]]
    assert [one["share"] for one in finding.details["serves"]] == [0.4, 0.3]
    assert finding.title == (
        "no index on public.orders (customer), nor on (placed): 2 statements read all of its rows for few of them"
    )
    assert "by customer (1 of them) and by placed (1 of them), and no index serves that. Th" in finding.explanation
    assert finding.confirm_by.startswith("create the indexes and run again: a call of the statement that takes most")


def test_statements_that_share_a_column_get_one_index_and_a_title_with_that_column() -> None:
    chosen = [
        "kind = $1 AND customer = $2",
        "customer = $1",
        "customer = $1 AND total = $2",
        "customer = $1 AND a > $2",
    ]
    rows = [
        statement(f"SELECT * FROM orders WHERE {one}", mean_ms=3.0, blocks_per_call=1_000, rows_per_call=20)
        for one in chosen
    ]
    finding = the_one(list(examine(evidence(statements=rows, tables=[orders(24_000)]))))
    assert finding.title == "no index on public.orders (customer): 4 statements read all of its rows for few of them"
    assert finding.details["columns"] == [["customer"]]
    assert finding.details["serves"] == [{"statements": 4, "share": 0.6}]
    assert finding.explanation.startswith(
        "4 statements choose few rows of public.orders (100,000 rows) by customer, and no index serves that. No plans"
    )


def test_of_several_statements_is_said_how_many_plans_show_it() -> None:
    planned, other = (
        statement(query, mean_ms=6.0, blocks_per_call=1_000, rows_per_call=20)
        for query in (QUERY, "SELECT id FROM orders WHERE customer = $1")
    )
    known = evidence(statements=[planned, other], tables=[orders(12_000)], plans=plans((planned, SCAN)))
    finding = the_one(list(examine(known)))
    assert ". 1 plan shows it, for the rest texts and the table's counters. " in finding.explanation


def test_the_column_by_which_the_first_rows_are_taken_is_in_the_index() -> None:
    query = "SELECT * FROM orders WHERE customer = $1 ORDER BY placed DESC LIMIT $2"
    scan = node("Seq Scan", rows=100, table="public.orders", filter="(orders.customer = $1)")
    ordered = node("Limit", node("Sort", scan, sort_key=["orders.placed DESC"]))
    for plan in (ordered, None):
        assert the_one(found(query, plan)).details["columns"] == [["customer", "placed"]]
    whole = node("Sort", scan, sort_key=["orders.placed DESC"])
    assert the_one(found(query, whole)).details["columns"] == [["customer"]], "all that are found are sorted"


def test_a_call_that_reads_the_table_several_times_is_told_by_what_each_look_reads() -> None:
    query = "SELECT (SELECT count(*) FROM orders WHERE customer = $1)"
    finding = the_one(found(query, None, blocks_per_call=24_000))
    assert "each call reads 24,000 pages, which is 24 times the 1,000 pages of the table; with" in finding.explanation
    assert finding.confirm_by.endswith("it should then read about 4 pages of it, not all 1,000")
    assert (finding.figures[0].value, finding.figures[0].limit) == (24_000.0, 96.0)
    assert not any("wanted" in one.label for one in finding.figures), "how many rows it wants is not known"


def test_without_a_plan_the_text_and_the_counters_tell() -> None:
    finding = the_one(found(plan=None))
    assert finding.confidence == "likely"
    assert finding.explanation.startswith("No plan was read; ")
    counted = the_one(found("SELECT count(*) FROM orders WHERE customer = $1", None, rows_per_call=1))
    assert counted.confidence == "possible", "how many rows it counts is not known"
    assert counted.title.endswith("all of its rows are read for few of them")
    assert found("SELECT count(*) FROM orders WHERE customer > $1", None, rows_per_call=1) == [], (
        "it may be all of them"
    )
    assert found(plan=None, scans=10) == [], "the table was hardly scanned"
    assert found("SELECT * FROM orders ORDER BY placed LIMIT $1", None) == [], "there is nothing to choose by"


def test_of_a_range_between_parameters_an_aggregate_may_need_all_rows() -> None:
    def ranged(condition: str) -> Any:
        return node("Seq Scan", rows=50, table="public.orders", filter=condition)

    query, between = "SELECT sum(total) FROM orders", ranged("((orders.placed >= $1) AND (orders.placed <= $2))")
    assert found(query, node("Aggregate", between), rows_per_call=1) == []
    known = node("Aggregate", ranged("(orders.placed >= '2026-01-01'::date)"))
    assert found(query, known, rows_per_call=1), "of a constant the statistics tell"
    assert found("SELECT * FROM orders", between), "these rows were counted"


def test_updates_joins_and_subqueries_are_seen_as_well() -> None:
    update = node("ModifyTable", node("Seq Scan", table="public.orders", filter="(orders.customer = $1)"))
    assert found("UPDATE orders SET a = $2 WHERE customer = $1", update, rows_per_call=1)
    of_one = node("Index Scan", table="public.customers", alias="c")
    joined = node(
        "Hash Join", node("Seq Scan", rows=100_000, table="public.orders", alias="o"), node("Hash", of_one),
        rows=20, hash_cond="(o.customer = c.id)",
    )  # fmt: skip
    finding = the_one(found("SELECT o.* FROM customers c JOIN orders o ON o.customer = c.id WHERE c.id = $1", joined))
    assert finding.details["columns"] == [["customer"]]


@pytest.mark.parametrize(
    "near_miss",
    [
        {"mean_ms": 0.5},  # 2.5 % of the requests' time
        {"rows_per_call": 30_000},  # it wants a third of them
        {"blocks_per_call": 20},  # nearly all of them are read by another way
        {"scans": 100},  # the plan that was really used is another
        {"indexes": [index("public.orders", "customer, placed")]},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_costs_little_needs_many_rows_or_has_its_index_is_left_alone(near_miss: dict[str, Any]) -> None:
    assert found(**near_miss) == []


def test_an_index_that_serves_a_part_of_the_conditions_is_told_by_what_it_finds_too_much() -> None:
    by_kind = node(
        "Index Scan", table="public.orders", index_name="orders_kind", index_cond="(orders.kind = $1)",
        filter="(orders.customer = $2)",
    )  # fmt: skip
    query = "SELECT * FROM orders WHERE kind = $1 AND customer = $2"
    finding = the_one(found(query, by_kind, scans=0, indexes=[index("public.orders", "kind")]))
    assert finding.title == "no index on public.orders (kind, customer): 1,000 pages of it are read for 20 rows"
    assert "by orders_kind, which serves a part of the conditions only" in finding.explanation
    assert found(query, by_kind, blocks_per_call=100) == [], "as many pages as its rows may need"
    both = scan = node("Seq Scan", table="public.orders", filter="((orders.kind = $1) AND (orders.customer = $2))")
    assert the_one(found(query, both, indexes=[index("public.orders", "kind")])).details["columns"] == [
        ["kind", "customer"]
    ]
    assert found(query, scan, indexes=[index("public.orders", "kind, customer")]) == []


NEWEST = "SELECT * FROM orders WHERE customer = $1 ORDER BY id DESC LIMIT $2"
BY_ORDER = node(
    "Limit",
    node("Index Scan", table="public.orders", index_name="orders_pkey", filter="(orders.customer = $1)"),
)
IN_ORDER = {**index("public.orders", "id"), "index": "public.orders_pkey"}


def test_reading_in_order_until_enough_rows_have_passed_a_filter_is_a_missing_index() -> None:
    finding = the_one(found(NEWEST, BY_ORDER, scans=0, indexes=[IN_ORDER]))
    assert finding.title == "no index on public.orders (customer, id): 1,000 pages of it are read for 20 rows"
    assert "by orders_pkey, which serves a part of the conditions only" in finding.explanation
    assert found(NEWEST, BY_ORDER, scans=0, indexes=[IN_ORDER], blocks_per_call=30) == [], "enough pass soon"


def test_where_counters_tell_of_scans_that_the_plan_does_not_show_they_are_believed() -> None:
    finding = the_one(found(NEWEST, BY_ORDER, indexes=[IN_ORDER]))
    assert finding.title == "no index on public.orders (customer, id): all of its rows are read for 20 of them"
    assert "goes by orders_pkey, which was not used: the table's counters show a sequential" in finding.explanation
    assert "chooses by customer; no index serves that: each" in finding.explanation
    of_five = the_one(found(NEWEST, BY_ORDER, scans=30_000, scanned=ROWS // 5, indexes=[IN_ORDER]))
    assert of_five.title == finding.title, "five processes share each scan"


def test_what_is_null_or_true_may_be_chosen_by_as_well() -> None:
    open_ones = node("Seq Scan", table="public.orders", filter="(orders.done_at IS NULL)")
    finding = the_one(found("SELECT * FROM orders WHERE done_at IS NULL", open_ones))
    assert finding.details["columns"] == [["done_at"]]


def test_an_index_that_is_invalid_or_partial_does_not_count() -> None:
    for one in (index("public.orders", "customer", valid=False), index("public.orders", "customer", where="a > 1")):
        assert found(indexes=[one])


def test_a_report_over_all_rows_and_a_small_table_are_left_alone() -> None:
    report = node("Aggregate", node("Seq Scan", rows=100_000, table="public.orders"))
    assert found("SELECT sum(total) FROM orders", report, rows_per_call=1) == []
    row = statement("SELECT * FROM kinds WHERE name = $1", mean_ms=15.0, blocks_per_call=5)
    small = table("public.kinds", live_rows=400, sequential_scans=6_000, sequential_rows=6_000 * 400)
    scan = node("Seq Scan", table="public.kinds", filter="(kinds.name = $1)")
    assert not list(examine(evidence(statements=[row], tables=[small], plans=plans((row, scan)))))


def test_partitions_that_are_scanned_together_are_one_finding_about_the_whole() -> None:
    row = statement(QUERY, mean_ms=15.0, blocks_per_call=2_000, rows_per_call=20)
    names = ["public.orders_2025", "public.orders_2026"]
    scans = [node("Seq Scan", rows=10, table=one, filter=f"({one[7:]}.customer = $1)") for one in names]
    tables = [replace(orders(6_000), table=one) for one in names]
    schema = {"tables": [{"table": one, "partition": True, "rows": ROWS, "size_bytes": 8_192_000} for one in names]}
    plan = plans((row, node("Append", *scans, rows=20)))
    finding = the_one(list(examine(evidence(statements=[row], tables=tables, plans=plan, schema=schema))))
    assert (finding.subject, finding.details["partitions"]) == ("public.orders", names)
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.75), "once, not for each partition"


def test_deleting_what_others_refer_to_without_an_index_is_told() -> None:
    row = statement("DELETE FROM customers WHERE id = $1", mean_ms=15.0, blocks_per_call=1_010)
    by_key = node("ModifyTable", node("Index Scan", table="public.customers"))
    key = {"table": "public.orders", "references": "public.customers", "columns": ["customer"]}

    def told(*indexes: Any) -> list[Finding]:
        schema = {"foreign_keys": [key], "indexes": indexes}
        tables = [orders(6_000), table("public.customers")]
        return list(examine(evidence(statements=[row], tables=tables, plans=plans((row, by_key)), schema=schema)))

    finding = the_one(told())
    assert finding.title.endswith("all of its rows are read for each row of public.customers that is deleted")
    assert finding.details["columns"] == [["customer"]]
    assert told(index("public.orders", "customer")) == []


def test_time_spent_waiting_for_locks_is_not_the_scans() -> None:
    row = statement(QUERY, mean_ms=15.0, blocks_per_call=1_000, rows_per_call=20)
    waits = [WaitRow("Lock:transactionid", row.query_id, 3.0), WaitRow("CPU", row.query_id, 1.0)]
    known = evidence(
        statements=[row],
        waits=waits,
        steps=[step(count=6_000, latency_ms=20.0), step("other", count=100, latency_ms=1.0)],
        tables=[orders(6_000)],
        plans=plans((row, SCAN)),
    )
    finding = the_one(list(examine(known)))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.75 / 4, rel=0.01)
    assert finding.steps == ("pay: select",)


@pytest.mark.parametrize(
    "scarce",
    [
        evidence(),
        replace(evidence(), load=LoadEvidence([], [])),
        evidence(steps=[step(count=0)], statements=[statement(QUERY, calls=0)], tables=[table("a", live_rows=None)]),
        evidence(statements=[statement("")], tables=[orders(0)], plans={"x": {"why": "no right"}}, counted_s=0.0),
        evidence(gauges={}, statements=[statement("SELECT 1 FROM (", query_id="7")], plans={"7": {"plan": {"a": 1}}}),
    ],
    ids=["nothing counted", "no load", "no calls", "no text", "nothing readable"],
)
def test_where_little_is_known_no_rule_about_statements_says_anything(scarce: Evidence) -> None:
    rules = (cache_misses, chatty_requests, missing_index, n_plus_one, slow_statement, temp_files, vacuum_bloat)
    assert [finding for rule in rules for finding in rule.examine(scarce)] == []


@pytest.mark.parametrize("name", ["narrow", 'we "ird" name'])
def test_of_a_narrow_table_the_rows_that_are_filtered_away_tell(name: str) -> None:
    """200,000 rows of two numbers, 200 for each value: scattered over 203 pages of 887, found 60 times as fast."""
    quoted = '"{}"'.format(name.replace('"', '""'))
    row = statement(f"SELECT id FROM {quoted} WHERE v = $1", mean_ms=15.0, blocks_per_call=887.0, rows_per_call=200.0)
    sizes = table(
        f"public.{name}", live_rows=200_000, size_bytes=887 * 8_192, sequential_scans=6_000,
        sequential_rows=6_000 * 200_000,
    )  # fmt: skip
    scan = node("Seq Scan", rows=200, table=f"public.{name}", filter=f"({quoted}.v = $1)")
    for known in (plans((row, scan)), {}):
        finding = the_one(list(examine(evidence(statements=[row], tables=[sizes], plans=known))))
        assert finding.details["columns"] == [["v"]]
        assert "filters 199,800 rows away" in finding.explanation
    every_fourth = replace(row, rows=50_000 * row.calls)
    assert list(examine(evidence(statements=[every_fourth], tables=[sizes], plans=plans((row, scan))))) == []


def test_a_table_is_known_by_its_name_whatever_that_holds() -> None:
    assert named(["public.a.b's", "other.b's"], "a.b's") == "public.a.b's"
    assert named(["public.orders"], "orders") == "public.orders"
