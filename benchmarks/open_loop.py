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
_COLUMNS = (2, 6)  # of pgbench's log with -R: client, transaction, latency in µs, script, epoch, µs, lag in µs


@dataclass(frozen=True, slots=True)
class Peer:
    """What pgbench's log says, in ms: schedule lag p50, p99 and max, and latency p99 from the scheduled start."""

    lag: tuple[float, float, float]
    latency_p99: float


@dataclass(frozen=True, slots=True)
class Pair:
    starts: Starts
    dropped: int
    invalid_because: tuple[str, ...]
    latency_p99_ms: float
    peer: "Peer"


def measure(bank: Bank, rate: float, seconds: float) -> Pair:
    summary, _ = bank.plimsoll(seconds, "--rate", f"{rate:g}", "--max-users", str(USERS))
    starts = starts_of(RunDirectory(bank.run_directory(summary)))
    lost = summary["dropped"] + summary["incomplete"]
    because = tuple(summary["invalid_because"])
    return Pair(starts, lost, because, summary["latency_ms"]["p99"], _pgbench(bank, rate, seconds))


def _pgbench(bank: Bank, rate: float, seconds: float) -> Peer:
    prefix = bank.folder / "pgbench_lag"
    bank.pgbench(seconds, "-R", f"{rate:g}", "-l", "--log-prefix", str(prefix))
    logs = list(bank.folder.glob("pgbench_lag.*"))
    latency_ms, lag_ms = np.concatenate([np.loadtxt(log, usecols=_COLUMNS, ndmin=2) for log in logs]).T / 1000
    for log in logs:
        log.unlink()
    p50, p99 = np.quantile(lag_ms, [0.5, 0.99], method="inverted_cdf").tolist()
    return Peer((p50, p99, float(lag_ms.max())), float(np.quantile(latency_ms, 0.99, method="inverted_cdf")))


def rows_of(pairs: list[Pair]) -> list[Row]:
    planned = sum(len(pair.starts.planned) for pair in pairs)
    as_planned = all(pair.starts.as_planned for pair in pairs)
    early = sum(pair.starts.early + pair.starts.first_step_early for pair in pairs)
    valid = sum(not pair.invalid_because for pair in pairs)
    exactly = f"all of {planned:,}" if as_planned else f"not all of {planned:,}"
    return [
        Row("starts that equal the plan to the nanosecond", exactly, "", "", "all", as_planned),
        Row("starts before their time", str(early), "", "", "0", early == 0),
        Row("arrivals dropped or cut off", str(sum(pair.dropped for pair in pairs))),
        _lag_row("p50", 0.5, 0, pairs, LAG_P50_MS_MAX),
        _lag_row("p99", 0.99, 1, pairs, LAG_P99_MS_MAX),
        _lag_row("max", 1.0, 2, pairs, None),
        _latency_row(pairs),
        Row("runs that may be believed", f"{valid} of {len(pairs)}", "", "", "all", valid == len(pairs)),
    ]


def _latency_row(pairs: list[Pair]) -> Row:
    ours_ms = median(pair.latency_p99_ms for pair in pairs)
    peer_ms = median(pair.peer.latency_p99 for pair in pairs)
    what = "latency p99 from the intended start, beside pgbench -R"
    return Row(what, f"{ours_ms:.3f} ms", f"{peer_ms:.3f} ms", f"{ours_ms / peer_ms:.2f}")


def _lag_row(name: str, q: float, theirs: int, pairs: list[Pair], bound_ms: float | None) -> Row:
    ours_ms = median(pair.starts.lag_ms(q) for pair in pairs)
    peer_ms = median(pair.peer.lag[theirs] for pair in pairs)
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
    load = f"{asked.pairs} pairs of {asked.seconds:g} s at {asked.rate:,.0f}/s (Poisson), scale {SCALE}; medians"
    notes = [
        f"{load}; {USERS} users, or clients, with a connection each",
        "pgbench's lag runs to the start of the transaction: waiting for a client is in it, in ours it is apart (wait)",
        *(f"not valid: {why}" for pair in pairs for why in pair.invalid_because),
    ]
    finish("open_loop", rows_of(pairs), notes=notes, more_versions=[f"PostgreSQL and pgbench {server}"])


if __name__ == "__main__":
    main()
