"""Which indexes are said to be dropped, and which stay for what reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import ForeignKey, Partition, PartitionScheme, Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.dropping import drops

NOW = datetime(2026, 3, 10, tzinfo=UTC)
ORDERS, CUSTOMERS = TableName("public", "orders"), TableName("public", "customers")
KEY = ForeignKey("orders_customer_fkey", ("customer",), CUSTOMERS, ("id",))
PRIMARY = ExistingIndex(
    "orders_pkey", "public", Index(ORDERS, (IndexKey.of("id"),), unique=True), "", 8192, primary=True,
    constraint="orders_pkey",
)  # fmt: skip


def there(name: str, *columns: str, scans: int = 0, size: int = 100_000, index: Index | None = None) -> ExistingIndex:
    made = index or Index(ORDERS, tuple(map(IndexKey.of, columns)))
    return ExistingIndex(name, "public", made, f"CREATE INDEX {name} {made.definition}", size, scans)


def facts(
    *indexes: ExistingIndex, days: float = 30, standbys: int = 0, keys: Sequence[ForeignKey] = ()
) -> DatabaseFacts:
    tables = {ORDERS: TableFacts(Table(ORDERS, (), foreign_keys=tuple(keys)), TableStatistics(1000))}
    since = NOW - timedelta(days=days)
    return DatabaseFacts(
        Schema(), tables, (PRIMARY, *indexes), counted_since=since, standbys=standbys, read_at=NOW
    )  # fmt: skip


def using(name: str, kind: str = "Index Scan") -> list[Planned]:
    return [Planned(Query("q1", "SELECT 1", 1, 1), [PlanNode(kind, 1, 8, 1, table="public.orders", index=name)])]


def dropped(known: DatabaseFacts, planned: Sequence[Planned] = ()) -> dict[str, str]:
    return {one.existing.name: one.form for one in drops(known, planned)[0] if one.existing is not None}


def kept(known: DatabaseFacts, planned: Sequence[Planned] = ()) -> dict[str, str]:
    return {one.change.existing.name: one.why for one in drops(known, planned)[1] if one.change.existing is not None}


def test_an_index_that_nobody_scanned_for_long_is_dropped_with_the_window_said() -> None:
    changes, rejected = drops(facts(there("lonely", "a"), there("busy", "b", scans=5)), [])
    assert [(one.id, one.details["confidence"]) for one in changes] == [("drop-index:lonely:unused", "high")]
    assert changes[0].title == "Drop index lonely: not used in 30 d"
    assert (rejected, changes[0].subject) == ([], "public.orders")


def test_too_short_a_window_or_an_unknown_one_proves_nothing() -> None:
    assert kept(facts(there("lonely", "a"), days=0.125)) == {
        "lonely": "scans were counted for 3 h only; a day is the least"
    }
    unknown = replace(facts(there("lonely", "a")), counted_since=None)
    assert kept(unknown) == {"lonely": "the server does not tell since when it counts scans"}
    assert drops(facts(there("lonely", "a"), days=2), [])[0][0].details["confidence"] == "medium"


def test_an_index_of_the_workloads_plans_is_not_unused_nor_one_whose_partition_is_among_them() -> None:
    whole = replace(there("whole", "b"), partitions=("part_b_idx",))
    part = replace(there("part_b_idx", "b"), partition_of="whole")
    assert dropped(facts(there("planned", "a"), whole, part), [*using("planned"), *using("part_b_idx")]) == {}
    assert dropped(facts(whole, part)) == {"whole": "unused"}


def test_what_standbys_scan_is_not_known_here_but_a_duplicate_is_one_everywhere() -> None:
    assert "standby" in kept(facts(there("lonely", "a"), standbys=1))["lonely"]
    assert dropped(facts(there("one", "a", scans=9), there("two", "a"), standbys=1)) == {"two": "duplicate"}


def test_of_two_that_are_the_same_the_one_that_must_stay_or_was_there_first_stays() -> None:
    same = there("aaa", index=PRIMARY.index)
    assert dropped(facts(same)) == {"aaa": "duplicate"}
    marked = replace(there("marked", "a", scans=1), needed_by=("the table is clustered by it",))
    assert dropped(facts(marked, there("other", "a", scans=9))) == {"other": "duplicate"}
    first, copy = replace(there("placed", "a", scans=1), oid=100), replace(there("a_copy", "a", scans=9), oid=200)
    assert dropped(facts(first, copy)) == {"a_copy": "duplicate"}


def test_an_index_that_alone_keeps_updates_from_being_hot_is_told_for_that() -> None:
    plan = PlanNode("ModifyTable", 1, 8, 1, table="public.orders", operation="Update")
    counting = [
        Planned(Query("q1", "UPDATE orders SET views = views + 1 WHERE id = $1", 900, 1, writes=True), [plan]),
        Planned(Query("q2", "UPDATE orders SET paid = $1 WHERE id = $2", 100, 1, writes=True), [plan]),
    ]
    told = "while it is there, updates of views (90% of the table's) may not be HOT when they change it"
    assert told in kept(facts(there("viewed", "views"), days=0.125), counting)["viewed"]
    ((gone,), _) = drops(facts(there("viewed", "views"), there("settled", "paid", scans=1)), counting)
    assert told[1:] in gone.why
    # As of an ORM, which sets every column to what it was: the server has counted how it was.
    known = facts(there("viewed", "views"))
    hot = replace(known.tables[ORDERS], updated=1000, hot_updated=950)
    ((gone,), _) = drops(replace(known, tables={ORDERS: hot}), counting)
    assert "HOT" not in gone.why
    both = facts(there("viewed", "views"), there("other", "views", "id", scans=1))
    assert all("HOT" not in one.why for one in drops(both, counting)[0])


def test_unique_ones_of_which_one_takes_nulls_as_equal_are_not_the_same() -> None:
    index = Index(ORDERS, (IndexKey.of("a"),), unique=True)
    strict = replace(there("strict", index=index, scans=1), definition="… NULLS NOT DISTINCT")
    assert dropped(facts(there("usual", index=index, scans=1), strict)) == {}


def test_one_that_starts_another_is_covered_and_the_widest_stays() -> None:
    known = facts(there("a", "a", scans=3), there("ab", "a", "b", scans=3), there("abc", "a", "b", "c", scans=3))
    assert dropped(known) == {"a": "covered", "ab": "covered"}
    assert all("abc starts with the same keys" in one.why for one in drops(known, [])[0])


def test_other_order_direction_operators_rows_or_columns_are_not_covered() -> None:
    wide = there("wide", "a", "b", scans=3)
    others = [
        there("second", "b", scans=3),
        there("down", index=Index(ORDERS, (IndexKey.of("a", descending=True),)), scans=3),
        there("patterns", index=Index(ORDERS, (IndexKey.of("a", opclass="text_pattern_ops"),)), scans=3),
        there("some", index=Index(ORDERS, (IndexKey.of("a"),), predicate="c > 1"), scans=3),
        there("carrying", index=Index(ORDERS, (IndexKey.of("a"),), include=("c",)), scans=3),
        there("hashed", index=Index(ORDERS, (IndexKey.of("a"),), method="hash"), scans=3),
        there("unique", index=Index(ORDERS, (IndexKey.of("a"),), unique=True), scans=3),
    ]
    assert dropped(facts(wide, *others)) == {}


def test_one_that_carries_what_the_other_has_as_keys_is_covered() -> None:
    carrying = there("carrying", index=Index(ORDERS, (IndexKey.of("a"),), include=("b",)), scans=3)
    assert dropped(facts(there("wide", "a", "b", scans=3), carrying)) == {"carrying": "covered"}


def test_a_much_smaller_one_that_is_read_alone_stays() -> None:
    known = facts(there("small", "a", scans=3), there("wide", "a", "b", scans=3, size=900_000))
    assert "much smaller" in kept(known, using("small", "Index Only Scan"))["small"]
    assert dropped(known, using("small")) == {"small": "covered"}


def test_an_unused_wide_one_goes_and_the_narrow_one_that_is_used_stays() -> None:
    assert dropped(facts(there("a", "a", scans=3), there("ab", "a", "b"))) == {"ab": "unused"}


def test_what_was_never_finished_goes_unless_it_is_being_built_or_awaits_partitions() -> None:
    broken = replace(there("broken", "a"), valid=False)
    building = replace(broken, name="building", needed_by=("somebody is building an index at this moment",))
    waiting = replace(broken, name="waiting", partitions=("part_a_idx",))
    empty = replace(broken, name="empty", definition="CREATE INDEX empty ON ONLY public.orders USING btree (a)")
    known = facts(broken, building, waiting, empty)
    assert dropped(known) == {"broken": "invalid"}
    assert set(kept(known)) == {"building", "waiting", "empty"}


def test_an_invalid_one_covers_nothing() -> None:
    assert dropped(facts(there("a", "a", scans=3), replace(there("ab", "a", "b"), valid=False))) == {"ab": "invalid"}


def test_unique_needed_and_expression_indexes_stay_with_their_reasons() -> None:
    unique = there("unique", index=Index(ORDERS, (IndexKey.of("a"),), unique=True))
    needed = replace(there("needed", "b"), needed_by=("it is the table's replica identity",))
    expression = there("lowered", index=Index(ORDERS, (IndexKey("lower(email)"),)))
    known = facts(unique, needed, expression)
    assert dropped(known) == {}
    assert kept(known)["unique"] == "it keeps rows unique"
    assert kept(known)["needed"] == "it is the table's replica identity"
    assert "statistics of its expression" in kept(known)["lowered"]


def test_the_last_index_of_a_foreign_key_stays_and_one_of_two_goes() -> None:
    first, second = there("by_customer", "customer"), there("by_customer_state", "customer", "state")
    assert "orders_customer_fkey" in kept(facts(first, keys=[KEY]))["by_customer"]
    assert dropped(facts(first, second, keys=[KEY])) == {"by_customer_state": "unused"}


def test_an_index_of_one_partition_serves_the_foreign_key_of_the_whole_table() -> None:
    part = TableName("public", "orders_1")
    known = facts(there("of_part", index=Index(part, (IndexKey.of("customer"),))))
    table = Table(
        ORDERS, (), foreign_keys=(KEY,), partitioning=PartitionScheme("list", ("a",), (Partition(part, "DEFAULT"),))
    )
    known = replace(known, tables={ORDERS: TableFacts(table, TableStatistics())})
    assert "orders_customer_fkey" in kept(known)["of_part"]
