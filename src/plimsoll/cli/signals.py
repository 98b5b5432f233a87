"""What a process is told from outside while a run goes on, and keeping its stdout for what was asked for."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = b"stopping; once more ends it at once\n"
TOGETHER_S = 1.0  # a signal so soon after the first is the same wish: shells and supervisors send two
INTERRUPTED = 130


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


def end_at_once() -> NoReturn:
    """Without what an exception in the middle of anything would print."""
    os._exit(INTERRUPTED)


@contextmanager
def ended_by_signals(ask: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """For a command that ends with what it does here: what comes together with the first signal changes nothing, also
    while the interpreter shuts down; a later one ends the process at once."""
    first: list[float] = []

    def begin() -> None:
        first.append(clock())
        ask()

    def again() -> None:
        if first and clock() - first[0] >= TOGETHER_S:
            end_at_once()

    with asked_by_signals(begin, again, restores=lambda: not first):
        yield


@contextmanager
def unhurt_by_hangups() -> Iterator[None]:
    """SIGHUP, where nobody else listens to it, does not cut off the last moments of what ends in order."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    try:
        yield
    except BaseException:
        signal.signal(signal.SIGHUP, before)
        raise


@contextmanager
def asked_by_signals(
    ask: Callable[[], None], again: Callable[[], None] = interrupt, *, restores: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """The first SIGINT or SIGTERM calls `ask` in the running loop; the next call `again` where we are.

    Not the loop's own signal handlers: those wait for the loop, which a scenario's blocking code may hold.
    """
    loop = asyncio.get_running_loop()
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            again()
            return
        asked = True
        with suppress(OSError):  # who read it has gone
            os.write(2, STOPPING)
        loop.call_soon_threadsafe(ask)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items() if restores() else ():
            signal.signal(number, handler)


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """File descriptor 1 leads to stderr meanwhile, also for child processes: a scenario may print what it likes."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
