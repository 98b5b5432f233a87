"""A client of the WebSocket: what it asks for is read, what changes is sent, and neither waits for the other."""

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from plimsoll.server import problems
from plimsoll.server.api.json_text import to_text
from plimsoll.server.limits import Buckets
from plimsoll.server.live.hub import Client, Hub
from plimsoll.server.live.topics import Wish, read_wish
from plimsoll.server.problems import Problem

router = APIRouter()

MESSAGE_CHARACTERS_MAX: Final = 8_000
MESSAGES_PER_S: Final = 2.0
MESSAGES_BURST: Final = 20.0
_TOO_BIG, _POLICY, _UNSUPPORTED = 1009, 1008, 1003


@router.websocket("/ws")
async def live(socket: WebSocket) -> None:
    """Pushes what changed of the topics that a client subscribes to."""
    hub: Hub = socket.app.state.hub
    with suppress(WebSocketDisconnect, ClientDisconnected):  # the other is raised before it was accepted
        if hub.is_full:
            full = Problem(503, "too-many-clients", "as many clients are here as may be", "try again later")
            full.headers["Retry-After"] = "30"
            await socket.send_denial_response(problems.answer(full, socket.url.path))
            return
        client = Client()
        leave = hub.join(client)
        try:
            await socket.accept()
            await _serve(socket, hub, client)
        finally:
            leave()


async def _serve(socket: WebSocket, hub: Hub, client: Client) -> None:
    """Until either ends: a client that is gone, and one that says what it may not."""
    await socket.send_text(hub.hello())
    pushing = asyncio.create_task(_push(socket, hub, client))
    listening = asyncio.create_task(_listen(socket, hub, client))
    try:
        ended, _ = await asyncio.wait((pushing, listening), return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in (pushing, listening):
            task.cancel()
        await asyncio.gather(pushing, listening, return_exceptions=True)


async def _push(socket: WebSocket, hub: Hub, client: Client) -> None:
    """A slow client is told later, and then of the newest: what waits for it is one message."""
    while True:
        await client.wake.wait()
        client.wake.clear()
        text = hub.next(client)
        if text is not None:
            await socket.send_text(text)


async def _listen(socket: WebSocket, hub: Hub, client: Client) -> None:
    pace = Buckets(MESSAGES_PER_S, MESSAGES_BURST, clients_max=1)
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text: str = message.get("text") or ""
        why = _unfit(text, pace)
        if why is not None:
            await socket.close(*why)
            return
        await socket.send_text(_answered(hub, client, text))


def _unfit(text: str, pace: Buckets) -> tuple[int, str] | None:
    """Code and reason for which a client is sent away."""
    if not text:
        return _UNSUPPORTED, "messages are texts"
    if len(text) > MESSAGE_CHARACTERS_MAX:
        return _TOO_BIG, "the message is too long"
    if pace.take("", asyncio.get_running_loop().time()):
        return _POLICY, "too many messages"
    return None


def _answered(hub: Hub, client: Client, text: str) -> str:
    try:
        return _obeyed(hub, client, read_wish(text))
    except Problem as problem:
        said = problems.body_of(problem, "ws").model_dump(exclude_none=True)
        return to_text({"seq": client.told, "type": "error", "problem": said})


def _obeyed(hub: Hub, client: Client, wish: Wish) -> str:
    if wish.topics is not None:
        client.topics = wish.topics
    return hub.begin(client) if wish.resume is None else hub.resume(client, wish.resume)
