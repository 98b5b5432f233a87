"""A hit of tier 2 and of cashews' Redis backend on one server, in turns in this one process.

A value like a row of a table. Ours reads the entry, the root and the keys of two tags, and judges them; the peer reads
the entry. Prints JSON: microseconds a hit, processor time of this process and wall time, the least of the rounds. Run
by cache_shared.py with an interpreter that has cashews; the server's URL comes by standard input.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter_ns, process_time_ns
from typing import Any

from plimsoll.cache.shared.tier import SharedTier
from plimsoll.cache.store.entry import Begun
from plimsoll.cache.tiers import Absent, Filled, Found
from plimsoll.changes.polling import Position, State
from plimsoll.core.snapshot import Snapshot

HITS = 400
VALUE = {
    "id": 42,
    "customer": "A. N. Other",
    "total": 129.5,
    "state": "paid",
    "lines": [[n, f"item {n}"] for n in range(8)],
}
SEEN = Snapshot(100, 100)
BEGUN = Begun(0, SEEN)
TAGS = ("order:42",)


async def followed(url: str) -> SharedTier:
    tier = SharedTier("benchmark", url, limit_s=5)
    await tier.forget("start")
    await tier.moved(State(Position("epoch", SEEN), 1, 1.0), 1.0)
    assert await asyncio.to_thread(tier.settled, 30)
    answer = await tier.read("order:42", TAGS, BEGUN)
    assert isinstance(answer, Absent)
    await tier.write("order:42", Filled(VALUE, SEEN, TAGS, 3_600.0, answer.ticket))
    found = await tier.read("order:42", TAGS, BEGUN)
    assert isinstance(found, Found)
    assert found.value == VALUE
    return tier


async def measured(rounds: int, url: str) -> dict[str, float]:
    from cashews import cache  # type: ignore[import-not-found,unused-ignore]

    cache.setup(url.replace("valkey://", "redis://"), client_side=False)
    await cache.set("order:42", VALUE, expire=3_600)
    assert await cache.get("order:42") == VALUE
    tier = await followed(url)
    took: dict[str, list[float]] = {}

    async def time(name: str, get: Callable[[], Awaitable[Any]]) -> None:
        begun, cpu = perf_counter_ns(), process_time_ns()
        for _ in range(HITS):
            await get()
        took.setdefault(f"{name}: processor", []).append((process_time_ns() - cpu) / HITS / 1_000)
        took.setdefault(f"{name}: wall", []).append((perf_counter_ns() - begun) / HITS / 1_000)

    async def in_thread() -> None:
        tier.read_sync("order:42", TAGS, BEGUN)

    for _ in range(rounds):
        await time("ours", lambda: tier.read("order:42", TAGS, BEGUN))
        await time("ours, in a thread", in_thread)
        await time("cashews", lambda: cache.get("order:42"))
    assert tier.status().hits == 2 * rounds * HITS + 1
    tier.close()
    await cache.close()
    return {name: min(each) for name, each in took.items()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(int(sys.argv[1]), sys.stdin.read()))))
