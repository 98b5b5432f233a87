"""A store under a random workload, in a process of its own: what it reckons that it holds, and by what that grew.

    python benchmarks/_cache_memory.py POLICY VALUES LIMIT_BYTES TURNS

All is drawn with a seed; values of TURNS times the limit come and go, are deleted, invalidated, evicted and expire.
Prints JSON: bytes reckoned, growth of the resident memory in the end, that without what malloc kept free, entries,
operations.
"""

import ctypes
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from plimsoll.cache.store.entry import Limits, Miss, Options
from plimsoll.cache.store.store import Store
from plimsoll.changes.polling import Change
from plimsoll.core.snapshot import Snapshot

WRITE_EVERY = 50  # operations between two polls that found something
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def small(random: Random, _: int) -> Any:
    return random.getrandbits(60)


def texts(random: Random, number: int) -> Any:
    return f"{number:08} " + "t" * random.randrange(40, 500)


def packed(random: Random, _: int) -> Any:
    """100 bytes to 20 kB, as many in each doubling."""
    return random.randbytes(int(100 * 200 ** random.random()))


def rows(random: Random, number: int) -> Any:
    """One to twenty rows as they come out of JSON: each value has names of its own."""
    made = [
        {
            "id": number * 100 + row,
            "title": f"title {number} {row} " + "x" * random.randrange(60),
            "score": random.random(),
            "at": str(BEGINNING + timedelta(seconds=random.randrange(10**8))),
        }
        for row in range(random.randrange(1, 21))
    ]
    return json.loads(json.dumps(made))


VALUES: dict[str, Callable[[Random, int], Any]] = {"small": small, "texts": texts, "packed": packed, "rows": rows}


def resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    policy, kind, limit, turns = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    random, draw = Random(7), VALUES[kind]
    for number in range(1_000):  # what the allocator and the interpreter take once
        draw(random, number)
    before = resident()
    store = Store(Limits(10**9, limit), Options(policy=policy, staleness_s=1e9), Random(8))
    xid, put, operations = 100, 0, 0
    store.advance(Snapshot(xid, xid), 0.0)
    while put < turns * limit:
        operations += 1
        now_s = operations * 0.001
        entries = len(store) + 1_000
        number = int(entries * 1.5 * random.random() ** 2)
        key = f"project:{number}"
        if store.get(key, now_s).__class__ is Miss:
            value = draw(random, number)
            held = store.bytes
            tags = (f"project:{number}", f"org:{number % 1000}")
            store.put(key, value, now_s, ttl_s=10_000 * random.random(), tags=tags, snapshot=Snapshot(xid, xid))
            put += max(0, store.bytes - held) or limit // entries
        if operations % WRITE_EVERY == 0:
            xid += 1
            written = (f"project:{int(entries * random.random())}", f"org:{random.randrange(1000)}")
            store.apply([Change(xid, written if operations % (10 * WRITE_EVERY) == 0 else written[:1])])
            store.advance(Snapshot(xid + 1, xid + 1), now_s)
            store.delete(f"project:{int(entries * random.random())}")
    kept = resident() - before
    ctypes.CDLL(None).malloc_trim(0)
    grown = resident() - before
    said = {"bytes": store.bytes, "grown": grown, "kept": kept - grown, "entries": len(store), "operations": operations}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
