"""What managing costs HAProxy: CPU a request of ours beside the same program with a plain configuration.

    python benchmarks/balancing.py [--pairs 400] [--write]

Ours adds the choice of an algorithm at run time, a bounded queue, bodies that are waited for, and forwarded headers
that are not believed. The plain one sends again what a dead worker had, as ours does; what that costs HAProxy (it
copies each request into a second buffer of 16 kB) the last row tells, where the plain one does not. Both stand before
the same two workers, which are a HAProxy that answers; each gets some hundred requests in turn, and only its own CPU
is counted. Slices are short, so that what else the machine does meets both. Linux only.
"""

import os
import sys
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._balanced import CONNECTIONS, Bench, bench
from benchmarks._tables import Row, finish, options

RATIO_MAX = 1.08
SLICE = 500  # requests: some 10 ms, so that what else the machine does meets both


def measured(one: Bench, pairs: int) -> list[tuple[float, float]]:
    """µs a request, ours and the plain one's, in turning order."""
    got = []
    for clients in (one.managed, one.plain):
        clients.cpu_us_per_request(SLICE)
    for pair in range(pairs):
        order = (one.managed, one.plain) if pair % 2 else (one.plain, one.managed)
        took = {id(clients): clients.cpu_us_per_request(SLICE) for clients in order}
        got.append((took[id(one.managed)], took[id(one.plain)]))
    return got


def row(what: str, got: list[tuple[float, float]], *, bound: bool) -> Row:
    ratios = [ours / plain for ours, plain in got]
    ratio = median(ratios)
    low, _, high = quantiles(ratios, n=4)
    ours, plain = (f"{median(several):.2f} µs" for several in zip(*got, strict=True))
    spread = f"{ratio:.3f} ({low:.2f}–{high:.2f})"
    return Row(what, ours, plain, spread, f"≤ {RATIO_MAX:g}" if bound else "", ratio <= RATIO_MAX if bound else None)


def main() -> None:
    asked = options("What managing costs HAProxy.", pairs=400).parse_args()
    rows, version, busy = [], "", os.getloadavg()[0]
    for what, log, retries in (
        ("CPU a request", False, True),
        ("CPU a request, both with an access log", True, True),
        ("CPU a request, the plain one without retries of what was sent", False, False),
    ):
        with bench(log=log, retries=retries) as one:
            rows.append(row(what, measured(one, asked.pairs), bound=retries))
            version = one.program.version
    load = f"{CONNECTIONS} connections, one thread"
    notes = [
        f"{asked.pairs} interleaved pairs of {SLICE:,} requests, medians, in brackets quartiles; {load}",
        f"load average {busy:.1f} when it began",
    ]
    finish("balancing", rows, notes=notes, more_versions=[f"HAProxy {version}"])


if __name__ == "__main__":
    main()
