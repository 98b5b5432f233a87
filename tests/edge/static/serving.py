"""A real server before `Static`, and requests as bytes on a socket, so that no client tidies what is asked."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

PATIENCE_S = 60.0  # a bound, not a wait


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered; names of fields are lower-case, and none comes twice here."""

    status: int
    fields: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Client:
    port: int

    async def ask(self, target: str, method: str = "GET", **fields: str) -> Said:
        """Fields are named with underlines for hyphens."""
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            lines = [f"{method} {target} HTTP/1.1", "host: static.test", "connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            whole = await reader.read()
            writer.close()
            await writer.wait_closed()
        head, _, body = whole.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in rest]
        return Said(int(first.split()[1]), {name.lower(): value for name, value in pairs}, body)


class Server(uvicorn.Server):
    """uvicorn, but that it ends when it is told to, and not up to a tenth of a second later."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stop.wait()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[Client]:
    """By uvicorn, at a port of loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on", ws="none"))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.stop.set()
            async with asyncio.timeout(PATIENCE_S):
                await serving
