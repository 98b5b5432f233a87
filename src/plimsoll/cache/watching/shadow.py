"""Other policies and sizes, simulated beside the live cache on a sample of its keys. One thread's at a time.

Keys are sampled by their hash: whoever is in, is in with all that happens to him, and caches of that share of the size
behave as whole ones do (SHARDS; Waldspurger and others, FAST 2015). A plain hit of any other key costs nothing: only
the entries of sampled keys are `Heard`. What is heard is simulated in steps, and the sample is made smaller where more
is heard than that; then everything begins anew.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Final

from plimsoll.cache.store.entry import Gone, Kept, Limits
from plimsoll.core.cache_report import ShadowRatio, ShadowReport
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import POLICIES, make
from plimsoll.core.eviction.policy import HITS_MAX, Entry

SIZES: Final = (0.5, 1.0, 2.0)
ENTRIES: Final = 500  # of a simulated cache of the live one's size: some 2 MB for all twelve
HEARD_MAX: Final = 2_000  # waiting to be simulated; beyond, what came first is lost, and the sample is halved
STEP: Final = 50  # of what was heard, at once: well below a millisecond
COUNTED_MIN: Final = 1_000  # requests below which nothing is said
COUNTED_MAX: Final = 200_000  # counts are halved there, so that what is told is of lately
_BITS: Final = 24
_MIXER: Final = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: spreads hashes that follow each other

Append = Callable[[Any], None]


class Heard(Kept):
    """The entry of a sampled key: each hit of it is told to `append`, until that is None."""

    __slots__ = ("_touch", "append")

    def __init__(self, key: Hashable, weight: int, tenant: str, append: Append) -> None:
        self.append: Append | None = append
        super().__init__(key, weight, tenant)

    @property
    def touch(self) -> Callable[[Hashable], None] | None:
        """What the policy set, or what tells of the hit before it does that."""
        return self._touch if self.append is None else self._told

    @touch.setter
    def touch(self, touch: Callable[[Hashable], None] | None) -> None:
        self._touch = touch

    def _told(self, key: Hashable) -> None:
        append, touch = self.append, self._touch
        if append is not None:
            append(self)
        if touch is not None:
            touch(key)
        elif self.hits < HITS_MAX:
            self.hits += 1


class Simulated:
    """One policy at one size, with keys and weights only."""

    def __init__(self, policy: str, size: float, capacity: Capacity) -> None:
        self.policy = policy
        self.size = size
        self.hits = 0.0
        self._entries: dict[Hashable, Entry] = {}
        self._policy = make(policy, capacity)

    def ask(self, key: Hashable, weight: int, counts: int) -> None:
        """A request, and what a miss of it stores."""
        entry = self._entries.get(key)
        if entry is not None:
            self.hits += counts
            self._policy.hit(entry)
            return
        entry = Entry(key, weight)
        for gone in self._policy.insert(entry):
            if gone is not entry:
                del self._entries[gone.key]
        if entry.queue is not None:
            self._entries[key] = entry

    def drop(self, key: Hashable) -> None:
        """It ended, or was changed: a cache of any size would have lost it."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._policy.remove(entry)


class Shadow:
    """`entry` makes the entries of the live store; `step` simulates some of what was heard since."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._heard: deque[Any] = deque(maxlen=HEARD_MAX)
        self._below = min(2**_BITS, max(1, 2**_BITS * ENTRIES // limits.entries))
        self._begin()

    def entry(self, key: Hashable, weight: int, tenant: str) -> Kept:
        """That of a value that was filled, since it was missing."""
        if not self._samples(key):
            return Kept(key, weight, tenant)
        self._heard.append((key, weight))
        return Heard(key, weight, tenant, self._heard.append)

    def gone(self, entry: Entry, reason: Gone) -> None:
        """What the live policy evicts is its own affair; what ends or is changed is gone everywhere."""
        if entry.__class__ is Heard and reason in _EVERYWHERE:
            self._heard.append((entry.key, None))

    def step(self, steps: int = STEP) -> int:
        """Simulates so many of what was heard, at most; how many it did."""
        if len(self._heard) == HEARD_MAX:
            self._halve()
        done = 0
        while done < steps and self._heard:
            self._simulate(self._heard.popleft())
            done += 1
        return done

    def report(self) -> ShadowReport | None:
        """None until enough was counted."""
        if self._counted < COUNTED_MIN:
            return None
        ratios = tuple(ShadowRatio(one.policy, one.size, one.hits / self._counted) for one in self._simulated)
        return ShadowReport(self._counted, 2**_BITS / self._below, ratios)

    def _halve(self) -> None:
        """A sample of half the keys. The entries of the others are heard no more."""
        self._below = max(1, self._below // 2)
        while self._heard:
            heard = self._heard.popleft()
            if heard.__class__ is Heard and not self._samples(heard.key):
                heard.append = None
        self._begin()

    def _begin(self) -> None:
        """Empty caches of the share's size; they fill up before anything is counted."""
        share = self._below / 2**_BITS
        self._simulated = [
            Simulated(policy, size, Capacity(*(max(1, round(limit * share * size)) for limit in self._limits.capacity)))
            for policy in POLICIES
            for size in SIZES
        ]
        self._warm_up = 4 * max(1, round(self._limits.entries * share))
        self._counted = 0

    def _simulate(self, heard: Any) -> None:
        if heard.__class__ is tuple:
            key, weight = heard
        else:
            key, weight = heard.key, heard.weight
        if not self._samples(key):  # any more
            if heard.__class__ is Heard:
                heard.append = None
        elif weight is None:
            for one in self._simulated:
                one.drop(key)
        else:
            self._ask(key, weight)

    def _ask(self, key: Hashable, weight: int) -> None:
        counts = 0 if self._warm_up else 1
        self._warm_up = max(0, self._warm_up - 1)
        self._counted += counts
        for one in self._simulated:
            one.ask(key, weight, counts)
        if self._counted >= COUNTED_MAX:
            self._counted //= 2
            for one in self._simulated:
                one.hits /= 2

    def _samples(self, key: Hashable) -> bool:
        return (hash(key) * _MIXER & 2**64 - 1) >> (64 - _BITS) < self._below


_EVERYWHERE: Final = frozenset({"expired", "invalidated", "everything", "deleted"})
