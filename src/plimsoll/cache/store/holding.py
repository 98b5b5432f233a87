"""What a store holds and what that takes: entries by key, their places, and which goes when there is no room. Pure."""

from collections.abc import Callable, Hashable, Iterable

from plimsoll.cache.store.counts import Counts
from plimsoll.cache.store.entry import Gone, Kept, Limits
from plimsoll.cache.store.marks import UNUSED_MAX, Marks
from plimsoll.cache.store.tenants import Tenants
from plimsoll.cache.store.weighing import MARK_SHARE, GhostBytes
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.policies import make
from plimsoll.core.eviction.policy import Entry


class Holding:
    """Within its limits after each operation, but while it is made smaller in steps. `told_gone` hears what goes."""

    def __init__(self, limits: Limits, policy: str, counts: Counts) -> None:
        self.told_gone: Callable[[Kept, Gone], None] | None = None
        self.limits = limits
        self.entries: dict[Hashable, Kept] = {}
        self.marks = Marks(_unused_max(limits))
        self.tenants = Tenants(limits.tenant_bytes)
        self._counts = counts
        self._slots: list[Kept] = []
        self._hand = 0
        self._policy = make(policy, limits.capacity)
        self._ghosts = GhostBytes(self._policy.ghosts)
        self.hit = self._policy.hit

    @property
    def bytes(self) -> int:
        """What all of it takes, with what has to be remembered beside it."""
        return self._policy.weight + self.marks.bytes + self._ghosts.bytes

    def put(self, entry: Kept, weight: int, *, is_new: bool) -> None:
        """Takes an entry in, or it has a value of another weight; what has to go for it goes, which may be itself."""
        for gone in self._insert(entry) if is_new else self._reweigh(entry, weight):
            self._gone(gone, "capacity")
        while (one := self.tenants.over(entry.tenant)) is not None:
            self.drop(one, "quota")
        self.make_room()

    def resize(self, limits: Limits, steps: int | None = None) -> bool:
        """See Store.resize."""
        if (limits.tenant_bytes is None) != (self.tenants.quota is None):
            why = "whether tenants have quotas is settled when a cache is made"
            raise UsageError("a cache cannot be resized", why=why, remedy="make it with tenant_bytes, however large")
        self.limits = limits
        self.tenants.quota = limits.tenant_bytes
        self.marks.unused_max = _unused_max(limits)
        self.marks.trim()
        while self._over() or len(self._policy) > limits.entries:
            if steps is not None:
                if not steps:
                    return False
                steps -= 1
            self._evict("pressure")
        for one in self._policy.resize(limits.capacity):
            self._gone(one, "pressure")
        return True

    def sweep(self, steps: int, useless: Callable[[Kept], Gone | None]) -> int:
        """The hand passes over so many slots, round after round, and takes out what is of no use; how many.

        Where one was taken out the last one comes.
        """
        found = 0
        for _ in range(min(steps, len(self._slots))):
            if self._hand >= len(self._slots):
                self._hand = 0
            entry = self._slots[self._hand]
            why = useless(entry)
            if why is None:
                self._hand += 1
                continue
            self.drop(entry, why)
            found += 1
            if not self._slots:
                break
        return found

    def _insert(self, entry: Kept) -> Iterable[Entry]:
        gone = self._policy.insert(entry)
        if entry.queue is not None:
            self.entries[entry.key] = entry
            entry.slot = len(self._slots)
            self._slots.append(entry)
            self.tenants.add(entry)
        return [one for one in gone if one is not entry]

    def _reweigh(self, entry: Kept, weight: int) -> Iterable[Entry]:
        self.tenants.remove(entry)
        gone = self._policy.reweigh(entry, weight)
        self.tenants.add(entry)
        return gone

    def make_room(self) -> None:
        """Marks and ghosts are memory, too: what they take, entries have to give."""
        while self._over():
            self._evict("capacity")

    def _over(self) -> bool:
        return len(self._policy) > 0 and self.bytes > self.limits.bytes

    def _evict(self, reason: Gone) -> None:
        self._gone(self._policy.evict(), reason)

    def drop(self, entry: Kept, reason: Gone) -> None:
        """Takes it out."""
        self._policy.remove(entry)
        self._gone(entry, reason)

    def _gone(self, entry: Entry, reason: Gone) -> None:
        """What the policy no longer holds: out of everything else."""
        assert isinstance(entry, Kept)
        if self.told_gone is not None:
            self.told_gone(entry, reason)
        del self.entries[entry.key]
        last = self._slots.pop()
        if last is not entry:
            self._slots[entry.slot] = last
            last.slot = entry.slot
        entry.slot = -1
        self.tenants.remove(entry)
        self.marks.release(entry.marks)
        self._ghosts.went(entry.key)
        self._counts.gone[reason] += 1


def _unused_max(limits: Limits) -> int:
    """So many marks that no entry holds as fit into a tenth of the bytes."""
    return max(1, min(UNUSED_MAX, limits.bytes // MARK_SHARE))
