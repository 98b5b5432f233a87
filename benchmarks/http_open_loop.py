"""Open loop over HTTP at 5,000/s: starts against the plan, how late they are, and a server that stands still.

    python benchmarks/http_open_loop.py [--pairs 3] [--seconds 15] [--rate 5000] [--write]

Starts are compared with the schedule that profile and seed give, one by one, to the nanosecond. The stall: at 200/s the
server is stopped (SIGSTOP) for 1.4 s; wrk2's author found 1.3 s in p99 where time counts from the intended start, and
6 ms where it does not.
"""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from benchmarks._planned import Starts, starts_of
from benchmarks._site import Site, program, site
from benchmarks._tables import Row, finish, options
from plimsoll.runs.directory import RunDirectory

LAG_P99_MS_MAX = 2.0
STALL_S = 1.4
USERS = 64


@dataclass(frozen=True, slots=True)
class Measured:
    starts: Starts
    dropped: int
    invalid_because: tuple[str, ...]
    latency_p99_ms: float


def measure(site: Site, rate: float, seconds: float) -> Measured:
    summary, _ = site.plimsoll(seconds, "--rate", f"{rate:g}", "--max-users", str(USERS))
    starts = starts_of(RunDirectory(site.run_directory(summary)))
    lost = summary["dropped"] + summary["incomplete"]
    return Measured(starts, lost, tuple(summary["invalid_because"]), summary["latency_ms"]["p99"])


def stalled(site: Site) -> dict[str, Any]:
    """The summary of 20 s at 200/s in which the server stands still once."""
    timer = threading.Timer(10.0, _stand_still, [site.pid])
    timer.start()
    try:
        summary, _ = site.plimsoll(20.0, "--rate", "200", "--max-users", "400")
    finally:
        timer.join()
    return summary


def _stand_still(pid: int) -> None:
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    try:
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)  # the length of the stall is what is measured
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def rows_of(measured: list[Measured], summary: dict[str, Any]) -> list[Row]:
    planned = sum(len(one.starts.planned) for one in measured)
    as_planned = all(one.starts.as_planned for one in measured)
    early = sum(one.starts.early + one.starts.first_step_early for one in measured)
    p50, p99 = (median(one.starts.lag_ms(q) for one in measured) for q in (0.5, 0.99))
    valid = sum(not one.invalid_because for one in measured)
    stall_ms, service_ms = summary["latency_ms"]["p99"], summary["service_ms"]["p90"]
    exactly = f"all of {planned:,}" if as_planned else f"not all of {planned:,}"
    return [
        Row("starts that equal the plan to the nanosecond", exactly, "", "", "all", as_planned),
        Row("starts before their time", str(early), "", "", "0", early == 0),
        Row("arrivals dropped or cut off", str(sum(one.dropped for one in measured))),
        Row("lag p50", f"{p50:.3f} ms"),
        Row("lag p99", f"{p99:.3f} ms", "", "", f"< {LAG_P99_MS_MAX:g} ms", p99 < LAG_P99_MS_MAX),
        Row("latency p99 from the intended start", f"{median(one.latency_p99_ms for one in measured):.3f} ms"),
        Row("runs that may be believed", f"{valid} of {len(measured)}", "", "", "all", valid == len(measured)),
        Row(f"p99 with a stall of {STALL_S:g} s", f"{stall_ms:,.0f} ms", "", "", "≥ 1,000 ms", stall_ms >= 1000),
        Row("service time p90 with it", f"{service_ms:.2f} ms", "", "", "< 50 ms", service_ms < 50),
    ]


def main() -> None:
    parser = options("Open loop over HTTP.", pairs=3, seconds=15.0)
    parser.add_argument("--rate", type=float, default=5000.0, help="arrivals per second (5000)")
    asked = parser.parse_args()
    with site() as served:
        subprocess.run([program("wrk"), "-t1", "-c16", "-d1s", served.file_url], check=True, capture_output=True)
        measured = [measure(served, asked.rate, asked.seconds) for _ in range(asked.pairs)]
        summary = stalled(served)
        server = served.version
    load = f"{asked.pairs} runs of {asked.seconds:g} s at {asked.rate:,.0f}/s (Poisson), medians"
    notes = [
        f"{load}; up to {USERS} users with a connection each; wrk has no such mode",
        *(f"not valid: {why}" for one in measured for why in one.invalid_because),
    ]
    finish("http_open_loop", rows_of(measured, summary), notes=notes, more_versions=[f"nginx {server}"])


if __name__ == "__main__":
    main()
