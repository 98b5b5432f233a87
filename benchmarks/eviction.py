"""Policies of eviction: what a hit costs a store, and how many requests a second are simulated.

    python benchmarks/eviction.py [--pairs 25] [--requests 1000000] [--write]

Hits are measured in a throwaway environment beside cachetools and cachebox, in turns in one process; simulation beside
a loop over cachetools' LRU on the same trace. All is processor time, which other work on the machine disturbs least.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from plimsoll.core.eviction import traces
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.eviction.simulation.ratios import BELADY, simulate
from plimsoll.core.eviction.simulation.trace import Trace

REQUESTS = 1_000_000
KEYS = 100_000
ROUNDS = 25
HIT_RATIO_MAX = 12.0  # × dict.get: the bound of the whole of a hit
PER_SECOND_MIN = 1_000_000.0
HERE = Path(__file__).resolve().parent
PEER = """
import json, sys, time, cachetools
keys, size = json.load(sys.stdin)
cache = cachetools.LRUCache(size)
begun = time.process_time()
for key in keys:
    if cache.get(key) is None:
        cache[key] = True
print(time.process_time() - begun)
"""


def child(python: Path, *words: str, given: str = "") -> Any:
    """What it prints, with Plimsoll's source and nothing else of ours."""
    environ = os.environ | {"PYTHONPATH": str(HERE.parent / "src")}
    done = subprocess.run([str(python), *words], env=environ, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the peer failed:\n{done.stderr[-1500:]}")
    return json.loads(done.stdout)


def hit_rows(said: dict[str, Any]) -> list[Row]:
    """Each hit beside dict.get, those of others, too (an LRU of theirs has no expiry); then replacements."""
    hits, replaced = said["hit_ns"], said["replace_ns"]
    plain = hits["dict.get"]
    rows = []
    for name in ("no policy", *POLICIES):
        times = hits[name] / plain
        what = f"a hit with expiry and a count, {name}, beside dict.get"
        bound, kept = f"≤ {HIT_RATIO_MAX:g}", times <= HIT_RATIO_MAX
        rows.append(Row(what, f"{hits[name]:.0f} ns", f"{plain:.0f} ns", f"{times:.1f}", bound, kept))
    rows += [
        Row(f"a hit of {name}, beside dict.get", f"{hits[name]:.0f} ns", f"{plain:.0f} ns", f"{hits[name] / plain:.1f}")
        for name in ("functools.lru_cache", "cachebox LRU", "cachebox TTL", "cachetools LRU", "cachetools TTL")
    ]
    peer = replaced["cachetools LRU"]
    for name in (*POLICIES, "cachebox LRU"):
        ratio = f"{replaced[name] / peer:.2f}"
        what = f"one in, one out, {name}, beside cachetools' LRU"
        rows.append(Row(what, f"{replaced[name]:.0f} ns", f"{peer:.0f} ns", ratio))
    return rows


def simulated_per_s(trace: Trace, policy: str) -> float:
    begun = process_time()
    simulate(trace, policy, trace.capacity(0.1))
    return len(trace) / (process_time() - begun)


def simulation_rows(name: str, trace: Trace, peer_s: float) -> list[Row]:
    rows = []
    for policy in (*POLICIES, BELADY):
        rate = max(simulated_per_s(trace, policy) for _ in range(3))
        peer, ratio = (f"{len(trace) / peer_s:,.0f}/s", f"{rate * peer_s / len(trace):.1f}") if peer_s else ("", "")
        bound, kept = f"≥ {PER_SECOND_MIN:,.0f}/s", rate >= PER_SECOND_MIN
        rows.append(
            Row(f"{policy} simulated, {name}, beside cachetools' LRU", f"{rate:,.0f}/s", peer, ratio, bound, kept)
        )
    return rows


def main() -> None:
    parser = options("What policies of eviction cost, and how fast they are simulated.", pairs=ROUNDS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"of a simulated trace ({REQUESTS:,})")
    asked = parser.parse_args()
    made = {
        "Zipf": Trace.of(traces.zipf(asked.requests, KEYS)),
        "Zipf with scans": Trace.of(traces.mixed(asked.requests, KEYS)),
        "drifting Zipf": Trace.of(traces.drifting(asked.requests, KEYS)),
    }
    rows: list[Row] = []
    busy = os.getloadavg()[0]
    with python_with("cachetools", "cachebox") as (python, said):
        if python is not None:
            rows += hit_rows(child(python, str(HERE / "_cache_hits.py"), str(asked.pairs)))
        for name, trace in made.items():
            given = json.dumps([trace.keys.tolist(), trace.capacity(0.1).entries])
            peer_s = min(float(child(python, "-c", PEER, given=given)) for _ in range(2)) if python else 0.0
            rows += simulation_rows(name, trace, peer_s)
    notes = [
        f"{asked.pairs} rounds in turns, least of them, processor time; load average {busy:.1f} when it began",
        f"{asked.requests:,} requests for up to {KEYS:,} keys and what scans ask for; caches of 10 % of the keys",
        f"peers: {said}",
    ]
    finish("eviction", rows, notes=notes)


if __name__ == "__main__":
    main()
