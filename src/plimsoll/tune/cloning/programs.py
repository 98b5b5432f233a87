"""Running PostgreSQL's own programs: what they said, and their end when we go."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.embedded.guarded import Guarded
from plimsoll.embedded.places import make_room, room
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.tunnel import encrypted_endpoints, tunnelled

SAID_BYTES_MAX: Final = 16 * 1024  # of a program's errors, the last
TEXT_BYTES_MAX: Final = 512 * 2**20  # of a schema; one with 100,000 tables has less


@dataclass(frozen=True, slots=True)
class Ended:
    """`said` is the end of its errors, with all secrets that may be in it."""

    code: int
    said: str
    output: bytes = b""


class TooMuchError(Exception):
    """A program wrote more than it may."""


@asynccontextmanager
async def for_programs(target: Target) -> AsyncIterator[Target]:
    """The target as a program without TLS reaches it: itself where nothing of it is encrypted."""
    encrypted = await encrypted_endpoints(target)
    if not any(encrypted):
        yield replace(target, tls={"sslmode": "disable"})
        return
    guarded = Guarded()  # the directory goes even if we are killed
    try:
        async with tunnelled(target, encrypted, make_room(guarded, room(None), None)) as reachable:
            yield reachable
    finally:
        await asyncio.to_thread(guarded.end)


async def output_of(argv: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Runs one to its end and takes what it writes. Raises TooMuchError."""
    process = await _started(argv, environment, asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        output, said = await asyncio.gather(_whole(process.stdout), _tail(process.stderr))
        return Ended(await process.wait(), said, output)
    finally:
        await _end(process)


async def piped(
    first: Sequence[str], its: Mapping[str, str], second: Sequence[str], of_second: Mapping[str, str]
) -> tuple[Ended, Ended]:
    """Runs two, the second with what the first writes; nothing of it passes through us."""
    reads, writes = os.pipe()
    processes: list[asyncio.subprocess.Process] = []
    try:
        try:
            processes.append(await _started(first, its, asyncio.subprocess.DEVNULL, writes))
            processes.append(await _started(second, of_second, reads, asyncio.subprocess.DEVNULL))
        finally:
            os.close(reads)  # else the first would never hear that the second is gone, nor this that the first is
            os.close(writes)
        a, b = await asyncio.gather(*(_ended(one) for one in processes))
        return a, b
    finally:
        for one in processes:
            await _end(one)


async def _started(
    argv: Sequence[str], environment: Mapping[str, str], stdin: int, stdout: int
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environment),
        cwd="/",
        start_new_session=True,  # Ctrl-C in the terminal is for us alone to hear: we end them
    )


async def _ended(process: asyncio.subprocess.Process) -> Ended:
    assert process.stderr is not None
    said = await _tail(process.stderr)
    return Ended(await process.wait(), said)


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while data := await stream.read(65536):
        kept = (kept + data)[-SAID_BYTES_MAX:]
    return kept.decode(errors="replace")


async def _whole(stream: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while data := await stream.read(1 << 20):
        found += data
        if len(found) > TEXT_BYTES_MAX:
            raise TooMuchError
    return bytes(found)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
