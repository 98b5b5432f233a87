"""A TCP server that does what a test's script says, byte by byte; on the loop of the test."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing sends RST


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    size: int  # of all of it, in bytes
    connection: int  # the how manieth it came on, from 0


@dataclass
class Visit:
    """One connection to the server, in the hands of the script."""

    number: int
    served: "Served"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> Seen | None:
        """The next request; None once the client has gone."""
        head = await self.head()
        if head is None:
            return None
        line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        headers = {name.lower(): value for name, value in (text.split(": ", 1) for text in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = line.split(" ")
        seen = Seen(method, target, headers, body, len(head) + len(body), self.number)
        self.served.seen.append(seen)
        return seen

    async def head(self) -> bytes | None:
        try:
            return await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def send(self, *pieces: bytes) -> None:
        self.writer.write(b"".join(pieces))

    async def gone(self) -> None:
        """Waits until the client has closed the connection."""
        with suppress(ConnectionError):
            while await self.reader.read(1_000):
                pass

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    @property
    def server_name(self) -> str | None:
        """What the client asked for in the TLS handshake."""
        return self.served.names[-1] if self.served.names else None


Script = Callable[[Visit], Awaitable[None]]


@dataclass
class Served:
    """What a server saw."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    accepted: int = 0
    open: int = 0
    seen: list[Seen] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # asked for in TLS handshakes

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [f"{seen.method} {seen.target}" for seen in self.seen]


@asynccontextmanager
async def serving(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Served]:
    """Runs `script` for each connection; what it fails with fails the test."""
    served = Served(scheme="https" if tls else "http", host="localhost" if tls else host)
    visits: set[asyncio.Task[None]] = set()
    mishaps: list[BaseException] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(served.accepted, served, reader, writer)
        served.accepted += 1
        served.open += 1
        task = asyncio.current_task()
        assert task is not None
        visits.add(task)
        try:
            await script(visit)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass  # the client has gone, or the test has ended
        except BaseException as error:
            mishaps.append(error)
            raise
        finally:
            served.open -= 1
            visits.discard(task)
            writer.close()

    if tls is not None:
        tls.sni_callback = lambda _, name, __: served.names.append(name)
    server = await asyncio.start_server(visited, host, 0, ssl=tls, backlog=100)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
    assert not mishaps, mishaps


def answering(*answers: bytes) -> Script:
    """Answers the n-th request of all with the n-th answer, and those after it with the last."""
    left = list(answers)

    async def script(visit: Visit) -> None:
        while await visit.request() is not None:
            answer = left.pop(0) if len(left) > 1 else left[0]
            visit.send(answer)
            if b"connection: close" in answer.lower():
                return

    return script
