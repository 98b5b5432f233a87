"""SIEVE: a hand passes over the queue, spares what was used since it last came by, and takes the first that was not.

Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is Simpler than LRU" (NSDI 2024), algorithm 1.
"""

from collections.abc import Sequence

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import Entry, Policy, Queue


class Sieve(Policy):
    """A hit sets a mark and moves nothing. What is spared keeps its place, unlike CLOCK's.

    The paper's list, cut at the hand: from the tail up to it lies what it has spared on this round (`_passed`), from
    it to the head what it comes to next, and what is new (`_ahead`). So nothing is ever in the middle of a queue. When
    nothing is ahead, the hand is beyond the head, and the next round begins at the tail.
    """

    name = "sieve"

    def __init__(self, capacity: Capacity) -> None:
        super().__init__(capacity)
        self._passed, self._ahead = Queue(), Queue()

    def queues(self) -> Sequence[Queue]:
        return self._passed, self._ahead

    def insert(self, entry: Entry) -> Sequence[Entry]:
        gone = self._room_for(entry)
        if gone is None:
            return (entry,)
        self._put(entry, self._ahead)
        return gone

    def _next(self) -> Entry:
        while (entry := self._ahead.pop()).hits:
            entry.hits = 0
            self._passed.push(entry)
            self._turn()
        self._turn()
        return entry

    def remove(self, entry: Entry) -> None:
        super().remove(entry)
        self._turn()

    def _turn(self) -> None:
        if not self._ahead.order:
            self._passed, self._ahead = self._ahead, self._passed
