"""Closed loop, 8 connections, one process: `plimsoll run` with recording on, beside pgbench, a bare loop and Locust.

    python benchmarks/closed_loop.py [--pairs 7] [--seconds 10] [--no-locust] [--write]

Each pair is all of them one after another on the same server, in turning order; figures are medians over the pairs,
the ratio to pgbench is the median of the pairs' ratios. CPU is the client's alone.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._bank import DSN_VARIABLE, SCALE, SELECT, USERS, Bank, bank, pgbench_count, pgbench_rate
from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with

CPU_US_MAX = 22.0
RATIO_MIN = 0.5
ACCOUNTS = SCALE * 100_000
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Measured:
    """Statements per second, client CPU a statement (µs), and the same with all that is around it."""

    rate: float
    cpu_us: float
    whole_cpu_us: float | None = None


Contender = Callable[[Bank, float], Measured]


def plimsoll(bank: Bank, seconds: float) -> Measured:
    """The worker's own CPU as the summary has it, and that of worker and coordinator, imports and all."""
    summary, ended = bank.plimsoll(seconds, "--users", str(USERS))
    if not summary["valid"] or summary["errors"]:
        raise SystemExit(f"the run is not valid: {summary['invalid_because']}, {summary['errors']} errors")
    whole = ended.cpu_s / summary["requests"] * 1e6
    return Measured(summary["rate_per_s"], summary["generator"]["cpu_us_per_request"], whole)


def pgbench(bank: Bank, seconds: float) -> Measured:
    ended = bank.pgbench(seconds)
    return Measured(pgbench_rate(ended.output), ended.cpu_s / pgbench_count(ended.output) * 1e6)


def bare_asyncpg(bank: Bank, seconds: float) -> Measured:
    argv = [sys.executable, HERE / "_asyncpg_loop.py", DSN_VARIABLE, SELECT, str(ACCOUNTS), str(USERS), str(seconds)]
    said = json.loads(bank.call(argv, seconds).output)
    return Measured(said["rate"], said["cpu_us"])


def locust(python: Path) -> Contender:
    def measure(bank: Bank, seconds: float) -> Measured:
        result = bank.folder / "locust.json"
        more = {"QUERY": SELECT, "ACCOUNTS": str(ACCOUNTS), "RESULT": str(result)}
        file = ["-f", HERE / "_locustfile.py", "--headless", "--only-summary", "-L", "WARNING"]
        load = ["-u", str(USERS), "-r", str(USERS), "-t", f"{max(1, round(seconds))}s", "--stop-timeout", "5"]
        bank.call([python, "-m", "locust", *file, *load], seconds, more)
        said = json.loads(result.read_text(encoding="utf-8"))
        if said["failures"]:
            raise SystemExit(f"Locust had {said['failures']} failures")
        return Measured(said["rate"], said["cpu_us"])

    return measure


def measure_pairs(
    bank: Bank, contenders: dict[str, Contender], pairs: int, seconds: float
) -> dict[str, list[Measured]]:
    measured: dict[str, list[Measured]] = {name: [] for name in contenders}
    names = list(contenders)
    for pair in range(pairs):
        turned = names[pair % len(names) :] + names[: pair % len(names)]
        for name in turned:
            got = contenders[name](bank, seconds)
            measured[name].append(got)
            print(f"pair {pair + 1}: {name:12} {got.rate:9,.0f}/s  {got.cpu_us:6.2f} µs", file=sys.stderr)
    return measured


def rows_of(measured: dict[str, list[Measured]]) -> list[Row]:
    ours, theirs = measured["plimsoll"], measured["pgbench"]
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    ratio, cpu = median(ratios), median(m.cpu_us for m in ours)
    whole = median(m.whole_cpu_us or 0.0 for m in ours)
    spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    rows = [
        Row("statements per second, beside pgbench", _rate(ours), _rate(theirs), spread, "≥ 0.5", ratio >= RATIO_MIN),
        _cpu_row("pgbench", cpu, theirs, bound=True),
        _cpu_row("a bare asyncpg loop", cpu, measured["asyncpg"]),
    ]
    if "locust" in measured:
        rows.append(_cpu_row("Locust with psycopg", cpu, measured["locust"]))
        rows.append(_rate_row("Locust with psycopg", ours, measured["locust"]))
    rows.append(_rate_row("a bare asyncpg loop", ours, measured["asyncpg"]))
    rows.append(Row("the same with coordinator, imports and start", f"{whole:.1f} µs"))
    return rows


def _rate(measured: list[Measured]) -> str:
    return f"{median(m.rate for m in measured):,.0f}/s"


def _rate_row(peer: str, ours: list[Measured], theirs: list[Measured]) -> Row:
    ratio = median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    return Row(f"statements per second, beside {peer}", _rate(ours), _rate(theirs), f"{ratio:.2f}")


def _cpu_row(peer: str, ours_us: float, theirs: list[Measured], *, bound: bool = False) -> Row:
    peer_us = median(m.cpu_us for m in theirs)
    said = f"≤ {CPU_US_MAX:g} µs" if bound else ""
    kept = ours_us <= CPU_US_MAX if bound else None
    what = f"client CPU a statement, beside {peer}"
    return Row(what, f"{ours_us:.2f} µs", f"{peer_us:.2f} µs", f"{ours_us / peer_us:.2f}", said, kept)


def main() -> None:
    parser = options("Closed loop beside pgbench, bare asyncpg and Locust.", pairs=7, seconds=10.0)
    parser.add_argument("--no-locust", action="store_true", help="leave Locust out, which is installed first")
    asked = parser.parse_args()
    contenders: dict[str, Contender] = {"pgbench": pgbench, "plimsoll": plimsoll, "asyncpg": bare_asyncpg}
    with (
        python_with("locust", "psycopg[binary]") if not asked.no_locust else no_locust() as (python, said),
        bank() as made,
    ):
        if python is not None:
            contenders["locust"] = locust(python)
        measured = measure_pairs(made, contenders, asked.pairs, asked.seconds)
        server = made.server.version
    note = f"{asked.pairs} interleaved pairs of {asked.seconds:g} s, medians; {USERS} connections, scale {SCALE}"
    others = [f"PostgreSQL and pgbench {server}", *([said] if python is not None else [])]
    notes = [note] if python is not None else [note, said]
    finish("closed_loop", rows_of(measured), notes=notes, more_versions=others)


@contextmanager
def no_locust() -> Iterator[tuple[Path | None, str]]:
    yield None, "Locust was left out (--no-locust)"


if __name__ == "__main__":
    main()
