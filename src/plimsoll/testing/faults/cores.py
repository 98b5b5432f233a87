"""Which core does what: a target and its fault on one, the load on another, so that they do not disturb each other."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


def free_cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def pin(pid: int, cores: Collection[int]) -> None:
    """A process and everything below it; what they start later stays there, too. Who has ended is left out."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            _pin_threads(one.pid, cores)


@contextmanager
def pinned(cores: Collection[int]) -> Iterator[None]:
    """This thread, and what it starts meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _pin_threads(pid: int, cores: Collection[int]) -> None:
    with suppress(OSError):  # ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)
