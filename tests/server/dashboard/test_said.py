"""What may be said over the pages' socket, and what becomes of it in the log."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from socketio import AsyncServer  # type: ignore[import-untyped]  # it has no types
from socketio.exceptions import ConnectionRefusedError  # type: ignore[import-untyped]  # it has no types

from plimsoll.server.dashboard.said import LINE_MAX, OneLine, fits, guard_socket

EVENT = {"client_id": "c", "id": 4, "listener_id": "l", "args": []}
ENVIRON = {"QUERY_STRING": ""}


def test_an_event_has_what_its_handler_takes() -> None:
    assert fits("event", EVENT)
    assert fits("ack", {"client_id": "c", "next_message_id": 3, "more": 1})
    wrong: list[Any] = [None, [], "x", {}, EVENT | {"id": "4"}, EVENT | {"id": True}, EVENT | {"args": {}}]
    wrong += [{**EVENT, "listener_id": "l" * 201}, {**EVENT, "client_id": ["c"]}]
    assert not any(fits("event", said) for said in wrong)


def test_what_is_no_event_of_ours_reaches_no_handler_and_a_handler_that_fails_harms_nothing() -> None:
    heard: list[tuple[str, Any]] = []
    sio = AsyncServer(async_mode="asgi", cors_allowed_origins="*")
    for name in ("connect", "disconnect", "handshake", "event", "javascript_response", "ack", "log"):
        sio.on(name, failing(name, heard))
    guard_socket(sio)
    sio.get_environ = lambda sid, namespace=None: ENVIRON

    async def story() -> None:
        for name in ("event", "handshake", "ack", "javascript_response", "log", "connect"):
            for said in ((), ({},), ({"QUERY_STRING": "a=b"},), (1, 2, 3)):
                await sio._trigger_event(name, "/", "sid", *said)
        assert heard == []
        await sio._trigger_event("event", "/", "sid", EVENT, "more")
        assert await sio._trigger_event("connect", "/", "sid", ENVIRON, None) is False
        await sio._trigger_event("disconnect", "/", "sid", "why")
        assert heard == [("event", EVENT), ("connect", ENVIRON), ("disconnect", "why")]

    asyncio.run(story())
    assert sio.eio.cors_allowed_origins == []


def test_a_browser_is_told_why_its_page_is_not_there_any_more() -> None:
    sio = AsyncServer(async_mode="asgi")
    for name in ("connect", "disconnect", "handshake", "event", "javascript_response", "ack"):
        sio.on(name, failing(name, []))

    def refusing(*_: Any) -> None:
        raise ConnectionRefusedError("Implicit handshake failed")

    sio.on("connect", refusing)
    guard_socket(sio)
    sio.get_environ = lambda sid, namespace=None: ENVIRON
    with pytest.raises(ConnectionRefusedError, match="Implicit handshake failed"):
        asyncio.run(sio._trigger_event("connect", "/", "sid", ENVIRON, None))


def failing(name: str, heard: list[tuple[str, Any]]) -> Callable[..., None]:
    def handle(_: str, said: Any = None) -> None:
        heard.append((name, said))
        raise KeyError(name)

    return handle


def test_a_record_is_one_bounded_line_without_a_traceback_and_there_are_not_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("tests.of-a-framework")
    log.addFilter(OneLine(lambda: 0.0))
    for _ in range(100):
        try:
            raise ValueError("\x1b[31mFORGED\n2026-01-01 a line" + "x" * 1_000)
        except ValueError as error:
            log.exception(error)
    assert len(caplog.records) == 20
    first = caplog.records[0]
    assert first.getMessage().startswith("ValueError at test_said.py:")
    assert first.exc_info is None
    assert first.getMessage().isprintable()
    assert len(first.getMessage()) <= LINE_MAX
