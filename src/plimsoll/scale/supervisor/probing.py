"""Whether a worker answers: one small HTTP/1.1 request over its socket, bounded in bytes and time."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError

HEAD_BYTES_MAX: Final = 4096  # of an answer; its first line is what is looked at
CLOSE_S: Final = 1.0
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: |\r?\n)")
_PATH: Final = re.compile(r"/[!-~]{0,500}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where a worker listens: a Unix socket's `path`, or a `port` of the loopback interface."""

    name: str
    path: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Probing:
    """How workers are asked. Ready: an answer below 500. Alive: any answer, for a worker that says of itself that its
    database is away would not be better for a restart."""

    path: str = "/"
    every_s: float = 2.0
    timeout_s: float = 5.0
    retry_s: float = 0.05  # while it starts and cannot be connected to, or says that it is not ready

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            remedy = 'use one like "/healthz": a slash and at most 500 printable characters without spaces'
            raise UsageError(f"{self.path!r} is no path for a health check", remedy=remedy)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` of HTTP, or 0 and why there is none."""

    status: int
    why: str = ""

    @property
    def ready(self) -> bool:
        return 100 <= self.status < 500

    @property
    def alive(self) -> bool:
        return self.status > 0


async def probe(worker: Reachable, path: str, timeout_s: float) -> Answer:
    """Ask once. Never raises for what the worker does or does not do."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _ask(worker, path)
    except TimeoutError:
        return Answer(0, f"no answer in {timeout_s:g} s")
    except OSError as error:
        return Answer(0, error.strerror or str(error) or "the connection was cut")


async def _ask(worker: Reachable, path: str) -> Answer:
    if worker.path:
        reader, writer = await asyncio.open_unix_connection(worker.path, limit=HEAD_BYTES_MAX)
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", worker.port, limit=HEAD_BYTES_MAX)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: plimsoll\r\nConnection: close\r\n\r\n".encode()
        )
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return Answer(0, "the connection was closed without an answer")
    except asyncio.LimitOverrunError:
        return Answer(0, "what it answers is not HTTP")
    finally:
        writer.transport.abort()  # the rest is not read
        with suppress(OSError):
            await writer.wait_closed()
    if found := _STATUS.match(line):
        return Answer(int(found[1]))
    return Answer(0, "what it answers is not HTTP")
