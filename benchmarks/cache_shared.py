"""What a hit of the shared tier costs, with its tags judged: beside cashews' Redis backend on the same server.

    python benchmarks/cache_shared.py [--pairs 15] [--write]

In turns in one process of a throwaway environment, against one embedded Valkey.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from benchmarks.eviction import child
from plimsoll.embedded import start_valkey

ROUNDS = 15
HERE = Path(__file__).resolve().parent


def main() -> None:
    asked = options("What a hit of the cache's shared tier costs.", pairs=ROUNDS).parse_args()
    rows: list[Row] = []
    busy = os.getloadavg()[0]
    with python_with("cashews[redis]", "valkey", "msgpack") as (python, said), start_valkey() as server:
        if python is not None:
            hits: dict[str, float] = child(
                python, str(HERE / "_cache_shared_hits.py"), str(asked.pairs), given=server.url
            )
            for kind in ("processor", "wall"):
                for face in ("ours", "ours, in a thread"):
                    ours, peer = hits[f"{face}: {kind}"], hits[f"cashews: {kind}"]
                    what = f"a hit of tier 2{face.removeprefix('ours')}, {kind} time, beside cashews"
                    rows.append(Row(what, f"{ours:.0f} µs", f"{peer:.0f} µs", f"{ours / peer:.2f}"))
    notes = [
        f"{asked.pairs} rounds in turns, least of them; load average {busy:.1f} when it began",
        f"peers: {said}; theirs is not judged by anything but its time",
    ]
    finish("cache_shared", rows, notes=notes)


if __name__ == "__main__":
    main()
