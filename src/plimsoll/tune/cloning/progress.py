"""How far a copy is, in lines for whoever waits, no more than one every few seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from plimsoll.core.units import format_bytes
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.tune.cloning.wish import Say

EVERY_S: Final = 3.0

_COPYING: Final = """
SELECT pg_database_size(current_database()) AS bytes,
       (SELECT p.relid::regclass::text FROM pg_stat_progress_copy p
        WHERE p.datname = current_database() LIMIT 1) AS what
"""


class Sparing:
    """Says what is new, unless something was said just before."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY_S:
            self._last = now
            self._say(line)


@asynccontextmanager
async def telling(target: Target, size: int, say: Say) -> AsyncIterator[None]:
    """Tells from the copy's own server, while it lasts, which table is written and how much of `size` is there."""
    connection = await connect(target, prepared=False)
    task = asyncio.create_task(_tell(connection, size, say))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, *FOREIGN):
            await task
        connection.terminate()


async def _tell(connection: asyncpg.Connection, size: int, say: Say) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        row = await connection.fetchrow(_COPYING)
        if row is not None and row["what"]:
            say(f"copying {row['what']}: {format_bytes(row['bytes'])} of about {format_bytes(size)}")
