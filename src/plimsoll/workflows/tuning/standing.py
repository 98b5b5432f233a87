"""Which steps of a change are done, as the server has it."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from plimsoll.core.tuning.change import Step

TIMEOUT_MS: Final = 15_000


async def standing(connection: asyncpg.Connection, steps: Sequence[Step]) -> list[tuple[Step, bool]]:
    """Each with whether it is done; what cannot be seen (ANALYZE) is not. Raises what the driver raises."""
    async with connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}; SET LOCAL lock_timeout = 1000")
        return [(step, bool(step.check and await connection.fetchval(step.check))) for step in steps]
