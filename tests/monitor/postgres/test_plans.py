"""Plans of statements as pg_stat_statements holds them: for any values, and nothing is ever executed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg

from plimsoll.core.query_plan import PlanNode, read_plan
from plimsoll.embedded import PostgresServer
from plimsoll.monitor.postgres.facts.plannable import mended
from plimsoll.monitor.postgres.facts.plans import PLANS_MAX, Plans, plan_notes, read_plans
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.postgres.dsn import read_target
from plimsoll.settings.masking import Secret
from tests.postgres.conftest import Pooler

T = TypeVar("T")
TABLE = (
    "CREATE TABLE orders (id int PRIMARY KEY, customer int, placed timestamptz DEFAULT now())",
    "INSERT INTO orders SELECT g, g % 500 FROM generate_series(1, 5000) g",
    "ANALYZE orders",
)
COUNTED = """
SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'plimsoll%')
"""


def linked(dsn: str, ask: Callable[[DatabaseLink], Awaitable[T]], *made: str) -> T:
    async def go() -> T:
        if made:
            connection = await asyncpg.connect(dsn)
            for statement in made:
                await connection.execute(statement)
            await connection.close()
        link = DatabaseLink(lambda: read_target(Secret(dsn), {}, where="test"))
        try:
            return await ask(link)
        finally:
            await link.close()

    return asyncio.run(go())


def plans(dsn: str, *texts: str, made: Sequence[str] = TABLE) -> Plans:
    return linked(dsn, lambda link: read_plans(link, {str(at): text for at, text in enumerate(texts)}), *made)


def plan(found: Plans, at: int) -> PlanNode:
    known = read_plan(found, str(at))
    assert known is not None, found[str(at)]
    return known


def test_statements_are_planned_for_any_values_and_never_executed(each_database: str) -> None:
    async def ask(link: DatabaseLink) -> tuple[Plans, Any]:
        found = await read_plans(link, dict(enumerate_texts(
            "SELECT * FROM orders WHERE customer = $1 ORDER BY placed",
            "DELETE FROM orders WHERE id = $1",
            "INSERT INTO orders (id, customer) SELECT $1, $2 -- the end",
            "SELECT count(*) FROM orders WHERE placed > now() - interval $1 AND id IN ($2 /*, ... */);",
            "SELECT pg_sleep($1)",
        )))  # fmt: skip
        counted = await link.fetch(COUNTED)
        return found, tuple(counted[0])

    found, counted = linked(each_database, ask, *TABLE)
    sort = plan(found, 0)
    scan = sort.children[0]
    assert (sort.kind, scan.kind, scan.table, scan.filter) == (
        "Sort", "Seq Scan", "public.orders", "(orders.customer = $1)",
    )  # fmt: skip
    assert scan.rows == 10
    assert plan(found, 1).operation == "Delete"
    assert plan(found, 1).children[0].index == "orders_pkey"
    assert {plan(found, at).kind for at in (2, 3, 4)} == {"ModifyTable", "Aggregate", "Result"}
    assert counted == (5000, 0), "nothing was changed, nothing is left behind"


def enumerate_texts(*texts: str) -> list[tuple[str, str]]:
    return [(str(at), text) for at, text in enumerate(texts)]


def test_what_cannot_be_planned_is_noted_and_the_rest_is_planned(database: str) -> None:
    found = plans(
        database,
        "SELECT 1; DELETE FROM orders",
        "SELECT * FROM gone WHERE id = $1",
        "TRUNCATE orders",
        f"SELECT {'1, ' * 5000} 1",
        "SELECT id FROM orders LIMIT $1",
    )
    assert list(found) == ["0", "1", "3", "4"], "what is not planned is not sent"
    assert "multiple commands" in found["0"]["why"]
    assert 'relation "gone" does not exist' in found["1"]["why"]
    assert "longer than 10,000 characters" in found["3"]["why"]
    assert plan(found, 4).kind == "Limit"
    (note,) = plan_notes(found)
    assert note.startswith("no plan of 3 of 4 statements: ")


def test_a_role_that_only_monitors_is_told_why_it_sees_no_plan(postgres_server: PostgresServer, database: str) -> None:
    postgres_server.sql("CREATE ROLE plan_monitor LOGIN PASSWORD 'Monitor-pass-3x' IN ROLE pg_monitor")
    try:
        plans(database, "SELECT 1")
        name = database.rpartition("/")[2]
        dsn = f"postgresql://plan_monitor:Monitor-pass-3x@127.0.0.1:{postgres_server.port}/{name}"
        found = plans(dsn, "SELECT * FROM orders WHERE customer = $1", made=())
    finally:
        postgres_server.sql("DROP ROLE plan_monitor")
    assert found["0"]["why"] == "the role may not see this: permission denied for table orders"


def test_a_locked_table_costs_no_plan_its_time_and_the_other_plans_nothing(database: str) -> None:
    async def ask(link: DatabaseLink) -> Plans:
        holder = await asyncpg.connect(database)
        await holder.execute("BEGIN; LOCK TABLE orders")
        try:
            return await read_plans(link, {"0": "SELECT * FROM orders", "1": "SELECT 1"})
        finally:
            await holder.close()

    found = linked(database, ask, *TABLE)
    assert found["0"]["why"].startswith("something holds a lock on what was asked for")
    assert plan(found, 1).kind == "Result"


def test_behind_a_pooler_the_next_plan_may_come_from_another_session(pooler: Pooler) -> None:
    texts = {str(at): f"SELECT {at} FROM pg_class WHERE relname = $1" for at in range(4)}

    async def ask(link: DatabaseLink) -> tuple[Plans, Any]:
        found = await read_plans(link, {**texts, "wrong": "SELECT no_such_column FROM pg_class"})
        return found, (await link.fetch("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'plimsoll%'"))[0][
            0
        ]

    found, left = linked(pooler.dsn(), ask)
    assert {plan(found, at).index for at in range(4)} == {"pg_class_relname_nsp_index"}
    assert "no_such_column" in found["wrong"]["why"]
    assert left == 0


def test_no_more_plans_are_read_than_the_limit(database: str) -> None:
    assert len(plans(database, *["SELECT 1"] * (PLANS_MAX + 5), made=())) == PLANS_MAX


def test_parameters_that_stand_in_literals_become_casts() -> None:
    assert (
        mended("SELECT interval $1, DATE $2, x.date $3;") == "SELECT CAST($1 AS interval), CAST($2 AS DATE), x.date $3"
    )
    assert mended("SELECT EXTRACT($1 FROM a)") == "SELECT extract(epoch FROM a)"
