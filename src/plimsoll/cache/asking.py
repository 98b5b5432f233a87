"""Having something done in another thread's event loop, and waiting for it in one's own."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def in_loop(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Raises ConnectionError where that loop ends before the work, and what that raises."""
    try:
        done = asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError:  # it has just ended
        work.close()
        raise ConnectionError("changes are followed no more") from None
    try:
        return await asyncio.wrap_future(done)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("changes are followed no more") from None
