"""Blocking work in a thread of its own, one step ahead of whoever takes what it yields, and no further."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class OneAhead(Generic[T]):
    """To be entered with `async with` and iterated with `async for`.

    Every step is taken in the same thread, since a parser belongs to the one that it began in. At most two parts are
    there at a time: one taken, one made meanwhile. Once this is left, the thread has ended and `parts` is closed.
    """

    def __init__(self, parts: Generator[T, None, None]) -> None:
        self._parts = parts
        self._thread = ThreadPoolExecutor(1, "reading")
        self._coming = self._step()

    async def __aenter__(self) -> "OneAhead[T]":
        return self

    def __aiter__(self) -> "OneAhead[T]":
        return self

    async def __anext__(self) -> T:
        part = await asyncio.shield(self._coming)
        if part is None:
            raise StopAsyncIteration
        self._coming = self._step()
        return part

    async def __aexit__(self, *_: object) -> None:
        closed = asyncio.wrap_future(self._thread.submit(self._parts.close))
        self._thread.shutdown(wait=False)  # after what was asked of it
        await asyncio.gather(self._coming, closed, return_exceptions=True)

    def _step(self) -> "asyncio.Future[T | None]":
        return asyncio.wrap_future(self._thread.submit(next, self._parts, None))
