"""What a hit and a replacement cost: ours by policy, and caches of others, in turns in this one process.

    python benchmarks/_cache_hits.py ROUNDS

Prints JSON: nanoseconds of processor time an operation, the least of the rounds, the empty loop taken off. Run by
eviction.py with an interpreter that has cachetools and cachebox.
"""

import json
import sys
from collections.abc import Callable
from functools import lru_cache
from time import process_time_ns
from typing import Any

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.eviction.policy import HITS_MAX, Entry, Policy

ENTRIES = 10_000
ASKED = 20_000  # requests a round, all of them hits: every key twice
FRESH = 20_000  # keys a round that are not held


class Kept(Entry):
    __slots__ = ("expires", "value")

    def __init__(self, key: int, value: object, expires: float) -> None:
        super().__init__(key)
        self.value = value
        self.expires = expires


class Store:
    """The least that a store does on a hit: expiry, a statistic, and what the policy wants."""

    def __init__(self, policy: Policy) -> None:
        self.entries: dict[int, Kept] = {}
        self.policy = policy
        self.hits = 0
        self.now = 0.0

    def get(self, key: int) -> object:
        entry = self.entries.get(key)
        if entry is None or entry.expires < self.now:
            return None
        self.hits += 1
        touch = entry.touch
        if touch is not None:
            touch(key)
        elif entry.hits < HITS_MAX:
            entry.hits += 1
        return entry.value

    def set(self, key: int, value: object) -> None:
        entry = self.entries[key] = Kept(key, value, 1.0)
        for gone in self.policy.insert(entry):
            del self.entries[gone.key]  # type: ignore[arg-type]


class Unweighed:
    """A dictionary of entries with expiry and a statistic, without a policy: what the policy adds is the difference."""

    def __init__(self) -> None:
        self.entries: dict[int, Kept] = {}
        self.hits = 0
        self.now = 0.0

    def get(self, key: int) -> object:
        entry = self.entries.get(key)
        if entry is None or entry.expires < self.now:
            return None
        self.hits += 1
        return entry.value


def filled() -> tuple[dict[str, Callable[[int], object]], dict[str, Callable[[int, object], object]]]:
    """A `get` for each, of keys 0 to ENTRIES − 1 that are held, and a `set`."""
    import cachebox  # type: ignore[import-not-found,unused-ignore]
    import cachetools  # type: ignore[import-not-found,import-untyped,unused-ignore]

    plain: dict[int, object] = dict.fromkeys(range(ENTRIES))
    unweighed = Unweighed()
    stores = {name: Store(policy(Capacity(ENTRIES))) for name, policy in POLICIES.items()}
    others: dict[str, Any] = {
        "cachetools LRU": cachetools.LRUCache(ENTRIES),
        "cachetools TTL": cachetools.TTLCache(ENTRIES, 3600),
        "cachebox LRU": cachebox.LRUCache(ENTRIES),
        "cachebox TTL": cachebox.TTLCache(ENTRIES, 3600),
    }
    remembered = lru_cache(ENTRIES)(lambda key: key)
    for key in range(ENTRIES):
        unweighed.entries[key] = Kept(key, key, 1.0)
        remembered(key)
        for store in stores.values():
            store.set(key, key)
        for other in others.values():
            other[key] = key
    _let_2q_have_a_main_queue(stores["2q"])
    gets: dict[str, Callable[[int], object]] = {"dict.get": plain.get, "no policy": unweighed.get}
    gets |= {name: store.get for name, store in stores.items()}
    gets |= {"functools.lru_cache": remembered, **{name: other.get for name, other in others.items()}}
    sets: dict[str, Callable[[int, object], object]] = {name: store.set for name, store in stores.items()}
    sets |= {name: other.__setitem__ for name, other in others.items()}
    return gets, sets


def _let_2q_have_a_main_queue(store: Store) -> None:
    """Most of its entries came back after they had left the short queue; then the keys asked for are held again."""
    for turn in range(2):
        for key in range(turn * ENTRIES, turn * ENTRIES + ENTRIES // 2):
            store.set(-1 - key, None)
        for key in range(ENTRIES):
            if key not in store.entries:
                store.set(key, key)


def took_ns(operation: Callable[..., object], keys: list[int], *rest: object) -> int:
    """Of the whole round."""
    if rest:
        value = rest[0]
        begun = process_time_ns()
        for key in keys:
            operation(key, value)
        return process_time_ns() - begun
    begun = process_time_ns()
    for key in keys:
        operation(key)
    return process_time_ns() - begun


def empty_ns(keys: list[int]) -> int:
    begun = process_time_ns()
    for _ in keys:
        pass
    return process_time_ns() - begun


def main() -> None:
    rounds = int(sys.argv[1])
    gets, sets = filled()
    held = {
        name: [key for key in range(ENTRIES) if get(key) is not None or name == "dict.get"]
        for name, get in gets.items()
    }
    hits: dict[str, list[float]] = {name: [] for name in gets}
    stored: dict[str, list[float]] = {name: [] for name in sets}
    for _ in range(rounds):
        for name, get in gets.items():
            keys = (held[name] * (ASKED // len(held[name]) + 1))[:ASKED]
            hits[name].append((took_ns(get, keys) - empty_ns(keys)) / ASKED)
    for number in range(max(3, rounds // 5)):
        fresh = list(range((number + 2) * 1_000_000, (number + 2) * 1_000_000 + FRESH))
        for name, put in sets.items():
            stored[name].append((took_ns(put, fresh, None) - empty_ns(fresh)) / FRESH)
    least = {"hit_ns": {name: min(each) for name, each in hits.items()}}
    print(json.dumps(least | {"replace_ns": {name: min(each) for name, each in stored.items()}}))


if __name__ == "__main__":
    main()
