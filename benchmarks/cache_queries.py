"""What a statement from the cache costs beside the same through the driver's pool; and what it costs to fill.

    python benchmarks/cache_queries.py [--pairs 15] [--write]

In turns in one process, beside a server of its own. Processor time is the application's: what the server spares comes
on top. Times on the wall are those of a server on the same machine, which is as near as one can be.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg

from benchmarks._tables import Row, finish, options
from plimsoll.cache import Cache, QueryCache
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.embedded import start_postgres

PAIRS = 15
CALLS = 300
FASTER_MIN = 5.0  # than the pool, in the application's own processor time
SQL = "SELECT id, note FROM orders WHERE id = $1"
Call = Callable[[int], Awaitable[object]]
Took = tuple[float, float]  # seconds of a call: on the wall, and of this process's processor


async def took(call: Call) -> Took:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for number in range(CALLS):
        await call(number % 50)
    return (time.perf_counter() - wall_s) / CALLS, (time.process_time() - cpu_s) / CALLS


async def measured(dsn: str, pairs: int) -> dict[str, Took]:
    """The least of each, in turns."""
    async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
        await pool.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, note text);"
            "INSERT INTO orders SELECT g, 'x' FROM generate_series(0, 99) g"
        )
        async with pool.acquire() as connection:
            await carry_out(connection, await plan_install(connection, [Watch.parse("orders=order:{id}")]))
        with Cache(staleness_s=60) as cache:
            cache.follow(dsn, wait_s=30)
            alike, asking = QueryCache(cache, pool, alike=True), QueryCache(cache, pool)

            async def fill(number: int) -> object:
                cache.invalidate(f"order:{number}")
                return await alike.fetch(SQL, number)

            ways: dict[str, Call] = {
                "pool": lambda number: pool.fetch(SQL, number),
                "hit": lambda number: alike.fetch(SQL, number),
                "asked": lambda number: asking.fetch(SQL, number),
                "fill": fill,
            }
            best: dict[str, Took] = {}
            for _ in range(pairs):
                for name, call in ways.items():
                    now = await took(call)
                    before = best.get(name, now)
                    best[name] = min(now[0], before[0]), min(now[1], before[1])
    return best


def main() -> None:
    asked = options("What a statement from the cache costs.", pairs=PAIRS).parse_args()
    busy = os.getloadavg()[0]
    with start_postgres() as server:
        best = asyncio.run(measured(server.dsn, asked.pairs))
    wall_us, cpu_us = ({name: one[side] * 1e6 for name, one in best.items()} for side in (0, 1))

    def row(what: str, name: str, us: dict[str, float], bound: str = "", kept: bool | None = None) -> Row:
        return Row(what, f"{us[name]:.1f} µs", f"{us['pool']:.1f} µs", f"{us[name] / us['pool']:.3f}", bound, kept)

    kept = cpu_us["hit"] * FASTER_MIN <= cpu_us["pool"]
    rows = [
        row("a hit, sessions alike: processor time", "hit", cpu_us, f"≤ {1 / FASTER_MIN:g}", kept),
        row("a hit, sessions alike: on the wall", "hit", wall_us),
        row("a hit, a session is asked who it is: on the wall", "asked", wall_us),
        row("a fill: on the wall", "fill", wall_us),
    ]
    notes = [
        f"{asked.pairs} rounds of {CALLS} calls in turns, least of them; load average {busy:.1f} when it began",
        "the peer is asyncpg's pool.fetch of the same statement",
    ]
    finish("cache_queries", rows, notes=notes)


if __name__ == "__main__":
    main()
