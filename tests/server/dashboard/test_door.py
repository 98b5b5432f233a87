"""What the framework of the pages is not asked."""

import asyncio
from typing import Any

import pytest

from plimsoll.server.dashboard.door import Door

MESSAGE = {"type": "websocket.receive", "text": "x"}


async def _framework(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        while (await receive())["type"] == "websocket.receive":
            scope["heard"].append(1)
        raise ValueError("what it cannot read")
    await send({"type": "http.response.start", "status": 200, "headers": []})


def enter(path: str, query: str = "", *, kind: str = "http", room: bool = True, full: bool = False) -> Any:
    """The first thing sent, and how many messages were heard."""
    sent: list[Any] = []
    scope: dict[str, Any] = {"type": kind, "path": path, "query_string": query.encode(), "headers": [], "heard": []}

    async def receive() -> Any:
        return MESSAGE

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Door(_framework, lambda: room, lambda: full)(scope, receive, send))
    return sent[0], len(scope["heard"])


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/", "tab=load", 503),
        ("/_nicegui_ws/socket.io/", "EIO=4", 503),
        ("/_nicegui_ws/socket.io/", "EIO=4&sid=x", 200),
        ("/_nicegui/3/static/x.js", "", 200),
        ("/nowhere", "", 404),
        ("/api/nowhere", "", 404),
    ],
)
def test_where_there_is_no_room_pages_and_new_sockets_are_refused_and_nothing_is_built_for_what_is_not_there(
    path: str, query: str, status: int
) -> None:
    assert enter(path, query, room=False, full=True)[0]["status"] == status
    assert enter(path, query)[0]["status"] == (404 if status == 404 else 200)


def test_a_socket_that_says_too_much_is_as_one_that_is_gone_and_what_is_raised_for_it_ends_it() -> None:
    last, heard = enter("/_nicegui_ws/socket.io/", kind="websocket")
    assert last == {"type": "websocket.close", "code": 1011}
    assert 300 <= heard < 400  # the pace goes on meanwhile
