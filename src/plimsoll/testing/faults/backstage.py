"""An event loop in a thread of its own, on which faults go on while the loop under test is busy."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

WAIT_S = 30.0
_T = TypeVar("_T")


class Backstage:
    """`do` waits for an answer, `begin` leaves a task going that ends with the context."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faults", daemon=True)
        self._begun: list[Future[Any]] = []

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        self._begun.append(asyncio.run_coroutine_threadsafe(work, self._loop))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Cancels what goes on, and waits until it has cleaned up."""
        self.do(_end_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()
        for begun in self._begun:
            if not begun.cancelled() and (error := begun.exception()) is not None:
                raise error


@contextmanager
def backstage() -> Iterator[Backstage]:
    stage = Backstage()
    stage.start()
    try:
        yield stage
    finally:
        stage.stop()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
