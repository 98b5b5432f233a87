"""A store's limit in bytes is what the process grows by, within 5 %; the table goes into docs/proofs.md."""

import json
import os
import subprocess
import sys

from benchmarks._cache_memory import VALUES
from benchmarks._tables import ROOT, put, table

POLICIES = ("lru", "s3-fifo")  # without and with ghosts
LIMIT_BYTES = 24_000_000
TURNS = 3
OVER_MAX = 1.05  # of the limit
UNDER_MIN = 0.90  # of what is reckoned: a store that reckons too high holds less than it might


def test_a_process_grows_by_what_its_store_may_hold() -> None:
    rows = []
    for policy in POLICIES:
        for kind in VALUES:
            words = [str(ROOT / "benchmarks" / "_cache_memory.py"), policy, kind, str(LIMIT_BYTES), str(TURNS)]
            environ = os.environ | {"PYTHONPATH": str(ROOT / "src")}
            done = subprocess.run([sys.executable, *words], env=environ, capture_output=True, text=True, check=True)
            said = json.loads(done.stdout)
            grown, reckoned = said["grown"] / LIMIT_BYTES, said["bytes"] / LIMIT_BYTES
            assert reckoned <= 1
            assert UNDER_MIN * reckoned <= grown <= OVER_MAX, (policy, kind, said)
            counts = [f"{said['entries']:,}", f"{said['operations']:,}"]
            rows.append([policy, kind, *counts, f"{reckoned:.1%}", f"{grown:.1%}", f"≤ {OVER_MAX:.0%}"])
    headings = ["policy", "values", "entries", "operations", "reckoned", "process grew by", "bound"]
    put(ROOT / "docs" / "proofs.md", "cache_memory", "\n".join(table(headings, rows)))
