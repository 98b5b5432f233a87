"""Filling a database anew from what was learned of its own rows."""

import asyncpg

from plimsoll.cli.filling import Silent
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.writing.fill import Filled
from plimsoll.data.writing.filling import fill
from plimsoll.postgres.catalog import read_schema
from plimsoll.workflows.learning import Learned, LearnRequest, learn
from tests.data.filling_any import NOW


async def relearned(dsn: str, copied: tuple[str, ...] = (), scale: float = 1.0) -> tuple[Filled, Learned]:
    connection = await asyncpg.connect(dsn)
    try:
        schema = await read_schema(connection)
        learned = await learn(LearnRequest(copied=copied), schema, connection)
        plan = assemble(schema, SeedPlan(NOW), statistics=learned.statistics, scale=scale)
        return await fill(connection, plan, watch=Silent(), empty_first=True), learned
    finally:
        await connection.close()
