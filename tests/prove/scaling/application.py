"""The application that is served while faults befall it; a copy of this file is all that its directory holds.

It answers with the number at the end of a request's path, after 20 ms; of `/stream/…` the head comes at once. `journal`
has a line for each POST that it began. `/hang` and `/grow/MEGABYTES` are what goes wrong in it, and the file `boot`
says how it starts: `sleep 5`, or `crash 3` times. Standard library only.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

WORK_S = 0.02
HOME = Path(__file__).parent
MEGABYTE = 10**6

grown: list[bytes] = []


def boot() -> None:
    """Each crash leaves a file, so that there are only so many."""
    told = (HOME / "boot").read_text().split() if (HOME / "boot").exists() else []
    if not told or os.environ.get("PLIMSOLL_WORKER", "check") == "check":
        return
    if told[0] == "sleep":
        time.sleep(float(told[1]))
        return
    for number in range(int(told[1])):
        try:
            os.close(os.open(HOME / f"crashed.{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        sys.exit("no settings found")


boot()
journal = os.open(HOME / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": (await receive())["type"] + ".complete"})
        return
    _, what, number = f"{scope['path']}/".split("/")[:3]
    body = number.encode()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    if what == "stream":
        await send(start)
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        await asyncio.sleep(WORK_S)
        await send({"type": "http.response.body", "body": body[1:]})
        return
    if what == "post":
        os.write(journal, b"%s %d\n" % (body, os.getpid()))
    if what == "hang":
        time.sleep(3600)  # noqa: ASYNC251 -- that is what it is for
    elif what == "grow":
        grown.append(b"x" * (int(number) * MEGABYTE))
    elif what != "health":
        await asyncio.sleep(WORK_S)
    await send(start)
    await send({"type": "http.response.body", "body": body})
