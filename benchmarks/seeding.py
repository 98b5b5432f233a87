"""`plimsoll seed` beside `pgbench -i` (the limit) and beside row-by-row Faker and INSERT, on the same server.

    python benchmarks/seeding.py [--pairs 3] [--no-faker] [--write]

Ours fills the reference platform's tables: a million segments with all they refer to, the whole of `small`; and
pgbench's own tables, with the same million rows as `pgbench -i` makes. Each in a database of its own, in turning order;
times are the best of the pairs, memory the worst.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._bank import DSN_VARIABLE, SCALE
from benchmarks._clients import call
from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from fluentscribe.database.migrating import migrate
from plimsoll.embedded import PostgresServer, start_postgres

MILLION = 1_000_000
MILLION_S_MAX = 30.0
SMALL_S_MAX = 20.0
PEAK_MB_MAX = 300.0
FAKER_ROWS = 5_000
SECONDS_MAX = 600.0
HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "src" / "fluentscribe" / "seeds"
PARENTS = ("organizations", "profiles", "organization_members", "projects", "project_members", "file_uploads")
SEGMENTS = (*PARENTS, "qa_sessions", "qa_segments")
ACCOUNTS_PLAN = f"""
now = 2026-06-30T18:00:00Z
[tables.pgbench_branches]
rows = {SCALE}
[tables.pgbench_branches.columns]
bbalance = {{ value = 0 }}
filler = {{ null = 1.0 }}
[tables.pgbench_tellers]
rows = {10 * SCALE}
[tables.pgbench_tellers.columns]
bid = {{ number = {{ uniform = {{ low = 1, high = {SCALE} }} }} }}
tbalance = {{ value = 0 }}
filler = {{ null = 1.0 }}
[tables.pgbench_accounts]
rows = {MILLION}
[tables.pgbench_accounts.columns]
bid = {{ number = {{ uniform = {{ low = 1, high = {SCALE} }} }} }}
abalance = {{ value = 0 }}
filler = {{ value = "" }}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A fill: its wall time without the start of the client, what it left on disk, and what the client took."""

    rows: int
    seconds: float
    disk_mb: float
    cpu_s: float = 0.0
    peak_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def disk_rate(self) -> float:
        return self.disk_mb / self.seconds


@dataclass(slots=True)
class Ground:
    """A server, and a folder for what its clients leave behind."""

    server: PostgresServer
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The DSN of an empty database, which goes away afterwards."""
        name = f"seeding_{next(self._numbers)}"
        yield self.server.create_database(name)
        self.server.drop_database(name)

    def size_mb(self, dsn: str) -> float:
        name = dsn.rpartition("/")[2]
        return float(self.server.sql(f"SELECT pg_database_size('{name}')")) / 1e6

    def child(self, dsn: str, argv: Sequence[object]) -> tuple[dict[str, Any], float]:
        """What it printed, and its CPU seconds."""
        ended = call(argv, SECONDS_MAX, {DSN_VARIABLE: dsn}, self.folder, (0,))
        said: dict[str, Any] = json.loads(ended.output)
        return said, ended.cpu_s

    def pgbench(self, dsn: str, *more: str) -> float:
        """Seconds of `pgbench -i`."""
        began = perf_counter()
        argv = [self.server.binaries.program("pgbench"), "-i", "-q", "-s", str(SCALE), *more, "-d", dsn]
        call(argv, SECONDS_MAX, {}, self.folder, (0,))
        return perf_counter() - began


Contender = Callable[[Ground], Measured]


def seeded(ground: Ground, dsn: str, *argv: object) -> Measured:
    before_mb = ground.size_mb(dsn)
    said, cpu_s = ground.child(dsn, [sys.executable, HERE / "_seeded.py", DSN_VARIABLE, *argv])
    rows, disk_mb = sum(said["rows"].values()), ground.size_mb(dsn) - before_mb
    return Measured(rows, said["seconds"], disk_mb, cpu_s, said["peak_mb"])


def a_million(ground: Ground) -> Measured:
    with ground.database() as dsn:
        asyncio.run(migrate(dsn))
        only = [word for table in SEGMENTS for word in ("--table", table)]
        return seeded(ground, dsn, SEEDS / "large.toml", "--rows", f"qa_segments={MILLION}", *only)


def small(ground: Ground) -> Measured:
    with ground.database() as dsn:
        asyncio.run(migrate(dsn))
        return seeded(ground, dsn, SEEDS / "small.toml")


def accounts(ground: Ground) -> Measured:
    plan = ground.folder / "accounts.toml"
    plan.write_text(ACCOUNTS_PLAN, encoding="utf-8")
    with ground.database() as dsn:
        ground.pgbench(dsn, "-I", "dtp")  # tables and keys alone
        only = ["--table", "pgbench_branches", "--table", "pgbench_tellers", "--table", "pgbench_accounts"]
        return seeded(ground, dsn, plan, *only)


def pgbench(ground: Ground) -> Measured:
    with ground.database() as dsn:
        before_mb = ground.size_mb(dsn)
        seconds = ground.pgbench(dsn)
        return Measured(MILLION + 11 * SCALE, seconds, ground.size_mb(dsn) - before_mb)


def by_faker(python: Path) -> Contender:
    def measure(ground: Ground) -> Measured:
        with ground.database() as dsn:
            asyncio.run(migrate(dsn))
            seeded(ground, dsn, SEEDS / "small.toml")
            before_mb = ground.size_mb(dsn)
            said, cpu_s = ground.child(dsn, [python, HERE / "_faker_rows.py", DSN_VARIABLE, FAKER_ROWS])
            return Measured(said["rows"], said["seconds"], ground.size_mb(dsn) - before_mb, cpu_s)

    return measure


def measure_pairs(ground: Ground, contenders: dict[str, Contender], pairs: int) -> dict[str, list[Measured]]:
    measured: dict[str, list[Measured]] = {name: [] for name in contenders}
    names = list(contenders)
    for pair in range(pairs):
        for name in names[pair % len(names) :] + names[: pair % len(names)]:
            got = contenders[name](ground)
            measured[name].append(got)
            print(f"pair {pair + 1}: {name:10} {got.seconds:6.2f} s {got.rate:9,.0f} rows/s", file=sys.stderr)
    return measured


def rows_of(measured: dict[str, list[Measured]]) -> list[Row]:
    best = {name: min(found, key=lambda one: one.seconds) for name, found in measured.items()}
    million, platform, ours, limit = (best[name] for name in ("million", "small", "accounts", "pgbench"))
    peak = max(one.peak_mb for found in measured.values() for one in found)
    rows = [
        _time_row("a million segments with all they refer to", million, MILLION_S_MAX),
        _time_row(f"`small`, {platform.rows:,} rows in all", platform, SMALL_S_MAX),
        Row("our CPU for the million, imports and all", f"{million.cpu_s:.1f} s"),
        _rate_row("pgbench's own rows, beside `pgbench -i`", ours, limit),
        _rate_row("the million, beside `pgbench -i`", million, limit),
        _disk_row("tables and keys on disk, beside `pgbench -i`", million, limit),
    ]
    if "faker" in best:
        rows.append(_rate_row("the million, beside Faker and INSERT row by row", million, best["faker"]))
    bound = f"< {PEAK_MB_MAX:g} MB"
    return [*rows, Row("peak memory", f"{peak:,.0f} MB", "", "", bound, peak < PEAK_MB_MAX)]


def _time_row(what: str, ours: Measured, bound_s: float) -> Row:
    return Row(what, f"{ours.seconds:.1f} s", "", "", f"< {bound_s:g} s", ours.seconds < bound_s)


def _rate_row(what: str, ours: Measured, theirs: Measured) -> Row:
    return Row(what, f"{ours.rate:,.0f} rows/s", f"{theirs.rate:,.0f} rows/s", f"{ours.rate / theirs.rate:.2f}")


def _disk_row(what: str, ours: Measured, theirs: Measured) -> Row:
    ratio = ours.disk_rate / theirs.disk_rate
    return Row(what, f"{ours.disk_rate:,.0f} MB/s", f"{theirs.disk_rate:,.0f} MB/s", f"{ratio:.2f}")


def main() -> None:
    parser = options("Seeding beside pgbench -i and Faker.", pairs=3)
    parser.add_argument("--no-faker", action="store_true", help="leave Faker out, which is installed first")
    asked = parser.parse_args()
    contenders: dict[str, Contender] = {"million": a_million, "pgbench": pgbench, "accounts": accounts, "small": small}
    with (
        python_with("faker", "psycopg[binary]") if not asked.no_faker else _no_faker() as (python, said),
        start_postgres() as server,
        tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as folder,
    ):
        if python is not None:
            contenders["faker"] = by_faker(python)
        measured = measure_pairs(Ground(server, Path(folder)), contenders, asked.pairs)
        version = server.version
    notes = [
        f"best of {asked.pairs}; every one in an empty database of the same server, which shares the cores with us",
        f"Faker makes {FAKER_ROWS:,} segments; disk is what the database grew by",
        *([] if python is not None else [said]),
    ]
    others = [f"PostgreSQL and pgbench {version}", *([said] if python is not None else [])]
    finish("seeding", rows_of(measured), notes=notes, more_versions=others)


@contextmanager
def _no_faker() -> Iterator[tuple[Path | None, str]]:
    yield None, "Faker was left out (--no-faker)"


if __name__ == "__main__":
    main()
