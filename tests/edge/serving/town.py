"""Real servers on free ports: an origin that does as it is told, an edge before it, clients that send bytes."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from plimsoll.edge.serving.asgi import Application, Message, Receive, Scope, Send
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.serving.front import Front, Trust
from plimsoll.edge.serving.listening import EdgeServer, bound
from plimsoll.edge.serving.origin.origin import Origin, Place
from plimsoll.edge.serving.origin.pool import Bounds

PATIENCE_S = 60.0  # for what happens at once on a machine that is not busy
FRESH = "Cache-Control: max-age=60"


@dataclass
class Reply:
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return ", ".join(value for key, value in self.fields if key == name.lower())

    @property
    def is_hit(self) -> bool:
        return "; hit" in self["cache-status"]


@dataclass
class Seen:
    """A request as the origin got it."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return ", ".join(value for key, value in self.fields if key == name.lower())


class Scripted:
    """An application: `says` gives the next answers, the last again and again; what it was asked is in `seen`.

    An answer is (status, lines, pieces); `gate` holds answers back until it is set.
    """

    def __init__(self, *says: tuple[int, list[str], list[bytes]]) -> None:
        self.says = list(says)
        self.seen: list[Seen] = []
        self.gate: asyncio.Event | None = None
        self.came = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        fields = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        self.seen.append(Seen(scope["method"], (scope["raw_path"] + query).decode(), fields, body))
        self.came.set()
        if self.gate is not None:
            await self.gate.wait()
        status, lines, pieces = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        split = [line.partition(": ") for line in lines]
        head = [(name.lower().encode(), value.encode("latin-1")) for name, _, value in split]
        await send({"type": "http.response.start", "status": status, "headers": head})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def ok(*lines: str, body: bytes = b"hello", status: int = 200) -> tuple[int, list[str], list[bytes]]:
    return status, list(lines), [body]


@asynccontextmanager
async def serving(application: Application, clients: int = 500, read_s: float = 30.0) -> AsyncIterator[int]:
    """The port at which it is served."""
    stop, began = asyncio.Event(), asyncio.Event()
    server = EdgeServer(application, stop, began.set, clients=clients, drain_s=1.0, read_s=read_s)
    with bound("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        task = asyncio.create_task(server.serve_on(listener))
        try:
            await began.wait()
            yield port
        finally:
            stop.set()
            await task


@asynccontextmanager
async def before(
    port: int, *, trust: Trust | None = None, bounds: Bounds | None = None, read_s: float = 30.0, **named: Any
) -> AsyncIterator[tuple[int, Edge]]:
    """The port of an edge before the origin at `port`, and the edge itself."""
    origin = Origin(Place("http", "127.0.0.1", port), bounds=bounds)
    edge = Edge(origin, **named)
    try:
        async with serving(Front(edge, trust), read_s=read_s) as its:
            yield its, edge
    finally:
        await edge.close()
        origin.close()
    nothing_is_left(edge, origin)


def nothing_is_left(edge: Edge, origin: Origin) -> None:
    """Whatever became of requests: no flight, no fill, no byte of the budget, no connection."""
    assert len(edge._flights) == 0
    assert not edge._leading | edge._behind
    assert edge._desk.budget.left == edge.settings.filling_bytes
    assert not edge.store._marks._running
    pool = origin._pool
    assert (pool._taken, pool._waiting, len(pool._busy), len(pool._idle)) == (0, 0, 0, 0)


async def ask(port: int, target: str = "/", *lines: str, method: str = "GET", body: bytes = b"") -> Reply:
    named = any(line.lower().startswith("host:") for line in lines)
    sized = any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in lines)
    head = [f"{method} {target} HTTP/1.1", *([] if named else ["Host: shop.example"]), *lines, "Connection: close"]
    if body and not sized:
        head.append(f"Content-Length: {len(body)}")
    return read(await raw(port, "\r\n".join([*head, "", ""]).encode("latin-1") + body))


async def raw(port: int, data: bytes) -> bytes:
    """All that comes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(data)
            return await reader.read()
    finally:
        writer.close()


def read(data: bytes) -> Reply:
    """The first response in it; its body is as much as came."""
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    chunked = ("transfer-encoding", "chunked") in fields
    return Reply(int(first.split(" ")[1]), fields, unchunked(rest) if chunked else rest)


def unchunked(data: bytes) -> bytes:
    body = b""
    while found := re.match(rb"([0-9a-f]+)\r\n", data):
        size = int(found[1], 16)
        body += data[found.end() : found.end() + size]
        data = data[found.end() + size + 2 :]
    return body


def run(story: Callable[[], Awaitable[None]]) -> None:
    """A story among real servers, which may not hang."""

    async def told() -> None:
        async with asyncio.timeout(2 * PATIENCE_S):
            await story()

    asyncio.run(told())


async def within(application: Application, target: str = "/", *lines: str, method: str = "GET") -> Reply:
    """Asked in this very process: it has been looked up, or waits, once the loop has gone round."""
    path, _, query = target.partition("?")
    split = [line.partition(": ") for line in ("Host: shop.example", *lines)]
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, _, value in split]
    scope = {
        "type": "http", "method": method, "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": fields, "client": ("127.0.0.1", 1), "extensions": {},
    }  # fmt: skip
    told = Reply(0, [], b"")
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.status = message["status"]
            told.fields = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            told.body += message.get("body", b"")

    await application(scope, receive, send)
    return told
