"""An application whose requests wait and do not burn: some at once, so that workers add up on any cores."""

import asyncio
import os
from typing import Any

AT_ONCE = 5
SERVICE_S = 0.1
CARRIES_PER_S = AT_ONCE / SERVICE_S
WORKER = os.environ.get("PLIMSOLL_WORKER", "").encode()
free = asyncio.Semaphore(AT_ONCE)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    if scope["path"] != "/health":
        async with free:
            await asyncio.sleep(SERVICE_S)
    head = [(b"content-length", b"2"), (b"x-worker", WORKER)]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"ok"})
