"""Statements of a workload are planned on the real server, and not executed; what is refused says why."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.tune.costing.planning import plan_all

DDL = """
CREATE TABLE "Odd ""Name" (id int PRIMARY KEY, "Mail" text);
INSERT INTO "Odd ""Name" SELECT n, 'm' || n FROM generate_series(1, 2000) n;
ANALYZE "Odd ""Name";
"""
ONE, FEW = Binding(("7",), share=0.25), Binding(("1000000",), share=0.75)


def query(text: str, *bindings: Binding, types: tuple[str, ...] = ()) -> Query:
    return Query(text, text, 1, 1.0, types=types, bindings=bindings or (Binding(),))


async def plans_of(dsn: str, *queries: Query) -> list[Planned]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        found = await plan_all(connection, queries, 5.0)
        assert await connection.fetchval('SELECT count(*) FROM "Odd ""Name"') == 2000
        await connection.close()
        with pytest.raises(RefusedError, match="lost"):
            await plan_all(connection, queries, 5.0)
        return found
    finally:
        connection.terminate()


def test_each_binding_has_its_plan_and_a_refusal_spoils_no_other(database: str) -> None:
    by_id = query('SELECT * FROM "Odd ""Name" WHERE id < $1', ONE, FEW, types=("integer",))
    wrong = query('SELECT * FROM "Odd ""Name" WHERE id < $1', Binding(("seven",)), types=("integer",))
    gone = query("SELECT * FROM gone")
    written = query('DELETE FROM "Odd ""Name"')
    locked = query('SELECT * FROM "Odd ""Name" WHERE id = 1 FOR UPDATE')
    found = asyncio.run(plans_of(database, wrong, by_id, gone, written, locked))
    assert [bool(one.why) for one in found] == [True, False, True, False, False]
    few, all_rows = found[1].plans
    assert few is not None
    assert all_rows is not None
    assert (few.kind, all_rows.kind) != ("Seq Scan", "Seq Scan")
    assert few.cost < found[1].cost < all_rows.cost
    assert found[1].cost == pytest.approx(0.25 * few.cost + 0.75 * all_rows.cost)
    assert "gone" in found[2].why
    assert found[3].plans[0] is not None
    assert found[3].plans[0].operation == "Delete"
