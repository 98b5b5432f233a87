"""What importing the cache costs a web worker: a cache made, beside a bare interpreter, and cashews likewise.

    python benchmarks/cache_import.py [--pairs 15] [--write]

Each in a process of its own, in turns, by the interpreter of a throwaway environment: processor time, which other work
on the machine disturbs least.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with

ROOT = Path(__file__).resolve().parents[1]
PAIRS = 15
IMPORT_S_MAX = 0.05
CODES = {
    "bare": "pass",
    "plimsoll": "from plimsoll.cache import Cache; Cache()",
    "cashews": "from cashews import cache; cache.setup('mem://')",
}


def once_s(python: Path, code: str) -> float:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(python), "-c", code], check=True, capture_output=True, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    asked = options("What importing the cache costs.", pairs=PAIRS).parse_args()
    rows: list[Row] = []
    busy = os.getloadavg()[0]
    with python_with("cashews") as (python, said):
        if python is not None:
            times: dict[str, list[float]] = {name: [] for name in CODES}
            for turn in range(asked.pairs + 1):
                for name, code in CODES.items():
                    took_s = once_s(python, code)
                    if turn:  # the first compiles and caches
                        times[name].append(took_s)
            bare_s, ours_s, peer_s = (min(times[name]) for name in CODES)
            more_s, peer_more_s = ours_s - bare_s, peer_s - bare_s
            what, bound = "`Cache()` of plimsoll.cache, more than `python -c pass`", f"< {IMPORT_S_MAX * 1e3:g} ms"
            ours, bare, peer = (f"{seconds * 1e3:.0f} ms" for seconds in (more_s, bare_s, peer_more_s))
            rows.append(Row(what, ours, bare, f"{more_s / bare_s:.2f}", bound, more_s < IMPORT_S_MAX))
            rows.append(Row("the same beside cashews", ours, peer, f"{more_s / peer_more_s:.2f}"))
    notes = [
        f"least of {asked.pairs}, processor time, in turns; load average {busy:.1f} when it began",
        f"peers: {said}",
    ]
    finish("cache_import", rows, notes=notes)


if __name__ == "__main__":
    main()
