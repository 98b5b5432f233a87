"""What KEDA's metrics-api scaler is answered, over HTTP."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.scale.kubernetes.answering import CONNECTIONS_MAX, HEAD_BYTES_MAX, OLD_S, Answering, checked_token
from plimsoll.scale.policy.decision import Decision

TOKEN = "0123456789abcdef0123"
PATIENCE_S = 60.0
NOW = 100.0


def decision(at: float = NOW) -> Decision:
    return Decision(at, "hybrid", 2, 3, 3, "steady", {}, {})


async def said(port: int, request: bytes) -> tuple[int, Any]:
    """Status and content; 0 where it is closed without an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
    except ConnectionResetError:
        answer = b""
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]), json.loads(body)) if head else (0, None)


def asked(*requests: bytes, decided: Decision | None = None, token: str | None = TOKEN) -> list[tuple[int, Any]]:
    async def go() -> list[tuple[int, Any]]:
        answering = Answering(lambda: decided, lambda: NOW, token, PATIENCE_S)
        port = await answering.listen("127.0.0.1", 0)
        try:
            return [await said(port, request) for request in requests]
        finally:
            await answering.close()

    return asyncio.run(go())


def get(path: str = "/", token: str = TOKEN) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def test_who_shows_the_token_is_told_how_many_and_why() -> None:
    [(status, told)] = asked(get(), decided=decision())
    assert (status, told["value"]) == (200, 3)
    assert told["because"].startswith("nothing is above its upper threshold")


def test_who_does_not_is_told_nothing() -> None:
    requests = [get(token="0123"), get(token=""), b"GET / HTTP/1.1\r\n\r\n", get().replace(b"Bearer", b"Basic"),
                get()[:-2] + b"Authorization: Bearer x\r\n\r\n", get("/metrics", "x")]  # fmt: skip
    assert [status for status, _ in asked(*requests, decided=decision())] == [401] * 6


def test_a_decision_that_is_old_or_none_is_no_answer() -> None:
    assert asked(get(), decided=decision(NOW - OLD_S - 1))[0][0] == 503
    assert asked(get())[0][0] == 503


def test_what_is_no_request_and_what_is_elsewhere_is_told() -> None:
    requests = [
        b"POST / HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        get("/admin"),
        b"GET / HTTP/1.1\r\n" + b"a" * HEAD_BYTES_MAX,
    ]
    assert [status for status, _ in asked(*requests, decided=decision())] == [405, 400, 404, 400]
    assert asked(b"GET /healthz HTTP/1.1\r\n\r\n")[0] == (200, {"ok": True})


def test_however_many_say_nothing_who_asks_is_answered_and_the_oldest_of_them_are_closed() -> None:
    said_of: list[str] = []

    async def go() -> list[tuple[int, Any]]:
        answering = Answering(decision, lambda: NOW, None, PATIENCE_S, said_of.append)
        port = await answering.listen("127.0.0.1", 0)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS_MAX + 2)]
        try:
            for reader, _ in idle[:2]:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
            answered = [await said(port, get()), await said(port, get("/healthz"))]
            assert not idle[-1][0].at_eof()
            return answered
        finally:
            for _, writer in idle:
                writer.close()
            await answering.close()

    assert [status for status, _ in asyncio.run(go())] == [200, 200]
    assert said_of == [f"more than {CONNECTIONS_MAX} connections ask nothing: the oldest are closed from now on"]


def test_who_says_nothing_is_closed() -> None:
    async def go() -> tuple[int, Any]:
        answering = Answering(decision, lambda: NOW, None, asked_s=0.0)
        port = await answering.listen("127.0.0.1", 0)
        try:
            return await said(port, b"GET / HTTP/1.1\r\n")
        finally:
            await answering.close()

    assert asyncio.run(go()) == (0, None)


def test_a_token_is_needed_for_others_and_must_be_one() -> None:
    assert checked_token(None, "127.0.0.1") is None
    assert checked_token(f"{TOKEN}\n", "0.0.0.0") == TOKEN  # noqa: S104
    with pytest.raises(UsageError, match="without a token only this machine may ask"):
        checked_token(None, "0.0.0.0")  # noqa: S104
    for wrong in ("", "short", "with a blank inside it", "Ünicode-0123456789"):
        with pytest.raises(UsageError, match="the token is of no use"):
            checked_token(wrong, "127.0.0.1")


def test_a_port_that_is_taken_is_told() -> None:
    async def go() -> None:
        first, second = (Answering(lambda: None, lambda: NOW, None, PATIENCE_S) for _ in range(2))
        port = await first.listen("127.0.0.1", 0)
        try:
            with pytest.raises(RefusedError, match="cannot listen"):
                await second.listen("127.0.0.1", port)
        finally:
            await first.close()

    asyncio.run(go())
