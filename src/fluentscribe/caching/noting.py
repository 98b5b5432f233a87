"""What people looked at, where that was answered from memory: noted a moment later, many at once."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import asyncpg

from fluentscribe.database.pool import Unanswered, answered

NOTES_MAX: Final = 10_000  # that wait; more are left out, and counted
BATCH: Final = 500
EVERY_S: Final = 1.0
NOTE = "SELECT app_note($1)"
_log = logging.getLogger("fluentscribe.caching")


class Notes:
    """Views and searches. A process that is killed loses those of EVERY_S at most; changes never come here."""

    def __init__(self, pool: asyncpg.Pool, wait_s: float) -> None:
        self._pool = pool
        self._wait_s = wait_s
        self._waiting: list[dict[str, Any]] = []
        self.left_out = 0

    def add(self, organization: UUID | None, person: UUID, action: str, details: Mapping[str, str]) -> None:
        """Never waits."""
        if len(self._waiting) >= NOTES_MAX:
            self.left_out += 1
            return
        self._waiting.append(_note(organization, person, action, details))

    async def write(self, organization: UUID | None, person: UUID, action: str, details: Mapping[str, str]) -> None:
        """At once. Raises what the database raises, TimeoutError and Unanswered."""
        await self._write([_note(organization, person, action, details)])

    async def run(self) -> None:
        """Until it is cancelled; what waits then is written first."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self.flush()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await self.flush()

    async def flush(self) -> None:
        """Writes all that wait. What the database does not take is left out, and counted."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self._write(batch)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, Unanswered) as error:
                self.left_out += len(batch)
                _log.warning("views were not noted", extra={"left_out": len(batch), "why": type(error).__name__})

    async def _write(self, notes: list[dict[str, Any]]) -> None:
        async with self._pool.acquire(timeout=self._wait_s) as connection, answered(connection):
            await connection.execute(NOTE, notes, timeout=self._wait_s)


def _note(organization: UUID | None, person: UUID, action: str, details: Mapping[str, str]) -> dict[str, Any]:
    return {"organization": str(organization), "person": str(person), "action": action, "details": dict(details)}
