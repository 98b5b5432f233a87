"""Work that Ctrl-C ends at once, until it says that it will end by itself and keep what it has."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T], minds: asyncio.Event) -> T | None:
    """What comes of it; None if `stop` cut it off. From when `minds` is set it looks at `stop` itself."""
    doing, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return await doing if doing.done() or minds.is_set() else None
    finally:
        doing.cancel()
        stopped.cancel()
        await asyncio.gather(doing, stopped, return_exceptions=True)
