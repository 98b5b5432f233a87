"""Which steps of a change are done, as the server has it."""

from collections.abc import Sequence

import asyncpg

from plimsoll.core.tuning.change import Step
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.request import READ_S


async def standing(connection: asyncpg.Connection, steps: Sequence[Step]) -> list[tuple[Step, bool]]:
    """Each with whether it is done; what cannot be seen (ANALYZE) is not. Raises what the driver raises."""
    async with reading(connection, READ_S):
        return [(step, bool(step.check and await connection.fetchval(step.check))) for step in steps]
