"""What recording host and database beside a run costs it: the same closed loop watched and unwatched, in turns.

    python benchmarks/run_watch_cost.py [--pairs 7] [--seconds 10] [--write]

8 connections on one process, the server on the same machine: whatever watching takes is taken from the load. Each pair
is both one after the other, in turning order; ratios are medians over the pairs.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._bank import USERS, Bank, bank
from benchmarks._tables import Row, finish, options

LOST_MAX = 0.01
WARMUP_S = 1.0
OURS = "SELECT sum(total_exec_time) FROM pg_stat_statements WHERE query LIKE '%/* plimsoll watch */%'"


@dataclass(frozen=True, slots=True)
class Measured:
    """Statements per second, the generator's CPU for each (µs), CPU seconds of all but the generator (imports and the
    report among them), and seconds that the server spent on the watch's questions."""

    rate: float
    cpu_us: float
    beside_s: float
    server_s: float


def measure(bank: Bank, seconds: float, *, watched: bool) -> Measured:
    bank.server.sql("SELECT pg_stat_statements_reset()")
    more = ["--users", str(USERS), "--warmup", f"{WARMUP_S:g}s", *([] if watched else ["--no-watch"])]
    summary, ended = bank.plimsoll(seconds, *more)
    rate, cpu_us = summary["rate_per_s"], summary["generator"]["cpu_us_per_request"]
    beside_s = ended.cpu_s - summary["requests"] * cpu_us / 1e6
    return Measured(rate, cpu_us, beside_s, float(bank.server.sql(OURS) or 0) / 1000)


def measure_pairs(bank: Bank, pairs: int, seconds: float) -> list[tuple[Measured, Measured]]:
    found = []
    for pair in range(pairs):
        order = (True, False) if pair % 2 else (False, True)
        got = {watched: measure(bank, seconds, watched=watched) for watched in order}
        found.append((got[True], got[False]))
        print(
            f"pair {pair + 1}: watched {got[True].rate:,.0f}/s, not {got[False].rate:,.0f}/s; beside the load"
            f" {got[True].beside_s:.2f} s, {got[False].beside_s:.2f} s",
            file=sys.stderr,
        )
    return found


def rows_of(found: list[tuple[Measured, Measured]], seconds: float) -> list[Row]:
    ratios = [watched.rate / plain.rate for watched, plain in found]
    lost = 1 - median(ratios)
    said = f"{median(ratios):.3f} ({min(ratios):.3f}–{max(ratios):.3f})"
    rates = [f"{median(one[at].rate for one in found):,.0f}/s" for at in (0, 1)]
    cpus = [f"{median(one[at].cpu_us for one in found):.2f} µs" for at in (0, 1)]
    beside = median(watched.beside_s - plain.beside_s for watched, plain in found)
    server = median(watched.server_s for watched, _ in found)
    return [
        Row("statements a second, watched and not", rates[0], rates[1], said, f"≥ {1 - LOST_MAX:g}", lost <= LOST_MAX),
        Row("generator's CPU a statement, watched and not", cpus[0], cpus[1]),
        Row("CPU for watching, report and all, of one core while the load went on", f"{beside / seconds:.2%}"),
        Row("time of the server for the watch's questions, of one core", f"{server / seconds:.2%}"),
    ]


def main() -> None:
    asked = options("What recording beside a run costs it.", pairs=7, seconds=10.0).parse_args()
    with bank() as made:
        found = measure_pairs(made, asked.pairs, asked.seconds)
        server = made.server.version
    note = f"{asked.pairs} interleaved pairs of {asked.seconds:g} s, medians; {USERS} connections"
    finish(
        "run_watch_cost", rows_of(found, asked.seconds + WARMUP_S), notes=[note], more_versions=[f"PostgreSQL {server}"]
    )


if __name__ == "__main__":
    main()
