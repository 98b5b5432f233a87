"""What can be seen of the server during a run: its background work, and its memory where it runs on this machine.

Whatever of it cannot be seen is unknown; none of it may cost a run.
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from plimsoll.core.background import BackgroundCounts
from plimsoll.core.errors import PlimsollError
from plimsoll.monitor.processes.nearby import parent_of_postgres
from plimsoll.postgres.background import read_background
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.workflows.target import OpenTarget, connected

PROC: Final = Path("/proc")
LOOK_S: Final = 3.0  # at most, for a look
MEMORY_EVERY_S: Final = 5.0  # a file for each backend is read
BACKENDS_MAX: Final = 2_000


async def background_of(opened: OpenTarget) -> BackgroundCounts | None:
    """The server's counters now; None where there is no server, or it does not tell."""
    if opened.target is None:
        return None
    with suppress(PlimsollError, TimeoutError, *FOREIGN):
        async with asyncio.timeout(LOOK_S), connected(opened) as connection:
            return await read_background(connection)
    return None


class ServerMemory:
    """The private memory of all processes of a PostgreSQL on this machine: shared buffers are left out."""

    def __init__(self, postmaster: int | None, proc: Path = PROC) -> None:
        self._postmaster = postmaster
        self._proc = proc
        self._next_s = 0.0

    @classmethod
    async def of(cls, opened: OpenTarget) -> "ServerMemory":
        """Asks the server for the process that answers, and looks whether there is such a one here."""
        pid = None
        if opened.target is not None and not opened.traits.pooled:
            with suppress(PlimsollError, TimeoutError, *FOREIGN):
                async with asyncio.timeout(LOOK_S), connected(opened) as connection:
                    answering = await connection.fetchval("SELECT pg_backend_pid()")
                    pid = parent_of_postgres(answering, opened.database.database)  # while it is there
        return cls(pid)

    def look(self, now_s: float | None = None) -> int | None:
        """Bytes in use, every few seconds; None in between, and where the server is not here."""
        now_s = time.monotonic() if now_s is None else now_s
        if self._postmaster is None or now_s < self._next_s:
            return None
        self._next_s = now_s + MEMORY_EVERY_S
        pids = [self._postmaster, *children_of(self._postmaster, self._proc)]
        known = [private_bytes(pid, self._proc) for pid in pids[:BACKENDS_MAX]]
        return sum(one for one in known if one is not None) or None


def children_of(pid: int, proc: Path = PROC) -> list[int]:
    """Of a process with one thread, as the postmaster is."""
    try:
        return [int(word) for word in (proc / str(pid) / "task" / str(pid) / "children").read_text().split()]
    except OSError:
        return []


def private_bytes(pid: int, proc: Path = PROC) -> int | None:
    """What the process has in memory that is neither shared nor a file's; None where it has gone."""
    try:
        lines = (proc / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    found = next((line.split() for line in lines if line.startswith("RssAnon:")), None)
    return int(found[1]) * 1024 if found else None
