"""What a hit of tier 1 costs, with statistics, expiry, tags and the watermark: beside dict.get, and cashews' memory.

    python benchmarks/cache_store.py [--pairs 25] [--write]

All in turns in one process of a throwaway environment; processor time, which other work on the machine disturbs least.
"""

import os
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from benchmarks.eviction import child
from plimsoll.core.eviction.policies import POLICIES

ROUNDS = 25
PLAIN_MAX = 12.0  # × dict.get
PEER_MIN = 20.0  # × as fast as cashews' memory
FACES = {"store": "a hit of the store", "cache": "cache.get, with the clock"}
HERE = Path(__file__).resolve().parent


def main() -> None:
    asked = options("What a hit of the cache's first tier costs.", pairs=ROUNDS).parse_args()
    rows: list[Row] = []
    busy = os.getloadavg()[0]
    with python_with("cashews") as (python, said):
        if python is not None:
            took: dict[str, float] = child(python, str(HERE / "_cache_store_hits.py"), str(asked.pairs))
            peer, least = took["cashews"], took["least, equal"]
            for face, name in product(FACES, POLICIES):
                for kind in ("same", "equal"):
                    ours, plain = took[f"{face}: {name}, {kind}"], took[f"dict.get, {kind}"]
                    what, bound = f"{FACES[face]}, {name}, {kind} keys, beside dict.get", f"≤ {PLAIN_MAX:g}"
                    ratio, kept = f"{ours / plain:.1f}", ours / plain <= PLAIN_MAX
                    rows.append(Row(what, f"{ours:.0f} ns", f"{plain:.0f} ns", ratio, bound, kept))
                ours = took[f"{face}: {name}, equal"]
                what, bound = f"{FACES[face]}, {name}, faster than cashews' memory", f"≥ {PEER_MIN:g}"
                ratio, kept = f"{peer / ours:.1f}", peer / ours >= PEER_MIN
                rows.append(Row(what, f"{ours:.0f} ns", f"{peer:.0f} ns", ratio, bound, kept))
            what = "clock, look-up, end and watermark, and nothing else, faster than cashews' memory"
            rows.append(Row(what, f"{least:.0f} ns", f"{peer:.0f} ns", f"{peer / least:.1f}"))
    notes = [
        f"{asked.pairs} rounds in turns, least of them, processor time; load average {busy:.1f} when it began",
        f"peers: {said}",
    ]
    finish("cache_store", rows, notes=notes)


if __name__ == "__main__":
    main()
