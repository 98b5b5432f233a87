"""An application that does what a test asks of it by its path; it needs nothing but a server that speaks ASGI."""

import os
import subprocess
import sys
import time
from typing import Any

kept: list[bytearray] = []
if how := os.environ.get("DIE_AT_START"):
    sys.exit(f"no settings found: {how}")


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    match scope["path"]:
        case "/hang":
            time.sleep(600)  # noqa: ASYNC251 -- that is what is asked for
        case "/eat":
            kept.append(bytearray(os.urandom(1000) * 100_000))
        case "/child":
            subprocess.Popen(["sleep", "600"])  # noqa: ASYNC220
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
