"""What runs beside the steering for as long as an application is served: looking for a renewed certificate."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

from plimsoll.core.errors import PlimsollError
from plimsoll.scale.serving.front import Front

LOOK_S: Final = 5.0


async def keep_certified(front: Front, say: Callable[[str], None], every_s: float = LOOK_S) -> None:
    """Has HAProxy show a certificate whose files changed. Ends by cancelling."""
    said = ""
    while front.balancer.certifying is not None:
        await asyncio.sleep(every_s)
        try:
            if await front.balancer.certifying.renewed():
                say("the certificate was renewed: who connects from now on is shown it")
            said = ""
        except PlimsollError as error:
            if str(error) != said:
                said = str(error)
                say(f"the former certificate is shown on: {error}")


@contextmanager
def running(*beside: Coroutine[Any, Any, None]) -> Iterator[None]:
    """They run meanwhile and are cancelled at the end."""
    tasks = [asyncio.get_running_loop().create_task(one) for one in beside]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
