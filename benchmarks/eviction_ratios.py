"""Simulated hit ratios beside those of libCacheSim, the simulator of the authors of SIEVE and S3-FIFO.

    python benchmarks/eviction_ratios.py [--requests 200000] [--write]

It runs in a throwaway environment, from its wheel, on the same traces. Nothing is timed: LRU, SIEVE and Belady's
optimum have to agree to the last request. Its 2Q takes a ghost out before it makes room, its S3-FIFO fills an empty
cache in another way than the paper's.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from benchmarks.eviction import child
from plimsoll.core.eviction import traces
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.simulation.ratios import simulate
from plimsoll.core.eviction.simulation.trace import Trace, next_positions

REQUESTS = 200_000
KEYS = 20_000
SIZES = (200, 2_000)
POINTS_MAX = {"lru": 0.0, "sieve": 0.0, "belady": 0.0, "2q": 0.02, "s3-fifo": 1.0}  # apart, of 100
PEER = """
import json, sys, libcachesim as them
numbers, sizes = json.load(open(sys.argv[1])), json.loads(sys.argv[2])
kinds = {"lru": them.LRU, "sieve": them.Sieve, "s3-fifo": them.S3FIFO, "2q": them.TwoQ, "belady": them.Belady}
hits = {}
for size in sizes:
    for name, kind in kinds.items():
        cache, request, count = kind(size), them.Request(), 0
        for at, (key, later) in enumerate(numbers):
            request.clock_time, request.obj_id, request.obj_size, request.next_access_vtime = at, key + 1, 1, later
            count += cache.get(request)
        hits[f"{name} {size}"] = count
print(json.dumps(hits))
"""


def their_hits(python: Path, trace: Trace) -> dict[str, int]:
    """By policy and size; what is never asked again is so at 2^62 to both."""
    numbers = np.column_stack([trace.keys, next_positions(trace.keys)]).tolist()
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as folder:
        file = Path(folder) / "trace.json"
        file.write_text(json.dumps(numbers), encoding="utf-8")
        hits: dict[str, int] = child(python, "-c", PEER, str(file), json.dumps(SIZES))
    return hits


def rows_of(name: str, trace: Trace, theirs: dict[str, int]) -> list[Row]:
    rows = []
    for size in SIZES:
        for policy, most in POINTS_MAX.items():
            hits = round(simulate(trace, policy, Capacity(size)).hit_ratio * len(trace))
            their = theirs[f"{policy} {size}"]
            ours, peer, apart = (100 * count / len(trace) for count in (hits, their, hits - their))
            bound = "equal" if most == 0 else f"within {most:g}"
            what = f"{policy}, {name}, {size:,} entries"
            rows.append(Row(what, f"{ours:.3f} %", f"{peer:.3f} %", f"{apart:+.3f}", bound, abs(apart) <= most))
    return rows


def main() -> None:
    parser = options("Hit ratios beside libCacheSim's.")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"of each trace ({REQUESTS:,})")
    asked = parser.parse_args()
    made = {
        "Zipf": Trace.of(traces.zipf(asked.requests, KEYS)),
        "Zipf with scans": Trace.of(traces.mixed(asked.requests, KEYS)),
        "drifting Zipf": Trace.of(traces.drifting(asked.requests, KEYS)),
    }
    with python_with("libcachesim") as (python, said):
        if python is None:
            raise SystemExit(said)
        rows = [row for name, trace in made.items() for row in rows_of(name, trace, their_hits(python, trace))]
    notes = [
        f"{asked.requests:,} requests for {KEYS:,} keys and what scans ask for; ratio: ours less theirs, in points",
        f"peer: {said}",
    ]
    finish("eviction_ratios", rows, notes=notes)


if __name__ == "__main__":
    main()
