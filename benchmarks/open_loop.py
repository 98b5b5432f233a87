"""Open loop at 3,000/s: starts against the plan, and how late they are, beside `pgbench -R 3000`.

    python benchmarks/open_loop.py [--pairs 3] [--seconds 20] [--rate 3000] [--write]

Starts are compared with the schedule that profile and seed give, one by one, to the nanosecond. Lag is how late the
generator came to an arrival; pgbench's is from its own log of each transaction. Medians over the pairs; what must hold
for each arrival is held against all of them.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks._bank import SCALE, USERS, Bank, bank
from benchmarks._planned import Starts, starts_of
from benchmarks._tables import Row, finish, options
from plimsoll.runs.directory import RunDirectory

LAG_P50_MS_MAX = 0.2
LAG_P99_MS_MAX = 2.0
_LAG_COLUMN = 6  # of pgbench's log with -R: client, transaction, time, script, epoch, µs, schedule lag in µs


@dataclass(frozen=True, slots=True)
class Pair:
    starts: Starts
    dropped: int
    latency_p99_ms: float
    pgbench_lag_ms: tuple[float, float, float]  # p50, p99, max


def measure(bank: Bank, rate: float, seconds: float) -> Pair:
    summary, _ = bank.plimsoll(seconds, "--rate", f"{rate:g}", "--max-users", "100")
    if not summary["valid"]:
        raise SystemExit(f"the run is not valid: {summary['invalid_because']}")
    starts = starts_of(RunDirectory(bank.run_directory(summary)))
    lost = summary["dropped"] + summary["incomplete"]
    return Pair(starts, lost, summary["latency_ms"]["p99"], _pgbench_lag_ms(bank, rate, seconds))


def _pgbench_lag_ms(bank: Bank, rate: float, seconds: float) -> tuple[float, float, float]:
    prefix = bank.folder / "pgbench_lag"
    bank.pgbench(seconds, "-R", f"{rate:g}", "-l", "--log-prefix", str(prefix))
    logs = list(bank.folder.glob("pgbench_lag.*"))
    lag_us = np.concatenate([np.loadtxt(log, usecols=_LAG_COLUMN, ndmin=1) for log in logs])
    for log in logs:
        log.unlink()
    p50, p99 = np.quantile(lag_us, [0.5, 0.99], method="inverted_cdf") / 1000
    return float(p50), float(p99), float(lag_us.max()) / 1000


def rows_of(pairs: list[Pair]) -> list[Row]:
    planned = sum(len(pair.starts.planned) for pair in pairs)
    as_planned = all(pair.starts.as_planned for pair in pairs)
    early = sum(pair.starts.early + pair.starts.first_step_early for pair in pairs)
    exactly = f"all of {planned:,}" if as_planned else f"not all of {planned:,}"
    return [
        Row("starts that equal the plan to the nanosecond", exactly, "", "", "all", as_planned),
        Row("starts before their time", str(early), "", "", "0", early == 0),
        Row("arrivals dropped or cut off", str(sum(pair.dropped for pair in pairs))),
        _lag_row("p50", 0.5, 0, pairs, LAG_P50_MS_MAX),
        _lag_row("p99", 0.99, 1, pairs, LAG_P99_MS_MAX),
        _lag_row("max", 1.0, 2, pairs, None),
        Row("latency p99 from the intended start", f"{median(pair.latency_p99_ms for pair in pairs):.3f} ms"),
    ]


def _lag_row(name: str, q: float, theirs: int, pairs: list[Pair], bound_ms: float | None) -> Row:
    ours_ms = median(pair.starts.lag_ms(q) for pair in pairs)
    peer_ms = median(pair.pgbench_lag_ms[theirs] for pair in pairs)
    bound = "" if bound_ms is None else f"< {bound_ms:g} ms"
    kept = None if bound_ms is None else ours_ms < bound_ms
    ratio = f"{ours_ms / peer_ms:.2f}" if peer_ms else ""
    return Row(f"lag {name}, beside pgbench -R", f"{ours_ms:.3f} ms", f"{peer_ms:.3f} ms", ratio, bound, kept)


def main() -> None:
    parser = options("Open loop beside pgbench -R.", pairs=3, seconds=20.0)
    parser.add_argument("--rate", type=float, default=3000.0, help="arrivals per second (3000)")
    asked = parser.parse_args()
    with bank() as made:
        pairs = [measure(made, asked.rate, asked.seconds) for _ in range(asked.pairs)]
        server = made.server.version
    note = f"{asked.pairs} pairs of {asked.seconds:g} s at {asked.rate:,.0f}/s (Poisson), scale {SCALE}; medians"
    peer = f"pgbench: {USERS} connections; its lag is to the start of the transaction, so waiting for a client is in it"
    finish("open_loop", rows_of(pairs), notes=[note, peer], more_versions=[f"PostgreSQL and pgbench {server}"])


if __name__ == "__main__":
    main()
