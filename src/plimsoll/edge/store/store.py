"""Responses by key, within bytes: variants, tags, purges, and fills that a purge overtakes. Pure.

One thread at a time. Every operation but a purge by prefix or pattern is O(what it touches); those look at each key,
some 0.2 s for 100,000.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from plimsoll.core.eviction.policies import make
from plimsoll.core.eviction.policy import HITS_MAX
from plimsoll.edge.keys import VARIANTS_MAX
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.store.entry import GHOST_BYTES, Kept, Limits, Put, Resource
from plimsoll.edge.store.marks import Begun, Marks
from plimsoll.edge.store.purge import Matcher, Purge, Reach
from plimsoll.edge.store.tags import TagIndex
from plimsoll.edge.store.urls import key_of_url, url_of

NOTHING: Final[Sequence[Stored]] = ()


class Statistics(NamedTuple):
    """What is held now, and counts since the store was made."""

    entries: int
    bytes: int
    tags: int
    puts: int
    evicted: int
    refused: int  # overtaken by a purge
    purged: int  # entries, soft and hard


class Store:
    """`begin`, then `put` and `end` frame a fill; what was purged in between refuses it. Within its limits after each
    operation."""

    def __init__(self, limits: Limits | None = None, policy: str = "s3-fifo") -> None:
        self.limits = limits or Limits()
        self._resources: dict[bytes, Resource] = {}
        self._tags: TagIndex[Kept] = TagIndex()
        self._marks = Marks()
        self._policy = make(policy, self.limits.capacity)
        self._puts = self._evicted = self._refused = self._purged = 0

    def variants(self, key: bytes) -> Sequence[Stored]:
        """What is stored for it, the latest first."""
        resource = self._resources.get(key)
        return NOTHING if resource is None else resource.stored

    def hit(self, key: bytes, stored: Stored) -> None:
        """It was of use: it stays longer."""
        resource = self._resources.get(key)
        for entry in () if resource is None else resource.kept:
            if entry.stored is stored:
                if entry.touch is not None:
                    entry.touch(entry.key)
                elif entry.hits < HITS_MAX:
                    entry.hits += 1
                return

    def begin(self, key: bytes) -> Begun:
        """A fill of this key begins: what is purged from now on counts against it."""
        return self._marks.begin(key)

    def end(self, begun: Begun) -> None:
        """It is over, whatever came of it."""
        self._marks.end(begun)

    def is_overtaken(self, begun: Begun, tags: Sequence[str]) -> bool:
        """Whether what this fill brings, with these tags, was purged since it began."""
        return self._marks.refuses(begun, tags)

    def put(self, stored: Stored, begun: Begun) -> Put:
        """Stores what the fill brought, in the place of the same variant; `stored` has its body."""
        if self._marks.refuses(begun, stored.tags):
            self._refused += 1
            return Put.PURGED
        key = begun.key
        resource = self._resources.get(key) or Resource(key)
        entry = Kept(resource, stored)
        if entry.weight > self.limits.object_max + len(key):
            self._remove(self._same(resource, stored))
            return Put.TOO_LARGE
        self._remove(self._same(resource, stored))
        self._remove(resource.kept[VARIANTS_MAX - 1 :])
        resource = self._resources.setdefault(key, resource)
        resource.hold((entry, *resource.kept))
        self._tags.add(entry, stored.tags)
        self._puts += 1
        for gone in self._policy.insert(entry):
            self._forget(gone)
        self._make_room()
        return Put.STORED if entry.queue is not None else Put.EVICTED

    def renew(self, old: Stored, new: Stored | None, begun: Begun) -> bool:
        """`new` takes the place of `old`, which this fill has validated; None: that goes. Whether it is stored."""
        resource = self._resources.get(begun.key)
        for entry in () if resource is None else resource.kept:
            if entry.stored is old:
                if new is None or new.second != old.second:
                    self._remove([entry])
                break
        else:
            return False  # it went meanwhile, and a validation does not bring it back
        return new is not None and self.put(new, begun) is Put.STORED

    def purge(self, purge: Purge) -> int:
        """All that it names, and fills under way that might bring it back. How many entries there were."""
        self._marks.note(purge)
        found = self._found(purge)
        if purge.reach is Reach.HARD:
            self._remove(found)
        else:
            for entry in found:
                entry.stored.soften()
        self._purged += len(found)
        return len(found)

    @property
    def bytes(self) -> int:
        """All of it: entries, and what the policy remembers of those that went."""
        ghosts = self._policy.ghosts
        return self._policy.weight + (GHOST_BYTES * len(ghosts) if ghosts is not None else 0)

    def statistics(self) -> Statistics:
        return Statistics(
            len(self._policy), self.bytes, len(self._tags), self._puts, self._evicted, self._refused, self._purged
        )

    def _same(self, resource: Resource, stored: Stored) -> Sequence[Kept]:
        return [one for one in resource.kept if one.stored.second == stored.second]

    def _found(self, purge: Purge) -> list[Kept]:
        """Each once."""
        if purge.everything:
            return [entry for resource in self._resources.values() for entry in resource.kept]
        found: dict[Kept, None] = {}
        for key in (*purge.keys, *map(key_of_url, purge.urls)):
            if key is not None and key in self._resources:
                found.update(dict.fromkeys(self._resources[key].kept))
        for tag in purge.tags:
            carrying = self._tags.carrying(tag)
            found.update((entry, None) for entry in carrying if entry.resource.key.startswith(purge.within))
        if (matcher := Matcher.of(purge)) is not None:
            for key, resource in self._resources.items():
                if matcher.matches(url_of(key)):
                    found.update(dict.fromkeys(resource.kept))
        return list(found)

    def _make_room(self) -> None:
        """What is remembered of entries that went is memory, too: entries have to give it."""
        while len(self._policy) and self.bytes > self.limits.bytes:
            self._forget(self._policy.evict())

    def _remove(self, entries: Iterable[Kept]) -> None:
        for entry in entries:
            self._policy.remove(entry)
            self._out(entry)

    def _forget(self, entry: object) -> None:
        assert isinstance(entry, Kept)
        self._evicted += 1
        self._out(entry)

    def _out(self, entry: Kept) -> None:
        """What the policy no longer holds: out of everything else."""
        self._tags.discard(entry, entry.stored.tags)
        resource = entry.resource
        resource.drop(entry)
        if not resource.kept:
            self._resources.pop(resource.key, None)
