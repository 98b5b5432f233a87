"""Signals that are no end, from before the start until all has ended: SIGHUP replaces the workers, others do nothing.

By default each of them kills the supervisor in the middle of what it does.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

MEANINGLESS: Final = (signal.SIGUSR1, signal.SIGUSR2)  # of other servers: reopen logs, change the program


class Hangups:
    """What comes of SIGHUP is a matter of when it comes; `say` hears where nothing does."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._reload: Callable[[], object] | None = None
        self._early = self._ending = False

    def lead_to(self, reload: Callable[[], object], *, there: bool) -> None:
        """The start is over. `there`: workers are, which one that came before was meant for."""
        self._reload = reload
        if self._early and there:
            reload()

    def end(self) -> None:
        self._ending = True

    def handle(self, number: int) -> None:
        if number != signal.SIGHUP:
            self._say(f"{signal.Signals(number).name} means nothing here: nothing is done")
        elif self._ending:
            self._say("SIGHUP: nothing is replaced any more, for it ends")
        elif self._reload is None:
            self._early = True
            self._say("SIGHUP: it is just being started; the workers get the code that is there now")
        else:
            self._reload()


@contextmanager
def hangups(say: Callable[[str], None]) -> Iterator[Hangups]:
    """Not the loop's own handlers: these go with the loop, before the process does."""
    loop, made = asyncio.get_running_loop(), Hangups(say)

    def come(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(made.handle, number)

    before = {number: signal.signal(number, come) for number in (signal.SIGHUP, *MEANINGLESS)}
    try:
        yield made
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
