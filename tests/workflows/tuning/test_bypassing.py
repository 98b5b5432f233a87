"""Row security that does not bind whoever plans: it is said, and what was planned past it is not sure."""

import asyncio

import asyncpg

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Schema, Table
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.workflows.tuning.bypassing import bypassed_tables, less_sure, told_bypassed

INVOICE = TableName("Shop", "Invoice")
SCHEMA = """
CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Invoice" (tenant int);
ALTER TABLE "Shop"."Invoice" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TABLE open_to_all (a int);
CREATE ROLE bound_here; GRANT USAGE ON SCHEMA "Shop" TO bound_here;
"""


def planned(query: str, table: str) -> Planned:
    below = PlanNode("Seq Scan", 1, 8, 9.0, table=table)
    return Planned(Query(query, "SELECT 1", 1, 1.0), [PlanNode("Limit", 1, 8, 9.0, children=(below,))])


def facts() -> DatabaseFacts:
    return DatabaseFacts(Schema(), {INVOICE: TableFacts(Table(INVOICE, ()), TableStatistics(0))})


def test_statements_that_were_planned_past_row_security_are_told_with_what_to_do() -> None:
    workload = QueryWorkload([], "q.sql", notes=["another"])
    found = told_bypassed(
        workload, [planned("q", "Shop.Invoice"), planned("r", "public.free")], facts(), frozenset({INVOICE})
    )
    assert found.bypassed == {"q"}
    assert [("Shop.Invoice" in note, "--role" in note and "--set" in note) for note in found.notes] == [
        (True, True), (False, False),
    ]  # fmt: skip
    assert told_bypassed(workload, [planned("q", "Shop.Invoice")], facts(), ()) == workload


def test_what_is_for_them_is_never_of_high_confidence() -> None:
    change = Change("create-index", "Shop.Invoice", "an index", "why", queries=("q",), risk="It is large.")
    advised = Advised(change, "proved", "high")
    doubted = less_sure(advised, {"q"})
    assert doubted.confidence == "low"
    assert doubted.change.risk.startswith("It is large. Reckoned and measured without the row security")
    assert less_sure(advised, {"r"}) == advised


def test_row_security_binds_a_role_and_no_superuser(database: str) -> None:
    async def bypassed() -> list[frozenset[TableName]]:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(SCHEMA)
            as_superuser = await bypassed_tables(connection, 5.0)
            await connection.execute("SET ROLE bound_here")
            as_bound = await bypassed_tables(connection, 5.0)
            await connection.execute('RESET ROLE; REVOKE ALL ON SCHEMA "Shop" FROM bound_here; DROP ROLE bound_here')
            return [as_superuser, as_bound]
        finally:
            await connection.close(timeout=5)

    assert asyncio.run(bypassed()) == [{INVOICE}, frozenset()]
