"""By how much a process grows that holds an edge's store, told as JSON: kind, limit in bytes, how many URLs."""

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path

from plimsoll.edge.http.message import Request
from plimsoll.edge.keys import primary
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.store.entry import Limits
from plimsoll.edge.store.purge import Purge, Reach
from plimsoll.edge.store.store import Store

NEVER_S = 1e12
PAGE = 4_096

# What is stored for the n-th URL: path, tags, body.
Kind = Callable[[int], tuple[bytes, tuple[str, ...], bytes]]
KINDS: dict[str, Kind] = {
    "1 KiB, one tag each": lambda n: (b"/item/%d" % n, (f"item:{n}",), b"%08d" % n * 128),
    "16 bytes, no tag": lambda n: (b"/item/%d" % n, (), b"%016d" % n),
    "16 bytes, 50 tags each": lambda n: (b"/item/%d" % n, tuple(f"t{m}:{n}" for m in range(50)), b"%016d" % n),
    "paths of 4 KiB": lambda n: (b"/%04096d" % n, (), b"%016d" % n),
    "100 KiB": lambda n: (b"/item/%d" % n, ("all",), b"%08d" % n * 12_800),
}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def stored(n: int, tags: tuple[str, ...], body: bytes) -> Stored:
    """As rules make one: each value an object of its own."""
    at_s = 1e9 + n
    fields = ((b"content-type", b"text/html; x=%d" % n), (b"etag", b'"%d"' % n), (b"content-length", b"%d" % len(body)))
    return Stored(
        200, fields, (), b"", at_s, NEVER_S + n, NEVER_S + n + 1, NEVER_S + n + 2, False, False,
        fields[1][1], None, None, at_s + 1, at_s + 2, tags, body,
    )  # fmt: skip


def main(kind: str, limit: int, urls: int) -> None:
    store, make = Store(Limits(bytes=limit)), KINDS[kind]
    gc.collect()
    before, most = resident(), 0
    for n in range(urls):
        path, tags, body = make(n)
        key = primary(Request("GET", b"http", b"shop.example", path, b"", ()))
        assert key is not None
        begun = store.begin(key)
        store.put(stored(n, tags, body), begun)
        store.end(begun)
        most = max(most, store.bytes)
    grown, held = resident() - before, store.statistics()
    store.purge(Purge(everything=True, reach=Reach.HARD))
    told = {"grown": grown, "most": most, "entries": held.entries, "left": store.statistics().tags}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
