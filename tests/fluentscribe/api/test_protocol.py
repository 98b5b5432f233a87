"""Connections that send no end of headers, or nothing, are closed."""

import socket

import pytest

from fluentscribe.protocol import HEAD_BYTES_MAX, BoundedHead
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
