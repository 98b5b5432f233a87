"""Questions that may hang, asked in a thread that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Outside(Generic[T]):
    """One question at a time. A thread that hangs is left alone; it does not hold up the end of the program."""

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._asked = False

    async def ask(self, wait_s: float) -> T | None:
        """None where there is no answer in time, or an earlier question still hangs. Raises what the question does."""
        if self._asked:
            return None
        self._asked = True
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        threading.Thread(target=self._answer, args=(loop, answer), name="outside", daemon=True).start()
        await asyncio.wait((answer,), timeout=wait_s)
        return answer.result() if answer.done() else None

    def _answer(self, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[T]") -> None:
        tell: Callable[[], None]
        try:
            result = self._question()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised to the one who asked
            tell = _raising(answer, error)
        else:
            tell = _giving(answer, result)
        self._asked = False
        with suppress(RuntimeError):  # the loop ended meanwhile
            loop.call_soon_threadsafe(tell)


def _giving(answer: "asyncio.Future[T]", result: T) -> Callable[[], None]:
    return lambda: None if answer.done() else answer.set_result(result)


def _raising(answer: "asyncio.Future[T]", error: Exception) -> Callable[[], None]:
    return lambda: None if answer.done() else answer.set_exception(error)
