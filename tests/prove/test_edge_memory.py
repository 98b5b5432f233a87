"""An edge's store keeps to its limit in bytes however many URLs are asked for; the table goes into docs/proofs.md."""

import json
import os
import subprocess
import sys

from benchmarks._edge_memory import KINDS
from benchmarks._tables import ROOT, put, table

LIMIT_BYTES = 100_000_000
URLS = {"1 KiB, one tag each": 1_000_000, "16 bytes, no tag": 1_000_000, "100 KiB": 20_000}
OTHERS = 50_000
OVER_MAX = 1.05  # of the limit, with what the allocator keeps free


def test_a_million_urls_stay_within_the_limit() -> None:
    rows = []
    for kind in KINDS:
        urls = URLS.get(kind, OTHERS)
        argv = [sys.executable, str(ROOT / "benchmarks" / "_edge_memory.py"), kind, str(LIMIT_BYTES), str(urls)]
        environ = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        said = json.loads(subprocess.run(argv, env=environ, capture_output=True, check=True).stdout)
        assert said["most"] <= LIMIT_BYTES, (kind, said)
        assert said["grown"] <= OVER_MAX * LIMIT_BYTES, (kind, said)
        assert said["left"] == 0, "tags without entries"
        shares = [f"{said[name] / LIMIT_BYTES:.1%}" for name in ("most", "grown")]
        rows.append([kind, f"{urls:,}", f"{said['entries']:,}", *shares, f"≤ {OVER_MAX:.0%}"])
    headings = ["responses", "URLs", "held in the end", "reckoned at most", "process grew by", "bound"]
    put(ROOT / "docs" / "proofs.md", "edge_memory", "\n".join(table(headings, rows)))
