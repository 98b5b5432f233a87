"""What is hit, by families of tags and by keys: one hit of some 256 stands for those since the one before."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Final

from plimsoll.cache.store.entry import Kept
from plimsoll.cache.store.marks import Mark
from plimsoll.core.tag import family_of

EVERY: Final = 256  # hits, on average; drawn, so that nothing regular is always missed. A sample takes some 3 µs
FAMILIES_MAX: Final = 200  # what is beyond stands under OTHERS
KEYS_MAX: Final = 4_000  # counted one by one
OTHERS: Final = "(others)"


class Sampling:
    """`hit` is the store's `sample`: called without a lock, so that a count may miss one where two threads meet.

    Where more than KEYS_MAX keys are counted, the lesser half is forgotten.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._period = 1
        self._looks_left = self._looks_period = 1
        self._hits: dict[str, int] = {}
        self._misses: dict[str, int] = {}
        self._keys: dict[str, int] = {}

    def hit(self, entry: Kept) -> int:
        """Counts it for the hits since the sample before; how many until the next."""
        stands_for, self._period = self._period, self._drawn()
        self._sample(entry, stands_for)
        return self._period

    def looked(self, entry: Kept) -> None:
        """A hit that was no plain one: each is told here, and as few are counted."""
        self._looks_left -= 1
        if self._looks_left <= 0:
            stands_for, self._looks_period = self._looks_period, self._drawn()
            self._looks_left = self._looks_period
            self._sample(entry, stands_for)

    def _drawn(self) -> int:
        return 1 + int(2 * EVERY * self._random.random())

    def _sample(self, entry: Kept, stands_for: int) -> None:
        for family in families_of(entry.marks):
            _count(self._hits, family, stands_for)
        self._count_key(str(entry.key), stands_for)

    def missed(self, tags: Iterable[str]) -> None:
        """A value with these tags was filled, since none was held."""
        for family in set(map(family_of, tags)):
            _count(self._misses, family, 1)

    def families(self) -> Mapping[str, tuple[int, int]]:
        """Hits, estimated, and misses, by family."""
        hits, misses = dict(self._hits), dict(self._misses)
        return {name: (hits.get(name, 0), misses.get(name, 0)) for name in hits | misses}

    def most(self, prefix: str, count: int) -> list[str]:
        """The keys of a namespace most hit, the most first, as estimated."""
        mine = [one for one in dict(self._keys).items() if prefix_of(one[0]) == prefix]
        return [key for key, _ in sorted(mine, key=lambda one: -one[1])[:count]]

    def _count_key(self, key: str, stands_for: int) -> None:
        self._keys[key] = self._keys.get(key, 0) + stands_for
        if len(self._keys) > KEYS_MAX:
            self._keys = dict(sorted(dict(self._keys).items(), key=lambda one: -one[1])[: KEYS_MAX // 2])


def prefix_of(key: str) -> str:
    """That of the key's namespace: a NUL, its name, a NUL."""
    return key[: key.index("\0", 1) + 1] if key.startswith("\0") else ""


def families_of(marks: Iterable[Mark]) -> set[str]:
    """The families of the tags whose marks an entry holds."""
    return {family_of(mark.name) for mark in marks}


def _count(counts: dict[str, int], family: str, more: int) -> None:
    name = family if family in counts or len(counts) < FAMILIES_MAX else OTHERS
    counts[name] = counts.get(name, 0) + more
