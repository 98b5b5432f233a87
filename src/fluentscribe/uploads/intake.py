"""How much is handed in at once: all uploads of one process share it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fluentscribe.uploads.errors import NotTaken
from fluentscribe.uploads.store import Store

RECEIVING_MAX = 32  # requests whose files are on their way; the next is told to come back
WAIT_S = 120.0  # for files before one's own to be read


class Intake:
    """`reading_max` requests have their files read at once, each with a connection; others wait, without one."""

    def __init__(self, files: Path, reading_max: int) -> None:
        self.store = Store(files)
        self._reading = asyncio.Semaphore(reading_max)
        self._receiving = 0

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[None]:
        if self._receiving >= RECEIVING_MAX:
            raise busy("too many files are being handed in")
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._reading.acquire(), WAIT_S)
        except TimeoutError:
            raise busy("too many files wait to be read") from None
        try:
            yield
        finally:
            self._reading.release()


def busy(detail: str) -> NotTaken:
    return NotTaken(503, "unavailable", "Unavailable", detail, "try again in a moment")
