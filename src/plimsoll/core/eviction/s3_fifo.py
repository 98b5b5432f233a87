"""S3-FIFO: three queues; what is asked once goes through a small one and leaves early.

Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction" (SOSP 2023), algorithm 1. The small
queue has a tenth of the capacity, ghosts are remembered for as much as the main queue has. Marks are cleared on the way
to main. As in the authors' simulator an eviction takes one entry: a main queue that promotions have made too long is
what the next evictions take from; the pseudocode takes from it at once, and then one from the small queue besides.
"""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import Entry, Ghosts, Policy, Queue

SMALL_PERCENT: Final = 10
GHOSTS_PERCENT: Final = 90
PROMOTED_FROM_HITS: Final = 2  # while in the small queue, after the request that brought it


class S3Fifo(Policy):
    """A hit counts to three and moves nothing. Strong where much is asked once only; needs ghosts (keys) beside."""

    name = "s3-fifo"

    def __init__(self, capacity: Capacity) -> None:
        super().__init__(capacity)
        self._small, self._main = Queue(), Queue()
        self._small_share = small_share(capacity)
        self._ghosts = Ghosts(capacity.share(GHOSTS_PERCENT))

    def queues(self) -> Sequence[Queue]:
        return self._small, self._main

    @property
    def ghosts(self) -> Ghosts:
        return self._ghosts

    def insert(self, entry: Entry) -> Sequence[Entry]:
        gone = self._room_for(entry)
        if gone is None:
            return (entry,)
        if entry.key in self._ghosts:
            self._ghosts.discard(entry.key)
            self._put(entry, self._main)
        else:
            self._put(entry, self._small)
        return gone

    def _next(self) -> Entry:
        small, share = self._small, self._small_share
        if not self._main.order or len(small) >= share.entries or small.weight >= share.weight:
            while small.order:
                entry = small.pop()
                if entry.hits < PROMOTED_FROM_HITS:
                    self._ghosts.add(entry)
                    return entry
                entry.hits = 0
                self._main.push(entry)
        while (entry := self._main.pop()).hits:
            entry.hits -= 1
            self._main.push(entry)
        return entry

    def resize(self, capacity: Capacity) -> Sequence[Entry]:
        self._small_share = small_share(capacity)
        self._ghosts.room = capacity.share(GHOSTS_PERCENT)
        self._ghosts.trim()
        return super().resize(capacity)


def small_share(capacity: Capacity) -> Capacity:
    """From where on the small queue has its tenth: rounded up, so that `>=` is the paper's, in whole numbers."""
    return Capacity(*(-(-limit * SMALL_PERCENT // 100) for limit in capacity))
