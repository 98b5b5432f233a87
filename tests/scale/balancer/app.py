"""What uvicorn's workers under test serve: their name, unless /?die=NAME says that the worker of that name dies."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
NAME = os.environ.get("WORKER", "")


async def app(scope: Scope, receive: Callable[[], Awaitable[Scope]], send: Callable[[Scope], Awaitable[None]]) -> None:
    if scope["query_string"] == f"die={NAME}".encode():
        os.kill(os.getpid(), signal.SIGKILL)
    body = NAME.encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
