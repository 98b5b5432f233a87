"""A statement that is only faster for its own values says so."""

import asyncio
from dataclasses import replace

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.advice import Copy
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import read_target
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.proving.execution import indexes_of
from plimsoll.tune.proving.generic import DIFFERS, TURNS, with_limit, word
from plimsoll.tune.proving.running import Running

INDEX = Index(TableName("public", "t"), (IndexKey.of("a"),), predicate="state = 'new'")
NAMES = {"i": INDEX}


def scan(cost: float, used: str = "") -> PlanNode:
    return PlanNode("Index Scan" if used else "Seq Scan", 1, 1, cost, "public.t", index=used)


def test_a_generic_plan_that_uses_the_index_needs_no_word() -> None:
    assert word(scan(8.0, "i"), [scan(8.0, "i")], INDEX, NAMES) == ""
    assert word(None, [scan(8.0, "i")], INDEX, NAMES) == ""


def test_one_that_does_not_is_told_and_worse_where_the_server_turns_to_it() -> None:
    assert word(scan(900.0), [scan(8.0, "i")], INDEX, NAMES) == DIFFERS
    assert word(scan(12.0), [scan(8.0, "i")], INDEX, NAMES) == TURNS  # planning anew costs 5 more
    assert word(scan(14.0, "other"), [scan(8.0, "i")], INDEX, NAMES) == DIFFERS


def test_a_limit_that_may_be_a_constant_of_the_statement_is_tried_as_one() -> None:
    bindings = (Binding(("7", "50", None, "x")),)
    query = Query("q", "SELECT 1 FROM t WHERE a = $1 LIMIT $2 OFFSET $3", 1, 1, bindings=bindings)
    assert with_limit(query).text == "SELECT 1 FROM t WHERE a = $1 LIMIT 50 OFFSET $3"
    for text in ("SELECT $1", "SELECT 1 LIMIT $3", "SELECT 1 limit $4", "SELECT 1 limit $5"):
        assert with_limit(Query("q", text, 1, 1, bindings=bindings)).text == text


def test_a_generic_plan_of_a_table_partitioned_by_a_parameter_tells_its_indexes(database: str) -> None:
    async def course() -> None:
        target = read_target(database, {})
        connection = await connect(target, prepared=True)
        await connection.execute(PARTITIONED)
        query = Query(
            "q", "SELECT n FROM t WHERE day >= $1 AND day < $2 AND n = $3", 1, 1, types=("date", "date", "integer")
        )
        # of values that contradict each other the server leaves every partition out, as it does for NULL
        bindings = (Binding(("2026-01-09", "2026-01-01", "7")), Binding(("2026-01-01", "2026-01-09", "7")))
        running = Running(Clone(target, Copy("template", "", 0, 0.0, []), superuser=True), connection, 5.0)
        plan = await running.generic(replace(query, bindings=bindings))
        assert plan is not None
        assert indexes_of(plan) == {"t_1_n_idx"}
        await connection.close()

    asyncio.run(course())


PARTITIONED = """
CREATE TABLE t (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO t SELECT date '2026-01-01' + i % 59, i FROM generate_series(1, 3000) i;
CREATE INDEX t_n_idx ON t (n);
ANALYZE t;
"""
