"""A server of a watch on a free port of this machine, and WebSocket clients of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection

from plimsoll.server.http_server import HttpServer
from plimsoll.server.serving import bound, url_of
from plimsoll.settings.monitor import MonitorServer

TICK_S = 0.02  # a second of the hub


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[str]:
    """The address, without its scheme; `app.state.server` is what serves it. Ends as it does for users."""
    app.state.hub.tick_s = TICK_S
    stop, began = asyncio.Event(), asyncio.Event()
    with bound(MonitorServer(port=0)) as listener:
        app.state.server = HttpServer(app, stop, began.set)
        serving = asyncio.create_task(app.state.server.serve_on(listener))
        await began.wait()
        try:
            yield url_of(listener).removeprefix("http://")
        finally:
            stop.set()
            await serving


async def ask(socket: ClientConnection, **wish: Any) -> dict[str, Any]:
    """The answer to a message."""
    await socket.send(json.dumps(wish))
    return await said(socket)


async def said(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        message: dict[str, Any] = json.loads(await socket.recv())
        return message
