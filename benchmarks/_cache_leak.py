"""A cache that is used for long by what is ever new, in a process of its own: what it takes of memory meanwhile.

    python benchmarks/_cache_leak.py OPERATIONS PARTS

Keys, tags and families come and go; values are got, filled, invalidated by hand, and expire. Prints JSON: bytes of
resident memory after each of the parts, hits and fills.
"""

import json
import os
import sys
from pathlib import Path
from random import Random

from plimsoll.cache import Cache, Limits, tag

AROUND = 1_500  # keys that are asked for at a time
NEW_EVERY = 25  # operations after which they are others by one
INVALIDATED_EVERY = 100
FAMILY_EVERY = 1_000_000  # operations of each family
TTL_S = 20.0


def resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    operations, parts = int(sys.argv[1]), int(sys.argv[2])
    chance = Random(7)
    cache = Cache("leak", limits=Limits(entries=2_000, bytes=2_000_000), staleness_s=None, random=chance)
    draw, taken = chance.random, list[int]()
    for number in range(1, operations + 1):
        which = number // NEW_EVERY + int(AROUND * draw() ** 3)
        key = f"order:{which}"
        if cache.get(key) is None:
            family = f"order-{number // FAMILY_EVERY}"
            cache.fetch_sync(key, lambda which=which: [which, str(which)], ttl=TTL_S, tags=[tag(family, which)])
            if number % INVALIDATED_EVERY == 0:
                cache.invalidate(tag(family, which + 1))
        if number % (operations // parts) == 0:
            taken.append(resident())
    print(json.dumps({"resident": taken, "entries": cache.status().entries, "fills": cache.report().fills}))


if __name__ == "__main__":
    main()
