"""2Q: a short queue for what is new, LRU for what came again after it had left that.

Johnson, Shasha: "2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm" (VLDB 1994), the full
version, with the shares that it recommends: Kin a quarter of the capacity, Kout a half.
"""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import Entry, Ghosts, Policy, Queue

IN_PERCENT: Final = 25
OUT_PERCENT: Final = 50


class TwoQueues(Policy):
    """The paper's A1in (`_new`), A1out (ghosts) and Am (`_main`). A hit in A1in moves nothing, one in Am as in LRU."""

    name = "2q"

    def __init__(self, capacity: Capacity) -> None:
        super().__init__(capacity)
        self._new, self._main = Queue(), Queue()
        self._new_share = capacity.share(IN_PERCENT)
        self._ghosts = Ghosts(capacity.share(OUT_PERCENT))
        self._touch = self._main.order.move_to_end

    def queues(self) -> Sequence[Queue]:
        return self._new, self._main

    @property
    def ghosts(self) -> Ghosts:
        return self._ghosts

    def insert(self, entry: Entry) -> Sequence[Entry]:
        came_again = entry.key in self._ghosts  # asked first: what goes now may push it out
        gone = self._room_for(entry)
        if gone is None:
            return (entry,)
        if came_again:
            self._ghosts.discard(entry.key)
            entry.touch = self._touch
            self._put(entry, self._main)
        else:
            self._put(entry, self._new)
        return gone

    def _next(self) -> Entry:
        if not self._main.order or self._new_share.exceeded_by(len(self._new), self._new.weight):
            entry = self._new.pop()
            self._ghosts.add(entry)
            return entry
        return self._main.pop()

    def resize(self, capacity: Capacity) -> Sequence[Entry]:
        self._new_share = capacity.share(IN_PERCENT)
        self._ghosts.room = capacity.share(OUT_PERCENT)
        self._ghosts.trim()
        return super().resize(capacity)
