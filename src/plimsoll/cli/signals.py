"""What a process is told from outside while a run goes on, and keeping its stdout for what was asked for."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = b"stopping; once more ends it at once\n"


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def asked_by_signals(ask: Callable[[], None], again: Callable[[], NoReturn] = interrupt) -> Iterator[None]:
    """The first SIGINT or SIGTERM calls `ask` in the running loop; the next calls `again` where we are.

    Not the loop's own signal handlers: those wait for the loop, which a scenario's blocking code may hold.
    """
    loop = asyncio.get_running_loop()
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            again()
        asked = True
        os.write(2, STOPPING)
        loop.call_soon_threadsafe(ask)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
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
