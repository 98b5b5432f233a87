"""Which foreign keys are said to lack an index."""

from collections.abc import Sequence
from dataclasses import replace

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import ForeignKey, Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.foreign_keys import foreign_key_candidates, foreign_keys_left

ORDERS, CUSTOMERS = TableName("public", "orders"), TableName("public", "customers")
KEY = ForeignKey("orders_customer_fkey", ("region", "customer"), CUSTOMERS, ("region", "id"))


def facts(*indexes: Index, deleted: int = 0, pages: int = 1000, keys: Sequence[ForeignKey] = (KEY,)) -> DatabaseFacts:
    orders = TableFacts(Table(ORDERS, (), foreign_keys=tuple(keys)), TableStatistics(), pages, pages * 8192)
    customers = TableFacts(Table(CUSTOMERS, ()), TableStatistics(), deleted=deleted)
    existing = [ExistingIndex(f"i{place}", "public", one, "") for place, one in enumerate(indexes)]
    return DatabaseFacts(Schema(), {ORDERS: orders, CUSTOMERS: customers}, existing)


def on(*columns: str, method: str = "btree", predicate: str = "") -> Index:
    return Index(ORDERS, tuple(map(IndexKey.of, columns)), method, predicate=predicate)


def test_a_key_whose_referenced_rows_are_deleted_wants_an_index_once() -> None:
    (found,) = foreign_key_candidates(facts(deleted=12, keys=[KEY, KEY]), [])
    assert (found.index, found.always, found.form) == (on("region", "customer"), True, "foreign-key")
    assert "rows deleted in customers as counted: 12." in found.why


def test_a_delete_of_the_workload_counts_too_and_is_named() -> None:
    plan = PlanNode("ModifyTable", 1, 8, 1, table="public.customers", operation="Delete")
    (found,) = foreign_key_candidates(facts(), [Planned(Query("q7", "DELETE …", 1, 1, writes=True), [plan])])
    assert found.queries == ("q7",)
    assert "statements of the workload that delete there: 1." in found.why


def test_where_nobody_deletes_or_the_table_is_small_the_reason_is_said() -> None:
    assert foreign_key_candidates(facts(), []) == []
    assert "nobody deletes in customers" in foreign_keys_left(facts(), [])[0].why
    assert "as quickly as an index" in foreign_keys_left(facts(deleted=9, pages=2), [])[0].why
    assert foreign_keys_left(facts(deleted=9), []) == []


def test_an_index_that_starts_with_the_keys_columns_in_any_order_serves_it() -> None:
    assert foreign_key_candidates(facts(on("customer", "region", "at"), deleted=9), []) == []


def test_others_do_not() -> None:
    for index in (on("at", "region", "customer"), on("region"), on("region", "customer", predicate="state = 'open'")):
        assert len(foreign_key_candidates(facts(index, deleted=9), [])) == 1


def test_an_index_of_the_rows_that_refer_to_any_serves_a_key_that_may_be_null() -> None:
    key = ForeignKey("k", ("customer",), CUSTOMERS, ("id",))
    index = on("customer", predicate="customer IS NOT NULL")
    assert foreign_key_candidates(facts(index, deleted=9, keys=[key]), []) == []


def test_where_most_is_read_for_deleted_rows_comes_first() -> None:
    one, events = facts(deleted=9), TableName("public", "events")
    key = ForeignKey("events_customer_fkey", ("customer",), CUSTOMERS, ("id",))
    larger = TableFacts(Table(events, (), foreign_keys=(key,)), TableStatistics(), 5000, 5000 * 8192)
    both = replace(one, tables={**one.tables, events: larger})
    assert [str(found.index.table) for found in foreign_key_candidates(both, [])] == ["events", "orders"]
