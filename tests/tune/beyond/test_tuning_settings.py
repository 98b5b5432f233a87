"""Settings are advised where plans and counters show what they cost, and only there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import asyncpg

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Partition, PartitionScheme, Schema, Table
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.beyond.settings import advise_settings
from plimsoll.tune.costing.planning import plan_all

NAME = TableName("public", "orders")
COLUMNS = tuple(Column(name, DataType("bigint", "int8")) for name in ("id", "customer", "state", "total"))
SETTINGS = {
    "work_mem": "4MB", "hash_mem_multiplier": "2", "max_connections": "100", "effective_cache_size": "4GB",
    "shared_buffers": "1GB", "random_page_cost": "4", "jit": "on", "jit_above_cost": "100000", "autovacuum": "on",
    "autovacuum_vacuum_scale_factor": "0.2", "autovacuum_vacuum_insert_scale_factor": "0.2",
    "max_parallel_workers_per_gather": "2",
}  # fmt: skip
ORDERS = TableFacts(Table(NAME, COLUMNS), TableStatistics(10_000_000), pages=100_000, row_bytes=60)
BY_CUSTOMER = ExistingIndex("by_customer", "public", Index(NAME, (IndexKey.of("customer"),)), "")
PLAIN = PlanNode("Seq Scan", 1e7, 40, 2e5, table="public.orders", alias="orders")


def facts(
    table: TableFacts = ORDERS, settings: Mapping[str, str] | None = None,
    indexes: Sequence[ExistingIndex] = (BY_CUSTOMER,),
) -> DatabaseFacts:  # fmt: skip
    known = {**SETTINGS, **(settings or {})}
    return DatabaseFacts(Schema({}, 180001), {NAME: table}, indexes, settings=known, database='my "db"', bytes=2**29)


def of(plan: PlanNode, text: str = "SELECT 1", calls: float = 10.0, ms: float = 20_000.0) -> Planned:
    return Planned(Query("q1", text, calls, calls * ms, writes=text.startswith("UPDATE")), [plan])


def forms(planned: Sequence[Planned], known: DatabaseFacts) -> list[str]:
    return [one.change.form for one in advise_settings(planned, known)]


def one_of(planned: Sequence[Planned], known: DatabaseFacts) -> Advised:
    (found,) = advise_settings(planned, known)
    return found


def test_what_does_not_suffer_gets_no_advice() -> None:
    assert forms([of(PLAIN)], facts()) == []
    assert forms([], facts(settings={"work_mem": "64kB"})) == []


def test_a_sort_or_a_hash_that_does_not_fit_wants_work_mem() -> None:
    sort = PlanNode("Sort", 200_000, 76, 1e5, sort_keys=("total",), children=(PLAIN,))
    found = one_of([of(sort)], facts())
    assert (found.change.details["proposed"], found.standing, found.saved_share) == ("32MB", "explained", 0.0)
    assert "a sort by total of statement q1 takes about 19.1 MiB, of 4.00 MiB that it may" in found.change.why
    assert found.change.details["sketch"] == "SET LOCAL work_mem = '32MB'"  # 100 connections could take too much
    assert found.change.steps == ()
    ample = facts(settings={"effective_cache_size": "64GB"})
    (step,) = one_of([of(sort)], ample).change.steps
    assert step.sql == 'ALTER DATABASE "my ""db""" SET work_mem = \'32MB\''
    assert step.undo == 'ALTER DATABASE "my ""db""" RESET work_mem'
    hashed = PlanNode("Hash Join", 1, 8, 1e5, children=(PLAIN, PlanNode("Hash", 300_000, 76, 1e4)))
    assert forms([of(hashed)], facts()) == ["work_mem"]


def test_a_sort_of_which_the_first_rows_are_taken_fits_and_one_that_is_far_too_large_is_not_helped() -> None:
    sort = PlanNode("Sort", 200_000, 76, 1e5, sort_keys=("total",), children=(PLAIN,))
    assert forms([of(PlanNode("Limit", 10, 76, 1e5, children=(sort,)))], facts()) == []
    assert forms([of(replace(sort, rows=1e8))], facts()) == []
    light = [of(sort, ms=1.0), replace(of(PLAIN), query=Query("q2", "SELECT 2", 10, 1e6))]
    assert forms(light, facts()) == []


def test_random_page_cost_is_lowered_where_all_is_cached_and_an_index_is_passed_over() -> None:
    passed = replace(PLAIN, rows=90_000, filter="(orders.customer = 7)")
    found = one_of([of(passed)], facts())
    assert (found.change.details["present"], found.change.details["proposed"]) == ("4", "1.1")
    assert "past by_customer" in found.change.why
    assert forms([of(replace(passed, filter="(orders.total = 7)"))], facts()) == []  # nothing to pass over
    assert forms([of(replace(passed, rows=9e6))], facts()) == []  # most rows: reading all is right
    assert forms([of(passed)], facts(settings={"random_page_cost": "1.1"})) == []
    larger = replace(facts(), bytes=2 * 2**30)
    assert forms([of(passed)], larger) == []
    assert forms([of(passed)], replace(larger, hit_share=0.5)) == []
    assert forms([of(passed)], replace(larger, hit_share=0.998)) == ["random_page_cost"]


def test_a_cache_said_to_be_smaller_than_a_part_of_it_is_wrong() -> None:
    found = one_of([of(PLAIN)], facts(settings={"effective_cache_size": "512MB"}))
    assert found.change.details["proposed"] == "3072MB"


def test_a_large_table_that_changes_is_vacuumed_sooner() -> None:
    changing = replace(ORDERS, updated=3_000_000, dead_rows=900_000)
    found = one_of([of(PLAIN)], facts(changing))
    assert (found.change.kind, found.change.subject, found.confidence) == ("table-setting", "public.orders", "high")
    assert "after 20 % of its 10,000,000 rows are dead: 2,000,000" in found.change.why
    (step,) = found.change.steps
    assert step.sql == 'ALTER TABLE "public"."orders" SET (autovacuum_vacuum_scale_factor = 0.01)'
    assert step.undo == 'ALTER TABLE "public"."orders" RESET (autovacuum_vacuum_scale_factor)'
    assert forms([of(PLAIN)], facts(replace(changing, options={"autovacuum_vacuum_scale_factor": "0.05"}))) == []
    assert forms([of(PLAIN)], facts(replace(changing, updated=1_000, dead_rows=0))) == []
    parts = tuple(Partition(TableName("public", f"o{place}"), "") for place in range(20))
    partitioned = replace(
        changing, table=replace(changing.table, partitioning=PartitionScheme("range", ("id",), parts))
    )
    assert forms([of(PLAIN)], facts(partitioned)) == []  # of half a million rows each


def test_autovacuum_that_is_off_is_switched_on() -> None:
    off = replace(ORDERS, updated=500, options={"autovacuum_enabled": "false"})
    assert one_of([of(PLAIN)], facts(off)).change.steps[0].undo.endswith("SET (autovacuum_enabled = false)")
    assert forms([of(PLAIN)], facts(replace(off, updated=0))) == []
    (first, second) = one_of([of(PLAIN)], facts(settings={"autovacuum": "off"})).change.steps
    assert (first.sql, second.sql) == ("ALTER SYSTEM SET autovacuum = 'on'", "SELECT pg_reload_conf()")


def test_a_table_that_only_grows_is_vacuumed_for_its_index_only_scans() -> None:
    growing = replace(ORDERS, inserted=9_000_000)
    scan = PlanNode("Index Only Scan", 1e3, 8, 1e3, table="public.orders", index="by_customer")
    assert forms([of(scan)], facts(growing)) == ["autovacuum_vacuum_insert_scale_factor"]
    assert forms([of(PLAIN)], facts(growing)) == []
    assert forms([of(scan)], facts(replace(growing, updated=5_000_000))) == ["autovacuum_vacuum_scale_factor"]


def test_room_is_left_on_pages_where_what_is_updated_is_in_no_index() -> None:
    cold = replace(ORDERS, updated=200_000, hot_updated=40_000)
    state = of(PlanNode("ModifyTable", 1, 0, 9.0), "UPDATE orders SET state = $1, total = total + 1 WHERE id = $2")
    found = one_of([state], facts(cold))
    assert found.change.steps[0].sql == 'ALTER TABLE "public"."orders" SET (fillfactor = 90)'
    assert "20 % of 200,000 updates" in found.change.why
    assert "updates state, total, which are in no index" in found.change.why
    customer = of(PlanNode("ModifyTable", 1, 0, 9.0), "UPDATE orders SET customer = $1 WHERE id = $2")
    assert forms([customer], facts(cold)) == []
    assert forms([of(PLAIN)], facts(cold)) == []
    partial = replace(BY_CUSTOMER, index=Index(NAME, (IndexKey.of("id"),), predicate="(state > 5)"))
    assert forms([state], facts(cold, indexes=[partial])) == []
    assert forms([state], facts(replace(cold, hot_updated=150_000))) == []
    assert forms([state], facts(replace(cold, row_bytes=5_000))) == []


def test_compiling_is_not_for_many_short_statements() -> None:
    short = of(PLAIN, calls=1_000, ms=120.0)
    assert one_of([short], facts()).change.steps[0].sql.endswith("SET jit = 'off'")
    assert forms([of(PLAIN, calls=1_000, ms=9_000.0)], facts()) == []
    assert forms([of(replace(PLAIN, cost=9e4), calls=1_000, ms=120.0)], facts()) == []
    assert forms([short], facts(settings={"jit": "off"})) == []
    assert forms([short], facts(settings={"jit_above_cost": "-1"})) == []


def test_workers_are_allowed_where_long_scans_have_none() -> None:
    none = facts(settings={"max_parallel_workers_per_gather": "0"})
    assert forms([of(PLAIN)], none) == ["max_parallel_workers_per_gather"]
    assert forms([of(PLAIN, ms=400.0)], none) == []


def test_with_the_work_mem_that_is_advised_nothing_is_written_to_files(database: str) -> None:
    asyncio.run(_sorted_in_memory(database))


async def _sorted_in_memory(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE t AS SELECT n, repeat('x', 40) AS note FROM generate_series(1, 20000) n")
        await connection.execute("ANALYZE t; SET work_mem = '256kB'")
        query = Query("q", "SELECT a.n, b.note FROM t a JOIN t b ON b.n = a.n ORDER BY b.note, a.n", 1, 1.0)
        found = advise_settings(await plan_all(connection, [query], 5.0), await read_facts(connection))
        assert await _written(connection, query.text) > 0
        await connection.execute(f"SET work_mem = '{found[0].change.details['proposed']}'")
        assert await _written(connection, query.text) == 0
    finally:
        await connection.close()


async def _written(connection: asyncpg.Connection, text: str) -> int:
    rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {text}")
    return sum("temp read=" in row[0] or "external" in row[0] for row in rows)
