"""Every policy by its name."""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.lru import Lru
from plimsoll.core.eviction.policy import Policy
from plimsoll.core.eviction.s3_fifo import S3Fifo
from plimsoll.core.eviction.sieve import Sieve
from plimsoll.core.eviction.two_queues import TwoQueues

POLICIES: Final[Mapping[str, type[Policy]]] = {one.name: one for one in (Lru, Sieve, S3Fifo, TwoQueues)}


def known(name: str, *, where: str = "") -> str:
    """The name as we write it, from any spelling of its letters and digits ("S3FIFO"). Raises UsageError."""
    spelled = {_plain(one): one for one in POLICIES}
    if (found := spelled.get(_plain(name))) is not None:
        return found
    from difflib import get_close_matches

    near = get_close_matches(_plain(name), spelled, n=1)
    raise UsageError(
        f'"{name}" is no policy of eviction',
        where=where,
        why=f"there are {', '.join(POLICIES)}",
        remedy=f"write {spelled[near[0]]}" if near else f"one of {', '.join(POLICIES)}",
    )


def make(name: str, capacity: Capacity) -> Policy:
    """An empty one."""
    return POLICIES[known(name)](capacity)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
