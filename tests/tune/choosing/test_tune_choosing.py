"""The choice by HypoPG on a real server, and the reasons of what is not chosen."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.candidate import Candidate, Form
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.testing.postgres import all_wanted, fresh_database, server_binaries, throwaway_server
from plimsoll.tune.choosing.choosing import Choice, choose
from plimsoll.tune.choosing.upkeep import Written, written_by
from plimsoll.tune.costing.costing import comparable
from plimsoll.tune.costing.hypothetical import find_hypothetical, unfit
from plimsoll.tune.costing.planning import plan_all
from plimsoll.tune.until import Until

DDL = """
CREATE TABLE "Orders" (id int PRIMARY KEY, customer int, state text, note text);
INSERT INTO "Orders" SELECT n, n % 2000, CASE WHEN n % 10 = 0 THEN 'open' ELSE 'done' END, repeat('x', 100)
FROM generate_series(1, 20000) n;
CREATE TABLE log (at int, payload text);
INSERT INTO log SELECT n, 'p' FROM generate_series(1, 20000) n;
ANALYZE;
"""
ORDERS, LOG = TableName("public", "Orders"), TableName("public", "log")
BY_CUSTOMER = Query(
    "c", 'SELECT note FROM "Orders" WHERE customer = $1', 1000, 1000.0, types=("integer",), bindings=(Binding(("7",)),)
)
BY_STATE = Query(
    "s", 'SELECT note FROM "Orders" WHERE state = $1', 10, 20.0, types=("text",), bindings=(Binding(("done",)),)
)
BY_TIME = Query("t", "SELECT * FROM log WHERE at = 5", 1, 1.0)


def candidate(query: str, table: TableName, *columns: str, form: Form = "btree", method: str = "btree") -> Candidate:
    return Candidate(Index(table, tuple(map(IndexKey.of, columns)), method), form, f"serves {query}", (query,))


CANDIDATES = [
    candidate("c", ORDERS, "customer"),
    candidate("c", ORDERS, "customer", "state"),
    candidate("s", ORDERS, "state"),
    candidate("t", LOG, "at"),
    candidate("t", LOG, "payload", form="gin", method="gin"),
]


@pytest.fixture(scope="module")
def with_hypopg() -> Iterator[str]:
    with throwaway_server(server_binaries(15)) as server, fresh_database(server) as name:
        yield server.dsn_of(name)


async def choices(dsn: str) -> tuple[Choice, Choice, Choice, int]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'"):
            _left_out()
        assert await find_hypothetical(connection, 5.0) is None
        await connection.execute('CREATE SCHEMA "Ext"; CREATE EXTENSION hypopg SCHEMA "Ext"')
        facts = await read_facts(connection)
        planned = await plan_all(connection, [BY_CUSTOMER, BY_STATE, BY_TIME], 5.0)
        costing = await find_hypothetical(connection, 5.0)
        assert costing is not None
        stop = asyncio.Event()
        found = [
            await choose(planned, CANDIDATES, facts, costing, budget, Until.within(time_s, stop), lambda line: None)
            for budget, time_s in ((None, 60.0), (16384, 60.0), (None, 0.0))
        ]
        left = await connection.fetchval('SELECT count(*) FROM "Ext".hypopg_list_indexes')
        return found[0], found[1], found[2], left
    finally:
        await connection.close()


def _left_out() -> None:
    words = "left out: HypoPG (Debian's package postgresql-15-hypopg is not installed)"
    if all_wanted():
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


def reasons(choice: Choice) -> dict[str, str]:
    return {one.change.index.name: one.why for one in choice.rejected if one.change.index is not None}


def test_what_pays_is_chosen_by_hypopg_and_the_rest_says_why_not(with_hypopg: str) -> None:
    free, tight, hasty, left = asyncio.run(choices(with_hypopg))
    assert left == 0
    chosen = {one.change.index.name: one for one in free.chosen if one.change.index is not None}
    assert set(chosen) == {"idx_orders_customer"}
    assert chosen["idx_orders_customer"].saved_share > 0.9
    why = reasons(free)
    assert why["idx_orders_state"] == "no plan of the workload's statements uses it"
    assert why["idx_log_at"].endswith("% of the workload only")
    assert "only a real build" in next(text for name, text in why.items() if "payload" in name)
    assert "beside Orders (customer)" in why["idx_orders_customer_state"]
    assert tight.chosen == []
    assert "over the budget" in reasons(tight)["idx_orders_customer"]
    assert hasty.chosen == []
    assert "s (time was up) with the best until then" in hasty.words
    assert hasty.notes == ["the search for indexes was not at its end (time was up): there may be better ones"]
    assert reasons(hasty)["idx_orders_customer"] == "the search ended before it was tried"


def test_partial_ones_expressions_and_other_methods_are_never_made_hypothetically() -> None:
    key = IndexKey.of("a")
    assert unfit(Index(ORDERS, (key,))) == ""
    assert "crash" in unfit(Index(ORDERS, (key,), predicate="a > 1"))
    assert "expression" in unfit(Index(ORDERS, (IndexKey("(lower(a))"),)))
    assert "brin" in unfit(Index(ORDERS, (key,), "brin"))


def test_a_statement_that_could_not_be_planned_this_time_is_not_compared() -> None:
    plan = PlanNode("Seq Scan", 1.0, 8, 100.0)
    assert comparable(Planned(BY_TIME, (plan,)), Planned(BY_TIME, (plan,)))
    assert not comparable(Planned(BY_TIME, (plan,)), Planned(BY_TIME, (None,), "timeout"))


def test_rows_that_the_workload_writes_are_counted_by_table() -> None:
    insert = Query("i", "INSERT", 100, 1.0, rows_per_call=3, writes=True)
    plan = PlanNode("ModifyTable", 0.0, 0, 1.0, table="public.log", operation="Insert")
    read = PlanNode("Seq Scan", 1.0, 8, 100.0, table="public.log")
    assert written_by([Planned(insert, (plan,)), Planned(BY_TIME, (read,))]) == {"public.log": Written(inserted=300.0)}
