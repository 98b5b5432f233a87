"""Statistics of several columns are advised where they depend on each other, and make the planner expect what comes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Origin, Query
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.beyond.extended_statistics import advise_statistics
from plimsoll.tune.costing.planning import plan_all
from tests.tune.beyond.enlarged import asked_of

DDL = """
CREATE TABLE "Place" (id int, city int, "Country" int, kind int, day date) PARTITION BY RANGE (id);
CREATE TABLE place_1 PARTITION OF "Place" FOR VALUES FROM (0) TO (10000);
CREATE TABLE place_2 PARTITION OF "Place" FOR VALUES FROM (10000) TO (20000);
INSERT INTO "Place" SELECT n, n % 100, n % 100 / 2, hashint4(n) % 40, date '2026-01-01' + n % 100
FROM generate_series(0, 19999) n;
CREATE TABLE kept AS SELECT * FROM "Place";
CREATE STATISTICS there ON city, "Country", day FROM kept;
ANALYZE;
"""
BOTH = asked_of(
    'SELECT id FROM "Place" WHERE city = $1 AND "Country" = $2', ("integer", "7"), ("integer", "3"), rows=200
)
GROUPED = asked_of('SELECT city, "Country", count(*) FROM "Place" GROUP BY city, "Country"', rows=100)
APART = asked_of('SELECT id FROM "Place" WHERE city = 7 AND kind = 3', rows=5)
FIRST = asked_of('SELECT id FROM "Place" WHERE city = 7 AND "Country" = 3 LIMIT 200', rows=200)
KEPT = asked_of('SELECT id FROM kept WHERE city = 7 AND "Country" = 3', rows=2_000)
UNEVEN = asked_of('SELECT id FROM "Place" WHERE city = 7 AND kind = 3', rows=9_000)  # no two values are so frequent
ALL = [BOTH, GROUPED, APART, FIRST, KEPT, UNEVEN]


def test_with_statistics_of_columns_that_depend_on_each_other_the_planner_expects_what_comes(database: str) -> None:
    asyncio.run(_advised(database))


async def _advised(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        planned = await plan_all(connection, ALL, 5.0)
        found = advise_statistics(planned, await read_facts(connection))
        assert [one.change.queries for one in found] == [(BOTH.id,), (GROUPED.id,)]
        assert "expects 4 rows by Country and city a call, 200 came" in found[0].change.why
        await _expects(connection, [step.sql for one in found for step in one.change.steps], 200.0, 100.0)
        assert advise_statistics(await plan_all(connection, ALL, 5.0), await read_facts(connection)) == []
        undone = [step.undo for one in found for step in one.change.steps if step.undo]
        await _expects(connection, [*undone, 'ANALYZE "Place"'], 4.0, 2_000.0)
    finally:
        await connection.close()


async def _expects(connection: asyncpg.Connection, statements: Sequence[str], rows: float, groups: float) -> None:
    for sql in statements:
        await connection.execute(sql)
    plans = [one.plans[0] for one in await plan_all(connection, [BOTH, GROUPED], 5.0)]
    assert [round(plan.rows / wanted) for plan, wanted in zip(plans, (rows, groups), strict=True) if plan] == [1, 1]


def test_a_column_with_more_common_values_than_are_kept_gets_a_larger_target() -> None:
    name = TableName("public", "Log")
    table = Table(name, (Column("Tag", DataType("integer", "int4")),))
    tag = ColumnStatistics(distinct=5_000, frequent=("1",) * 100, frequent_shares=(0.003,) * 100)
    facts = DatabaseFacts(Schema(), {name: TableFacts(table, TableStatistics(1_000_000, {"Tag": tag}))})
    query = Query("q", 'SELECT * FROM "Log" WHERE "Tag" = 7', 9, 1e6, 2_500, bindings=(Binding((), "real"),))
    plan = PlanNode("Seq Scan", 143, 8, 1e4, table="public.Log", alias="Log", filter='("Log"."Tag" = 7)')
    (found,) = advise_statistics([Planned(query, [plan])], facts)
    assert found.change.steps[0].sql == 'ALTER TABLE "public"."Log" ALTER COLUMN "Tag" SET STATISTICS 1000'
    assert "100 common values of Tag, which are 30% of the rows" in found.change.why
    origins: tuple[Origin, ...] = ("guessed", "common")
    for origin in origins:  # its values may be others than those that are asked with
        other = replace(query, bindings=(Binding(("7",), origin),))
        assert advise_statistics([Planned(other, [plan])], facts) == []
    assert advise_statistics([Planned(replace(query, rows_per_call=900.0), [plan])], facts) == []
    few = replace(tag, frequent=("1",) * 60, frequent_shares=(0.003,) * 60)  # all that are common
    known = {name: TableFacts(table, TableStatistics(1_000_000, {"Tag": few}))}
    assert advise_statistics([Planned(query, [plan])], replace(facts, tables=known)) == []
