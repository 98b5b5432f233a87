"""What becomes of the caches of a process when it forks, and when it ends."""

import atexit
import os
import weakref
from typing import Final, Protocol


class Living(Protocol):
    """A cache."""

    def close(self) -> None:
        """At the end: the server is told, and no thread is in the midst of something when the interpreter goes."""

    def start_in_child(self) -> None:
        """After a fork, in the child."""


_LIVING: Final[weakref.WeakSet[Living]] = weakref.WeakSet()


def lives(cache: Living) -> None:
    """It is told of both from now on, as long as there is one."""
    _LIVING.add(cache)


def _after_fork() -> None:
    for cache in list(_LIVING):
        cache.start_in_child()


def _at_exit() -> None:
    for cache in list(_LIVING):
        cache.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
