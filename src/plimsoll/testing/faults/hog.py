"""Processes that use a core for nothing, as a backup, a build or a neighbour does."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from plimsoll.testing.faults.child import child

SECONDS_MAX = 300.0
_SLICE_S = 0.02
_HOG = """
import os, sys, time
share, until, ours = float(sys.argv[1]), time.monotonic() + float(sys.argv[2]), os.getppid()
while time.monotonic() < until and os.getppid() == ours:
    began = time.monotonic()
    while time.monotonic() - began < {slice} * share: pass
    if share < 1: time.sleep({slice} * (1 - share))
"""


@contextmanager
def cpu_hog(cores: Collection[int], processes: int = 1, share: float = 1.0) -> Iterator[list[int]]:
    """So many processes, each of which wants `share` of a core; gives their ids. Whoever is on `cores` feels it.

    Each is a session of its own: Linux weighs sessions alike (autogroup), and those of PostgreSQL are such. Many in one
    would weigh no more than one of them, and how long it waits for a core would be chance.
    """
    with ExitStack() as stack:
        words = ["-I", "-S", "-c", _HOG.format(slice=_SLICE_S), str(share), str(SECONDS_MAX)]
        yield [stack.enter_context(child(words, cores, own_session=True)).pid for _ in range(processes)]
