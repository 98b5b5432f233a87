"""Who is slow, or comes in numbers, holds no place for long."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from plimsoll.edge import Edge
from plimsoll.edge.serving import listening, protocol
from plimsoll.edge.serving.origin.pool import Bounds
from tests.edge.serving.town import FRESH, PATIENCE_S, Scripted, ask, before, ok, raw, run, serving


@pytest.mark.parametrize("sent", [b"", b"GET /a HTTP/1.1\r\nHost: a\r\n", b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET"])
def test_a_head_that_does_not_come_ends_the_connection(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)

    async def story() -> None:
        async with serving(Scripted(ok(FRESH))) as at:
            assert (await raw(at, sent)).count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")

    run(story)


def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = asyncio.Event()

    class Told(protocol.BoundedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    monkeypatch.setattr(listening, "BoundedProtocol", Told)

    async def story() -> None:
        async with serving(Edge(Scripted(ok(FRESH, body=b"x" * 8_000_000))), read_s=0.05) as at, not_reading(at):
            async with asyncio.timeout(PATIENCE_S):
                await lost.wait()

    run(story)


def test_who_does_not_read_holds_no_connection_to_the_origin() -> None:
    async def story() -> None:
        shop = Scripted(ok(body=b"x" * 8_000_000), ok())
        async with serving(shop) as port:
            bounds = Bounds(connections=1, connect_s=PATIENCE_S)
            async with before(port, bounds=bounds, read_s=0.05) as (at, _), not_reading(at):
                await shop.came.wait()
                assert (await ask(at, "/b")).body == b"hello"

    run(story)


@asynccontextmanager
async def not_reading(at: int) -> AsyncIterator[None]:
    """Somebody who asks for a body and takes nothing of it."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", at))
        await loop.sock_sendall(slow, b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        yield


def test_more_clients_than_there_may_be_are_ended_as_they_come() -> None:
    async def story() -> None:
        async with serving(Scripted(ok(FRESH)), clients=2) as at:
            idle = [await asyncio.open_connection("127.0.0.1", at) for _ in range(2)]
            for _, writer in idle:
                writer.write(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            for reader, _ in idle:
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            reader, writer = await asyncio.open_connection("127.0.0.1", at)
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            for _, one in (*idle, (reader, writer)):
                one.close()

    run(story)
