"""Who is slow, or comes in numbers, holds no place for long."""

import asyncio
import socket
from contextlib import suppress

import pytest

from plimsoll.edge import Edge
from plimsoll.edge.serving import listening, protocol
from tests.edge.serving.town import FRESH, PATIENCE_S, Scripted, ok, raw, run, serving


@pytest.mark.parametrize("sent", [b"", b"GET /a HTTP/1.1\r\nHost: a\r\n", b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET"])
def test_a_head_that_does_not_come_ends_the_connection(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)

    async def story() -> None:
        async with serving(Scripted(ok(FRESH))) as at:
            assert (await raw(at, sent)).count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")

    run(story)


def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "READ_S", 0.05)
    lost = asyncio.Event()

    class Told(protocol.BoundedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    monkeypatch.setattr(listening, "BoundedProtocol", Told)

    async def story() -> None:
        async with serving(Edge(Scripted(ok(FRESH, body=b"x" * 8_000_000)))) as at:
            with socket.socket() as slow:
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # the kernel takes 4 MB of the sender's
                slow.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(slow, ("127.0.0.1", at))
                await loop.sock_sendall(slow, b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
                async with asyncio.timeout(PATIENCE_S):
                    await lost.wait()

    run(story)


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
