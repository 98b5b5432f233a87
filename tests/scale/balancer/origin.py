"""A worker in the test's own process, so that a test says when it answers: HTTP/1.1 on a socket that the test holds."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

HEALTH = "/health"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class Origin:
    """Answers its name, with 200 if it `works`; what asks for /held waits for `gate`.

    `asked` has each request as it comes in, but health checks, which are answered according to `well`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: asyncio.Queue[Asked] = asyncio.Queue(1000)
        self.gate = asyncio.Event()
        self.well = True
        self.works = True
        self._server: asyncio.Server | None = None
        self._talking: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def serve(self, listening: socket.socket) -> None:
        self._server = await asyncio.start_unix_server(self._talk, sock=listening.dup())

    def hang_up(self) -> None:
        """Closes every connection, whatever is asked there; new ones are taken."""
        for writer in self._talking:
            writer.close()

    async def close(self) -> None:
        """Returns when no connection is left."""
        self.gate.set()
        if self._server is not None:
            self._server.close()
        for writer in self._talking:
            writer.close()
        await asyncio.gather(*self._talking.values())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking[writer] = task
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status = await self._answer(Asked(method, path, headers, body.decode()))
                text = self.name.encode()
                writer.write(b"HTTP/1.1 %d -\r\ncontent-length: %d\r\n\r\n%b" % (status, len(text), text))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        del self._talking[writer]

    async def _answer(self, asked: Asked) -> int:
        if asked.path == HEALTH:
            return 200 if self.well else 500
        self.asked.put_nowait(asked)
        if asked.path == "/held":
            await self.gate.wait()
        return 200 if self.works else 500
