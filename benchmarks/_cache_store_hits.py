"""A hit of tier 1 and of cashews' memory, in turns in this one process: processor time, the empty loop taken off.

    python benchmarks/_cache_store_hits.py ROUNDS

Prints JSON: nanoseconds a hit, the least of the rounds. Run by cache_store.py with an interpreter that has cashews.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from random import Random
from time import process_time_ns
from typing import Any

from plimsoll.cache import Cache
from plimsoll.cache.clock import quick_clock
from plimsoll.cache.store.entry import Limits, Options
from plimsoll.cache.store.store import Store
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Position
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.snapshot import Snapshot

ENTRIES = 10_000
ASKED = 20_000  # hits of each round, Zipf as caches are asked
PEER_HITS = 2_000  # of each round: they take longer
NOW_S = 0.1


def filled(policy: str, keys: list[str]) -> Store:
    """As in production: expiry, statistics, tags, a watermark that is looked at."""
    store = Store(Limits(2 * ENTRIES), Options(policy=policy, staleness_s=0.25))
    store.advance(Snapshot(10, 10), 0.0)
    for key in keys:
        store.put(key, 1, 0.0, ttl_s=3600, tags=[key], snapshot=Snapshot(10, 10))
    return store


def cached(policy: str, keys: list[str]) -> Cache:
    """The same behind the cache's face: with the clock read for each hit, and samples taken."""
    cache = Cache(limits=Limits(2 * ENTRIES), policy=policy, staleness_s=3600)
    cache._desk.tier1.advance(Position("here", Snapshot(10, 10)), clock_s())
    for key in keys:
        cache.fetch_sync(key, lambda: 1, ttl=3600, tags=[key])
    return cache


def least(cache: Cache) -> Callable[[str], Any]:
    """What no hit can do without: the clock, the look-up, whether the value has ended, and the watermark."""
    store, clock = cache._desk.tier1.store, quick_clock()
    entries, fresh_until_s = store._entries, store.fresh_until_s

    def get(key: str) -> Any:
        now_s = clock()
        entry = entries[key]
        return entry.value if now_s < entry.expires_s and now_s < fresh_until_s else None

    return get


def plain_ns(find: Callable[[str], Any], keys: list[str]) -> float:
    begun = process_time_ns()
    for key in keys:
        find(key)
    return (process_time_ns() - begun) / len(keys)


def store_ns(get: Callable[[str, float], Any], keys: list[str]) -> float:
    begun = process_time_ns()
    for key in keys:
        get(key, NOW_S)
    return (process_time_ns() - begun) / len(keys)


def empty_ns(keys: list[str]) -> float:
    begun = process_time_ns()
    for _ in keys:
        pass
    return (process_time_ns() - begun) / len(keys)


async def peer_ns(get: Callable[[str], Awaitable[Any]], keys: list[str]) -> float:
    begun = process_time_ns()
    for key in keys:
        await get(key)
    return (process_time_ns() - begun) / len(keys)


async def measured(rounds: int) -> dict[str, float]:
    from cashews import cache  # type: ignore[import-not-found,unused-ignore]

    cache.setup("mem://", size=2 * ENTRIES)
    held = [f"user:{key}" for key in range(ENTRIES)]
    same = Random(1).choices(held, [1 / (rank + 1) for rank in range(ENTRIES)], k=ASKED)
    made = {key: "user:" + key[5:] for key in held}
    equal = [made[key] for key in same]  # as requests make them: not the objects that are held
    plain = dict.fromkeys(held, 1)
    stores = {policy: filled(policy, held) for policy in POLICIES}
    caches = {policy: cached(policy, held) for policy in POLICIES}
    for key in held:
        await cache.set(key, 1, expire=3600)
    assert await cache.get(equal[0]) == 1
    needed = least(next(iter(caches.values())))
    assert needed(equal[0]) == 1
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        empty = empty_ns(equal)
        for kind, keys in (("same", same), ("equal", equal)):
            took.setdefault(f"dict.get, {kind}", []).append(plain_ns(plain.get, keys) - empty)
            for name, store in stores.items():
                took.setdefault(f"store: {name}, {kind}", []).append(store_ns(store.get, keys) - empty)
            for name, one in caches.items():
                took.setdefault(f"cache: {name}, {kind}", []).append(plain_ns(one.get, keys) - empty)
            took.setdefault(f"least, {kind}", []).append(plain_ns(needed, keys) - empty)
        took.setdefault("cashews", []).append(await peer_ns(cache.get, equal[:PEER_HITS]) - empty)
    assert all(store.statistics().hits == 2 * rounds * ASKED for store in stores.values())
    assert all(one.status().hits == 2 * rounds * ASKED for one in caches.values())
    await cache.close()
    return {name: min(each) for name, each in took.items()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(int(sys.argv[1])))))
