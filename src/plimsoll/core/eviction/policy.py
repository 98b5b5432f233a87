"""What a store and a policy of eviction say to each other, one operation at a time.

The store keeps a dictionary of entries and asks the policy only where something is put in or taken out. A hit costs the
store one look at the entry, without a call of Python (`policy.hit` is the same as a function):

    touch = entry.touch
    if touch is not None:
        touch(entry.key)                  # LRU, and 2Q's long queue: OrderedDict.move_to_end itself
    elif entry.hits < HITS_MAX:
        entry.hits += 1                   # SIEVE, S3-FIFO, 2Q's short queue

One thread at a time: an entry that another thread takes out between the look-up and `touch` makes that raise KeyError.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import ClassVar, Final

from plimsoll.core.eviction.capacity import Capacity

HITS_MAX: Final = 3  # two bits, as S3-FIFO counts; SIEVE asks only whether there were any


class _Held:
    """What no hit reads, apart, so that what one does read lies on as few lines of the processor's cache as can be."""

    __slots__ = ("key", "queue", "weight")


class Entry(_Held):
    """What a policy knows of a key. A store derives its own from it, with the value and when that expires.

    `weight` is 0 or more, in the unit of the capacity; it changes through `Policy.reweigh` only. `hits` are those since
    the policy last looked, at most HITS_MAX. `touch` is what a hit calls with the key, if anything; only while the
    policy holds the entry. `queue` is the policy's.
    """

    __slots__ = ("hits", "touch")

    def __init__(self, key: Hashable, weight: int = 1) -> None:
        self.key = key
        self.weight = weight
        self.hits = 0
        self.touch: Callable[[Hashable], None] | None = None
        self.queue: Queue | None = None


class Queue:
    """Entries in the order in which they came, and what they weigh together. Each operation is O(1)."""

    __slots__ = ("order", "weight")

    def __init__(self) -> None:
        self.order: OrderedDict[Hashable, Entry] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self.order)

    def push(self, entry: Entry) -> None:
        self.order[entry.key] = entry
        self.weight += entry.weight
        entry.queue = self

    def pop(self) -> Entry:
        """The oldest, taken out."""
        _, entry = self.order.popitem(last=False)
        self.weight -= entry.weight
        entry.queue = entry.touch = None
        return entry

    def remove(self, entry: Entry) -> None:
        del self.order[entry.key]
        self.weight -= entry.weight
        entry.queue = entry.touch = None


class Ghosts:
    """Keys that went, the latest of them: as many, and of as much former weight, as `room` allows."""

    __slots__ = ("_weights", "room", "weight")

    def __init__(self, room: Capacity) -> None:
        self._weights: OrderedDict[Hashable, int] = OrderedDict()
        self.weight = 0
        self.room = room

    def __len__(self) -> int:
        return len(self._weights)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._weights

    def add(self, entry: Entry) -> None:
        self._weights[entry.key] = entry.weight
        self.weight += entry.weight
        self.trim()

    def discard(self, key: Hashable) -> None:
        self.weight -= self._weights.pop(key, 0)

    def trim(self) -> None:
        while self.room.exceeded_by(len(self._weights), self.weight):
            self.weight -= self._weights.popitem(last=False)[1]


class Policy(ABC):
    """Decides which entry goes next. It holds the entries that the store holds, never more than the capacity."""

    name: ClassVar[str]

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity.checked()
        self._count = 0
        self._weight = 0

    @abstractmethod
    def queues(self) -> Sequence[Queue]:
        """All that is held, which is in one of them each."""

    @abstractmethod
    def insert(self, entry: Entry) -> Sequence[Entry]:
        """Takes in a key that it does not hold. Returns what had to go for it, the first to go first.

        What is heavier than the whole capacity comes back itself, and nothing else has changed.
        """

    @abstractmethod
    def _next(self) -> Entry:
        """Takes out of its queue what goes next. There is one."""

    @property
    def ghosts(self) -> Ghosts | None:
        """Keys that it remembers without their values, if it is of that kind: they are memory, too."""
        return None

    def evict(self) -> Entry:
        """Takes out the entry that goes next, as under pressure of memory. There must be one: see `len`."""
        entry = self._next()
        self._count -= 1
        self._weight -= entry.weight
        return entry

    def hit(self, entry: Entry) -> None:
        """What a store does by itself, as above."""
        if entry.touch is not None:
            entry.touch(entry.key)
        elif entry.hits < HITS_MAX:
            entry.hits += 1

    def remove(self, entry: Entry) -> None:
        """Takes out what was invalidated or has expired; that says nothing of its use, so no ghost is left."""
        assert entry.queue is not None, "an entry that the policy does not hold"
        entry.queue.remove(entry)
        self._count -= 1
        self._weight -= entry.weight

    def reweigh(self, entry: Entry, weight: int) -> Sequence[Entry]:
        """A held entry has another value now. Returns what had to go, which may be the entry itself."""
        assert entry.queue is not None, "an entry that the policy does not hold"
        more = weight - entry.weight
        entry.queue.weight += more
        entry.weight = weight
        self._weight += more
        return self._evicted_until_fits(0, 0)

    def resize(self, capacity: Capacity) -> Sequence[Entry]:
        """Another capacity from now on; queues keep their order. Returns what had to go."""
        self.capacity = capacity.checked()
        return self._evicted_until_fits(0, 0)

    def __len__(self) -> int:
        return self._count

    @property
    def weight(self) -> int:
        return self._weight

    def entries(self) -> Iterator[Entry]:
        """All that is held, queue by queue, each from its oldest."""
        for queue in self.queues():
            yield from queue.order.values()

    def _room_for(self, entry: Entry) -> Sequence[Entry] | None:
        """What went, so that the entry fits; None where it never can."""
        assert entry.queue is None, "an entry that a policy holds already"
        if entry.weight > self.capacity.weight:
            return None
        return self._evicted_until_fits(1, entry.weight)

    def _put(self, entry: Entry, queue: Queue) -> None:
        """What is new, into a queue."""
        queue.push(entry)
        self._count += 1
        self._weight += entry.weight

    def _evicted_until_fits(self, entries: int, weight: int) -> Sequence[Entry]:
        entries_max, weight_max = self.capacity
        gone: list[Entry] = []
        while self._count + entries > entries_max or self._weight + weight > weight_max:
            gone.append(self.evict())
        return gone
