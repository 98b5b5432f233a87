"""What a B-tree is proposed for, and in which order its columns stand; what is there is not proposed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Partition, PartitionScheme, Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.tune.candidates.accesses import accesses
from plimsoll.tune.candidates.finding import candidates

ORDERS = TableName("public", "orders")
WHOLE = DataType("integer", "int4")


def scan(filter_text: str, *, rows: float = 10, name: str = "orders", alias: str = "o") -> dict[str, Any]:
    return {
        "Node Type": "Seq Scan", "Schema": "public", "Relation Name": name, "Alias": alias, "Plan Rows": rows,
        "Plan Width": 40, "Total Cost": 500.0, "Filter": filter_text, "Output": ["o.id", "o.total"],
    }  # fmt: skip


def above(kind: str, child: dict[str, Any], **more: Any) -> dict[str, Any]:
    relation = child | {"Parent Relationship": "Outer"}
    return {"Node Type": kind, "Plan Rows": 10, "Plan Width": 40, "Total Cost": 600.0, "Plans": [relation], **more}


ASKED = "SELECT 1 FROM orders WHERE status = 'open'"


def planned(plan: dict[str, Any], name: str = "q", total_ms: float = 100.0, values: Sequence[str] = ()) -> Planned:
    query = Query(name, ASKED, 10.0, total_ms, types=("text",) * len(values), bindings=(Binding(tuple(values)),))
    return Planned(query, [PlanNode.from_json(plan)])


def facts(
    indexes: Sequence[ExistingIndex] = (), pages: int = 1_000, scheme: PartitionScheme | None = None
) -> DatabaseFacts:
    names = ("id", "customer_id", "status", "total", "created_at", "parent_id")
    table = Table(ORDERS, tuple(Column(name, WHOLE) for name in names), partitioning=scheme)
    known = {"customer_id": ColumnStatistics(distinct=1_000), "status": ColumnStatistics(distinct=3)}
    statistics = TableStatistics(10_000, known | {"total": ColumnStatistics(distinct=500)})
    return DatabaseFacts(Schema({ORDERS: table}), {ORDERS: TableFacts(table, statistics, pages=pages)}, indexes)


def existing(*columns: str, unique: bool = False, valid: bool = True) -> ExistingIndex:
    index = Index(ORDERS, tuple(IndexKey.of(one) for one in columns), unique=unique)
    return ExistingIndex("there", "public", index, "", valid=valid)


def columns(found: Sequence[Planned], known: DatabaseFacts | None = None) -> list[tuple[str, ...]]:
    return [one.index.columns for one in candidates(found, known or facts()) if one.form == "btree"]


BOTH = scan("((o.status = 1) AND (o.customer_id = 5))")


def test_columns_held_equal_stand_together_and_the_one_that_tells_most_alone() -> None:
    assert columns([planned(BOTH)]) == [("customer_id", "status"), ("customer_id",)]


def test_beginnings_are_shared_with_what_most_of_the_workload_holds_equal() -> None:
    heavy = planned(scan("(o.status = 1)", rows=100), "heavy", total_ms=10_000)
    assert columns([heavy, planned(BOTH)])[:2] == [("status",), ("status", "customer_id")]


def test_an_order_follows_what_is_held_equal_and_is_read_backwards() -> None:
    plan = above("Limit", above("Sort", scan("(o.customer_id = 5)"), **{"Sort Key": ["o.created_at DESC"]}))
    assert columns([planned(plan)]) == [("customer_id", "created_at"), ("customer_id",)]


def test_mixed_directions_are_kept() -> None:
    plan = above("Limit", above("Sort", scan(""), **{"Sort Key": ["o.total DESC", "o.id"]}))
    (found,) = candidates([planned(plan)], facts())
    assert [key.text for key in found.index.keys] == ['"total"', '"id" DESC']


def test_nulls_out_of_their_usual_place_are_kept() -> None:
    plan = above("Limit", above("Sort", scan(""), **{"Sort Key": ["o.total DESC NULLS LAST"]}))
    (found,) = candidates([planned(plan)], facts())
    assert [key.text for key in found.index.keys] == ['"total" NULLS FIRST']


def test_a_list_of_values_hands_nothing_over_in_order() -> None:
    listed = scan("(o.customer_id = ANY ('{1,2}'::integer[]))")
    plan = above("Limit", above("Sort", listed, **{"Sort Key": ["o.created_at"]}))
    assert columns([planned(plan)]) == [("customer_id",)]


def test_an_order_of_all_rows_is_not_what_an_index_is_for() -> None:
    assert columns([planned(above("Sort", scan("", rows=10_000), **{"Sort Key": ["o.total"]}))]) == []


def test_what_reads_much_of_the_table_and_what_is_small_gets_none() -> None:
    assert columns([planned(scan("(o.status = 1)", rows=3_000))]) == []
    assert columns([planned(BOTH)], facts(pages=10)) == []


def test_a_join_is_served_where_its_column_tells_rows_apart() -> None:
    outer = scan("", name="customers", alias="c") | {"Parent Relationship": "Outer"}
    inner = scan("", rows=10_000) | {"Parent Relationship": "Inner"}
    for column, served in (("customer_id", [("customer_id",)]), ("status", [])):
        join = above("Hash Join", outer, **{"Hash Cond": f"(c.id = o.{column})"})
        join["Plans"] = [outer, inner]
        assert columns([planned(join)]) == served


def test_what_is_there_is_not_proposed_whatever_the_order_of_what_is_held_equal() -> None:
    there = facts([existing("status", "customer_id", "total")])
    assert columns([planned(BOTH)], there) == [("customer_id",)]
    assert columns([planned(BOTH)], facts([existing("customer_id", unique=True)])) == []
    assert columns([planned(BOTH)], facts([existing("status", "customer_id", valid=False)])) != []
    assert columns([planned(BOTH)], facts([existing("total", "status", "customer_id")])) != []


def test_partitions_are_one_table_and_their_rows_add_up() -> None:
    names = [TableName("public", f"orders_{number}") for number in (1, 2)]
    known = facts(scheme=PartitionScheme("range", ("created_at",), tuple(Partition(name, "") for name in names)))
    parts = [
        scan("(o_1.customer_id = 5)", name="orders_1", alias="o_1"),
        scan("(o_2.customer_id = 5)", name="orders_2", alias="o_2"),
    ]
    plan = above("Append", parts[0])
    plan["Plans"] = [part | {"Parent Relationship": "Member"} for part in parts]
    (access,) = accesses([planned(plan)], known)
    assert (access.table, access.rows) == (ORDERS, 20)
    assert columns([planned(plan)], known) == [("customer_id",)]


def test_a_constant_is_fixed_unless_a_parameter_could_have_given_it() -> None:
    text = scan("((o.status = 'open'::text) AND (o.customer_id = 5))")
    (own,) = accesses([planned(text, values=["5"])], facts())
    assert [one.column for one in own.fixed] == ["status"]
    (given,) = accesses([planned(text, values=["5", "open"])], facts())
    assert given.fixed == ()


def test_columns_that_are_needed_are_those_named_above() -> None:
    plan = above("Aggregate", scan("(o.customer_id = 5)"), Output=["sum(o.total)"])
    (access,) = accesses([planned(plan)], facts())
    assert access.needed == {"customer_id", "total"}


def test_a_table_joined_to_two_may_be_reached_from_either() -> None:
    inner = above("Hash Join", scan("", rows=10_000), **{"Hash Cond": "(c.id = o.customer_id)"})
    both = above("Hash Join", inner, **{"Hash Cond": "(p.total = o.total)"})
    assert {("customer_id",), ("total",)} <= set(columns([planned(both)]))


def test_an_index_may_serve_every_statement_that_comes_by_its_first_column() -> None:
    wide = planned(scan("((o.customer_id = 5) AND (o.total > 900))"), "wide")
    narrow = planned(scan("(o.customer_id = 5)"), "narrow")
    other = planned(scan("(o.total = 5)"), "other")
    served = {one.index.columns: one.queries for one in candidates([wide, narrow, other], facts())}
    assert served["customer_id", "total"] == ("wide", "narrow")
    assert served["total",] == ("other", "wide")


def test_what_is_heaviest_is_told_by_time_where_all_have_one_and_by_cost_where_not() -> None:
    slow, dear = planned(scan("(o.customer_id = 5)"), "slow", 100.0), planned(scan("(o.total = 5)"), "dear", 1.0)
    assert [one.query for one in accesses([dear, slow], facts())] == ["slow", "dear"]
    untimed = [planned(scan("(o.total = 5)") | {"Total Cost": 900.0}, "dear", 0.0), slow]
    assert [one.query for one in accesses(untimed, facts())] == ["dear", "slow"]


def test_a_column_that_leaves_few_rows_is_proposed_alone_and_behind_what_is_shared() -> None:
    """One that is NULL nearly everywhere does not leave few by being NULL."""
    by = scan("((o.status = 1) AND (o.customer_id = 5) AND (o.parent_id IS NULL))")
    shared = planned(scan("(o.status = 1)", rows=100), "heavy", total_ms=10_000)
    known = facts()
    nulls = {"parent_id": ColumnStatistics(null_share=0.95, distinct=200)}
    table = known.tables[ORDERS]
    statistics = TableStatistics(10_000, {**table.statistics.columns, **nulls})
    known = replace(known, tables={ORDERS: replace(table, statistics=statistics)})
    found = columns([shared, planned(by)], known)
    assert {("customer_id",), ("status", "customer_id"), ("status", "customer_id", "parent_id")} <= set(found)
    assert ("parent_id",) not in found
