"""Connections that send no end of headers, or nothing, are closed; answers are not held back."""

import asyncio
import socket

import pytest

from fluentscribe.protocol import HEAD_BYTES_MAX, BoundedHead
from fluentscribe.serving import listening
from tests.fluentscribe.api.service import TIMEOUT_S, Platform

START = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def connected(platform: Platform) -> socket.socket:
    return socket.create_connection((platform.host, platform.port), TIMEOUT_S)


def test_a_head_without_end_is_cut_off(platform: Platform) -> None:
    endless = START + b"X: " + b"x" * (100 * HEAD_BYTES_MAX)
    with connected(platform) as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        connection.sendall(endless)


def test_a_head_that_does_not_come_is_not_waited_for(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedHead, "head_timeout_s", 0.05)
    with connected(platform) as silent, connected(platform) as slow:
        slow.sendall(START)
        assert (silent.recv(1), slow.recv(1)) == (b"", b"")


def test_connections_that_are_kept_serve_again(platform: Platform) -> None:
    with connected(platform) as connection, connection.makefile("rb") as answers:
        for _ in range(3):
            connection.sendall(START + b"\r\n")
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            while answers.readline() != b"\r\n":
                pass
            assert answers.read(len(b'{"status":"ok"}')) == b'{"status":"ok"}'


def test_the_pieces_of_an_answer_are_sent_at_once() -> None:
    """Else the second would wait for the client's acknowledgement, which comes 40 ms late."""
    assert asyncio.run(sends_at_once())


async def sends_at_once() -> int:
    """TCP_NODELAY of a connection that a server on our socket took."""
    taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listening("127.0.0.1", 0) as ours:
        async with await asyncio.start_server(take, sock=ours):
            reader, writer = await asyncio.open_connection(*ours.getsockname())
            await reader.read()
            writer.close()
            return await taken
