"""How often and in which order statements are executed, and which ones a change can touch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import ForeignKey, Partition, PartitionScheme, Schema, Table
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.proving.execution import Execution, mean, plan_words, read_explained
from plimsoll.tune.proving.schedule import REPEATS_MAX, ROUNDS, SIDE_MS, kept_s, limit_s, order, repeats, rounds_for
from plimsoll.tune.proving.touching import Plans, concerned, kinship, touched

ORDERS, ITEMS, LOGS = (TableName("public", name) for name in ("orders", "items", "logs"))
SCHEMA = Schema(
    {
        ORDERS: Table(ORDERS, ()),
        ITEMS: Table(ITEMS, (), foreign_keys=(ForeignKey("fk", ("order_id",), ORDERS, ("id",)),)),
        LOGS: Table(LOGS, (), partitioning=PartitionScheme("range", ("at",), (Partition(TableName("p", "1"), ""),))),
    }
)
ITEMS_INDEX = Change("create-index", "public.items", "", "", index=Index(ITEMS, (IndexKey.of("order_id"),)))
LOGS_INDEX = Change("create-index", "public.logs", "", "", index=Index(LOGS, (IndexKey.of("at"),)))


def node(kind: str, table: str = "", **more: str) -> PlanNode:
    return PlanNode(kind, 1, 1, 1.0, table, **more)  # type: ignore[arg-type]  # fields of text only


@given(st.floats(1e-4, 1e5), st.integers(1, 10))
def test_short_statements_are_repeated_and_long_ones_are_not(ms: float, bindings: int) -> None:
    times = repeats(ms, bindings)
    assert 1 <= times <= REPEATS_MAX
    assert times == REPEATS_MAX or times * ms * bindings * ROUNDS[0] >= SIDE_MS * 0.999


def test_sides_take_turns_in_being_first() -> None:
    assert [order("ab", number) for number in range(3)] == [["a", "b"], ["b", "a"], ["a", "b"]]


def test_slow_rounds_are_looked_at_earlier() -> None:
    assert rounds_for(10.0)[0] < rounds_for(0.1)[0]
    assert limit_s(10.0) < limit_s(600.0) < limit_s(6000.0) * 1.01


def test_time_for_all_together_is_kept_by_what_a_round_takes() -> None:
    assert kept_s(600.0, 0.1) == 60.0
    assert kept_s(600.0, 20.0) == 120.0
    assert kept_s(600.0, 1000.0) == 240.0


def test_only_statements_on_the_table_are_planned_anew_and_those_that_hide_what_they_read() -> None:
    plans: Plans = {
        "read": [node("Seq Scan", "public.items")],
        "joined by key": [node("Seq Scan", "public.orders")],
        "other": [node("Seq Scan", "p.1")],
        "call": [node("Result")],
        "refused": [None],
    }
    assert concerned([ITEMS_INDEX], plans, kinship(SCHEMA, [])) == {"read", "joined by key", "call", "refused"}


def test_a_write_is_measured_where_its_table_leads_to_that_of_the_index() -> None:
    plans = {
        "delete order": [node("ModifyTable", "public.orders", operation="Delete")],
        "log": [node("ModifyTable", "p.1", operation="Insert")],
        "read": [node("Seq Scan", "public.items")],
    }
    kin = kinship(SCHEMA, [])
    assert touched(ITEMS_INDEX, plans, plans, kin) == {"delete order"}
    assert touched(LOGS_INDEX, plans, plans, kin) == {"log"}
    assert touched(LOGS_INDEX, plans, plans, kinship(SCHEMA, [ORDERS])) == {"delete order", "log"}


def test_a_read_is_measured_where_its_plan_is_another_or_hidden() -> None:
    before: Plans = {"read": [node("Seq Scan", "public.items")], "call": [node("Result")], "other": [None]}
    after: Plans = {**before, "read": [node("Index Scan", "public.items", index="i")]}
    assert touched(ITEMS_INDEX, before, after, kinship(SCHEMA, [])) == {"read", "call"}


def test_bindings_count_by_their_shares() -> None:
    found = mean([(Execution(10.0, 100, plan="a"), 0.9), (Execution(100.0, 0, plan="b", bound=True), 0.1)])
    assert (found.ms, found.pages) == pytest.approx((19.0, 90.0))
    assert (found.plan, found.bound) == ("a | b", True)


def test_a_plan_is_told_by_how_it_reads_its_tables() -> None:
    scans = (node("Seq Scan", "public.items"), node("Index Scan", "public.orders", index="o"))
    assert plan_words(PlanNode("Hash Join", 1, 1, 1.0, children=scans)) == "Seq Scan on items, Index Scan using o"
    assert plan_words(node("Result")) == "Result"


def test_of_partitions_that_are_read_alike_the_first_is_told() -> None:
    def read(month: int) -> PlanNode:
        bits = node("Bitmap Index Scan", index=f"events_{month}_at")
        return PlanNode("Bitmap Heap Scan", 1, 1, 1.0, table=f"public.events_{month}", children=(bits,))

    months = PlanNode("Append", 1, 1, 1.0, children=(*map(read, range(1, 13)), node("Seq Scan", "public.events_rest")))
    assert plan_words(PlanNode("Hash Join", 1, 1, 1.0, children=(months, node("Seq Scan", "public.days")))) == (
        "Bitmap Heap Scan on events_1 and 11 more, Bitmap Index Scan using events_1_at and 11 more, "
        "Seq Scan on events_rest, Seq Scan on days"
    )


def test_a_merge_into_several_tables_is_read_though_the_server_writes_no_json() -> None:
    odd = """[{"Plan": {"Node Type": "ModifyTable", "Plan Rows": 0, "Plan Width": 0, "Total Cost": 1,
        "Target Tables": [
        {"Relation Name": "base"}, {"Relation Name": "child"},
        "Tuples Inserted": 1,
        "Tuples Updated": 0
      ], "Shared Hit Blocks": 3, "WAL Bytes": 62}, "Planning Time": 0.25, "Execution Time": 0.5}]"""
    found = read_explained(odd)
    assert (found.ms, found.pages, found.wal_bytes) == (0.75, 3.0, 62.0)
