"""LRU: what was not used for longest goes."""

from collections.abc import Sequence

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import Entry, Policy, Queue


class Lru(Policy):
    """One queue, in the order of use. Good where what was used lately is used again; a scan empties it."""

    name = "lru"

    def __init__(self, capacity: Capacity) -> None:
        super().__init__(capacity)
        self._queue = Queue()
        self._touch = self._queue.order.move_to_end

    def queues(self) -> Sequence[Queue]:
        return (self._queue,)

    def insert(self, entry: Entry) -> Sequence[Entry]:
        gone = self._room_for(entry)
        if gone is None:
            return (entry,)
        entry.touch = self._touch
        self._put(entry, self._queue)
        return gone

    def _next(self) -> Entry:
        return self._queue.pop()
