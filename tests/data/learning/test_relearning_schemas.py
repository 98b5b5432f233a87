"""Whole schemas filled with what was learned of rows that were there: no row breaks a constraint."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from plimsoll.cli.filling import Silent
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.writing.filling import fill
from plimsoll.postgres.catalog import read_schema
from plimsoll.workflows.learning import LearnRequest, learn
from tests.data.filling_any import NOW, Database

SCHEMAS = Path(__file__).parents[1] / "schemas"


async def refill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        schema = await read_schema(connection)
        learned = await learn(LearnRequest(), schema, connection)
        plan = assemble(schema, SeedPlan(NOW, seed=2, rows=50), statistics=learned.statistics)
        await fill(connection, plan, watch=Silent(), empty_first=True)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["hostile", "shop"])
def test_a_schema_is_filled_anew_from_its_own_statistics(database: str, name: str) -> None:
    filled = Database(database).sql((SCHEMAS / f"{name}.sql").read_text(encoding="utf-8"))
    filled.fill(rows=80)
    asyncio.run(refill(database))
    assert filled.violations() == {}


def test_moments_keep_to_partitions_though_what_they_follow_came_later(database: str) -> None:
    payments = Database(database).sql("""
        CREATE TABLE payers (id int PRIMARY KEY, created_at date NOT NULL);
        CREATE TABLE payments (id int, payer_id int NOT NULL REFERENCES payers, paid_at date NOT NULL, sent_at date)
            PARTITION BY RANGE (paid_at);
        CREATE TABLE payments_2022 PARTITION OF payments FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
    """)
    payments.fill(rows=80)
    payments.sql("ANALYZE")
    asyncio.run(refill(database))
    assert payments.one("SELECT count(*) FROM payments WHERE paid_at < '2023-01-01'") == 50
