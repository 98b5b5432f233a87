"""What statements take while nothing of the copy is in memory: neither in the server's nor in the system's.

Only on a server that was started for the copy: emptying another's memory would be felt by whoever uses it. A restart
is not needed, as from PostgreSQL 18 on pg_buffercache empties shared buffers; files leave the system's memory once they
are written (posix_fadvise), which is looked at afterwards: where they stay, as in a file system that is memory, nothing
is told.
"""

import asyncio
import ctypes
import mmap
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg

from plimsoll.core.tuning.proof import Proof, QueryProof
from plimsoll.core.units import format_ms
from plimsoll.tune.proving.running import NotRun
from plimsoll.tune.proving.schedule import order
from plimsoll.tune.proving.sides import NONE
from plimsoll.tune.proving.state import Proving

STATEMENTS_MAX: Final = 8  # the heaviest
BINDINGS_MAX: Final = 2
ROUNDS: Final = 3
BYTES_MAX: Final = 8 * 2**30  # of the copy, which is written to disk for it
VERSION_MIN: Final = 180000
_OWN: Final = "started for this"  # as a copy on a server of its own is said to be
_SCHEMA: Final = "plimsoll_cold"
STAYED_MAX: Final = 0.02  # of all pages
_DIRECTORY: Final = """
SELECT current_setting('data_directory') || '/base/' || oid FROM pg_catalog.pg_database
WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a copy: its files are below `directory`."""

    connection: asyncpg.Connection
    directory: Path

    async def empty(self) -> bool:
        """False where something stayed."""
        await self.connection.execute("CHECKPOINT")
        await self.connection.fetch(f"SELECT * FROM {_SCHEMA}.pg_buffercache_evict_all()")
        return await asyncio.to_thread(forget, sorted(self.directory.iterdir()))


async def with_cold(proving: Proving, proof: Proof) -> Proof:
    """The proof of all together, with what its statements that are faster take cold."""
    memory = await _memory(proving)
    if memory is None:
        return proof
    found: dict[str, tuple[float, float]] = {}
    for one in heaviest(proof.queries):
        both = None if proving.until.over else await _cold(proving, memory, one)
        if both is None:
            break
        found[one.query] = both
    queries = [_told(one, found.get(one.query)) for one in proof.queries]
    return replace(proof, queries=queries, notes=[*proof.notes, *_words(found)])


def heaviest(queries: Sequence[QueryProof]) -> list[QueryProof]:
    better = [one for one in queries if one.effect == "better"]
    return sorted(better, key=lambda one: -one.saved_ms)[:STATEMENTS_MAX]


def forget(files: Iterable[Path]) -> bool:
    """Has the system forget files. False where more of them stays in its memory than by chance."""
    stayed, pages = 0, 0
    for file in filter(Path.is_file, files):
        with suppress(FileNotFoundError):
            here, there = _forgotten(file)
            stayed, pages = stayed + here, pages + there
    return stayed <= STAYED_MAX * pages


def _forgotten(file: Path) -> tuple[int, int]:
    """Pages of a file that stay, of how many. What is not written yet would stay."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        size = os.fstat(descriptor).st_size
        return in_memory(descriptor, size), -(-size // mmap.PAGESIZE)
    finally:
        os.close(descriptor)


def in_memory(descriptor: int, size: int) -> int:
    """How many of a file's pages the system has in memory (mincore)."""
    if not size:
        return 0
    pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY) as mapped:
        first = ctypes.c_char.from_buffer(mapped)
        told = ctypes.CDLL(None).mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), pages)
        del first  # the mapping cannot be closed before
    return sum(page & 1 for page in pages) if told == 0 else len(pages)


async def _memory(proving: Proving) -> Memory | None:
    """None where it cannot be had honestly."""
    running = proving.bench.running
    copy, connection = running.clone.copy, running.connection
    if not (running.clone.superuser and copy.server.endswith(_OWN) and copy.bytes <= BYTES_MAX):
        return None
    if connection.get_server_version().major * 10000 < VERSION_MIN or sys.platform != "linux":
        return None
    try:
        await connection.execute(f"CREATE SCHEMA {_SCHEMA}; CREATE EXTENSION pg_buffercache SCHEMA {_SCHEMA}")
        memory = Memory(connection, Path(await connection.fetchval(_DIRECTORY)))
        return memory if await memory.empty() else None
    except (asyncpg.PostgresError, OSError):
        return None


async def _cold(proving: Proving, memory: Memory, one: QueryProof) -> tuple[float, float] | None:
    """Milliseconds on both sides; None where memory was not empty, or the time was up."""
    query, running = proving.workload.statements[one.query].query, proving.bench.running
    sides = (NONE, proving.side)
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        for at in order((0, 1), number):
            await proving.bench.switch.show(sides[at])
            await running.plans(query)  # what planning reads stays with the session
            took = []
            for binding in query.bindings[:BINDINGS_MAX]:
                if not await memory.empty() or proving.until.over:
                    return None
                try:
                    took.append((await running.once(query, binding)).ms)
                except NotRun:
                    return None
            found[at].append(sum(took) / len(took))
    return median(found[0]), median(found[1])


def _told(one: QueryProof, both: tuple[float, float] | None) -> QueryProof:
    if both is None:
        return one
    return replace(one, before=replace(one.before, cold_ms=both[0]), after=replace(one.after, cold_ms=both[1]))


def _words(found: dict[str, tuple[float, float]]) -> list[str]:
    """Of all that were measured so, in a line."""
    if not found:
        return []
    before, after = (sum(both[at] for both in found.values()) for at in (0, 1))
    number = "1 statement" if len(found) == 1 else f"{len(found)} statements"
    times = f"{format_ms(before)} before and {format_ms(after)} after"
    return [f"With nothing in memory {number} took {times}, a call each."]
