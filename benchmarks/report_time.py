"""`plimsoll report` on a run of 10 million samples and an hour, beside a bare aggregation of the same samples.

    python benchmarks/report_time.py [--pairs 3] [--samples 10000000] [--write]

The run directory is made by the real recorder and writer. The peer is the least that a report could do which reads the
samples: one polars query for count, p50, p95 and p99 by step.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._clients import PLIMSOLL
from benchmarks._tables import Row, finish, options
from benchmarks.recorder_memory import SECONDS, STEPS, recorded

SAMPLES = 10_000_000
SECONDS_MAX = 20.0
BARE = """
import sys, polars as pl
ms = (pl.col("finished_ns") - pl.col("scheduled_ns")) / 1e6
figures = [pl.len(), *(ms.quantile(q).alias(str(q)) for q in (0.5, 0.95, 0.99))]
samples = pl.scan_parquet(sys.argv[1] + "/samples/part-*.parquet")
print(samples.group_by("step").agg(figures).collect(engine="streaming"))
"""


@dataclass(frozen=True, slots=True)
class Took:
    seconds: float
    peak_mb: float
    cpu_s: float = 0.0


def took(argv: Sequence[str | Path], folder: Path) -> Took:
    """Time, peak memory and CPU time of a program. Raises SystemExit with its last words when it fails."""
    with (folder / "output").open("w+") as output:
        began_s = time.monotonic()
        child = subprocess.Popen([str(word) for word in argv], stdout=output, stderr=output)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began_s
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if child.returncode:
            raise SystemExit(f"{argv[0]} ended with status {child.returncode}:\n{output.read()[-1500:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Took(seconds, used.ru_maxrss * unit / 1e6, used.ru_utime + used.ru_stime)


def rows_of(ours: list[Took], peer: list[Took], report_bytes: int) -> list[Row]:
    seconds, peer_s = median(t.seconds for t in ours), median(t.seconds for t in peer)
    mb, peer_mb = max(t.peak_mb for t in ours), max(t.peak_mb for t in peer)
    bound, ratio = f"< {SECONDS_MAX:g} s", f"{seconds / peer_s:.2f}"
    return [
        Row("time of `plimsoll report`", f"{seconds:.2f} s", f"{peer_s:.2f} s", ratio, bound, seconds < SECONDS_MAX),
        Row("peak memory", f"{mb:,.0f} MB", f"{peer_mb:,.0f} MB", f"{mb / peer_mb:.2f}"),
        Row("report.html", f"{report_bytes / 1e6:.1f} MB"),
    ]


def main() -> None:
    parser = options("The time a report takes.", pairs=3)
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"how many ({SAMPLES:,})")
    asked = parser.parse_args()
    ours: list[Took] = []
    peer: list[Took] = []
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as name:
        folder = Path(name)
        run = Path(recorded(folder / "runs", asked.samples)["directory"])
        for _ in range(asked.pairs):
            ours.append(took([PLIMSOLL, "report", run], folder))
            peer.append(took([sys.executable, "-c", BARE, run], folder))
        report_bytes = (run / "report.html").stat().st_size
    notes = [
        f"{asked.samples:,} samples of {STEPS} steps over {SECONDS:,} seconds; median of {asked.pairs}",
        "the peer reads the samples with polars and draws nothing; the report reads the intervals, exact sums of them",
    ]
    finish("report_time", rows_of(ours, peer, report_bytes), notes=notes)


if __name__ == "__main__":
    main()
