"""What watching costs, beside prometheus-node-exporter and prometheus-postgres-exporter scraped at the same periods.

    python benchmarks/watch_cost.py [--seconds 120] [--no-browser] [--write]

A database with 1,000 tables, 2,000 indexes and 2,000 statements in pg_stat_statements, under a small steady load, is
watched: headless, then with the dashboard and one browser that looks at its first page, then by the two exporters.
CPU is that of the watching processes (the browser's own is not counted), of one core; the database's is the CPU time of
the backends that answer them.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg
import psutil

from benchmarks._clients import PLIMSOLL
from benchmarks._tables import Row, finish, options
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.embedded.starting import free_port

TABLES, STATEMENTS = 1_000, 2_000
HOST_S, DATABASE_S = 2.0, 10.0
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SETTLE_S = 15.0  # the first looks read more than the later ones


@dataclass(frozen=True, slots=True)
class Cost:
    """Shares of one core; memory of the watching processes at the end."""

    cpu: float
    database_cpu: float
    memory_mb: float


async def furnish(dsn: str) -> None:
    """The tables, each with a primary key and one more index, and statements that are counted apart."""
    connection = await asyncpg.connect(dsn)
    try:
        for start in range(0, TABLES, 100):
            made = (
                f"CREATE TABLE t{n} (id int PRIMARY KEY, a int, b text); CREATE INDEX ON t{n} (a);"
                f"INSERT INTO t{n} SELECT g, g % 10, 'text' FROM generate_series(1, 50) g;"
                for n in range(start, start + 100)
            )
            await connection.execute("".join(made))
        await connection.execute("ANALYZE")
        for n in range(STATEMENTS):
            await connection.fetch(f"SELECT a, b FROM t{n % TABLES} WHERE id = 1{' OR a = 2' if n >= TABLES else ''}")
    finally:
        await connection.close()


@contextmanager
def light_load(dsn: str) -> Iterator[None]:
    """Some queries a second, so that there is something to see; its cost is on other backends than those measured."""
    code = (
        "import asyncio, asyncpg, sys\n"
        "async def go():\n"
        "    c = await asyncpg.connect(sys.argv[1])\n"
        "    n = 0\n"
        "    print('connected', flush=True)\n"
        "    while True:\n"
        f"        await c.fetch(f'SELECT a FROM t{{n % {TABLES}}} WHERE id = $1', n % 50); n += 1\n"
        "        await asyncio.sleep(0.05)\n"
        "asyncio.run(go())\n"
    )
    load = subprocess.Popen([sys.executable, "-c", code, dsn], stdout=subprocess.PIPE)
    try:
        assert load.stdout is not None
        assert load.stdout.readline() == b"connected\n"
        yield
    finally:
        load.kill()
        load.communicate()


@contextmanager
def running(argv: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Iterator[psutil.Process]:
    child = subprocess.Popen(
        argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=cwd
    )
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
        child.kill()
        child.wait()


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def cpu_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def backends(server: PostgresServer, known: set[int]) -> list[psutil.Process]:
    """Those that serve clients and were not there before."""
    children = psutil.Process(server.pid).children()
    return [one for one in children if one.pid not in known and "127.0.0.1" in " ".join(one.cmdline())]


def measured(
    watching: list[psutil.Process], server: PostgresServer, known: set[int], seconds: float, tick: Callable[[], None]
) -> Cost:
    """Over `seconds`, after some to settle; `tick` is called each second."""
    for _ in range(int(SETTLE_S)):
        tick()
        time.sleep(1)  # what is measured is how much goes by
    began = time.perf_counter()
    processes, answering = [one for each in watching for one in family(each)], backends(server, known)
    before, before_database = cpu_s(processes), cpu_s(answering)
    while time.perf_counter() - began < seconds:
        tick()
        time.sleep(1)
    passed = time.perf_counter() - began
    cost = (cpu_s(processes) - before) / passed
    memory = sum(one.memory_info().rss for one in processes if one.is_running()) / 1e6
    return Cost(cost, (cpu_s(answering) - before_database) / passed, memory)


def backend_pids(server: PostgresServer) -> set[int]:
    return {one.pid for one in psutil.Process(server.pid).children()}


def ours(server: PostgresServer, dsn: str, seconds: float, browser: str | None) -> Cost:
    known = backend_pids(server)
    port = free_port()
    with TemporaryDirectory(prefix="plimsoll-watch-") as folder, ExitStack() as stack:
        argv = [str(PLIMSOLL), "watch", "--dsn", "env:WATCHED", "--port", str(port)]
        argv += [] if browser else ["--no-dashboard"]
        watching = stack.enter_context(running(argv, env={"WATCHED": dsn}, cwd=Path(folder)))
        await_answer(f"http://127.0.0.1:{port}/health/live")
        if browser:
            page = f"http://127.0.0.1:{port}/"
            flags = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser"]
            stack.enter_context(running([browser, *flags, "--remote-debugging-port=0", page]))
        return measured([watching], server, known, seconds, lambda: None)


def theirs(server: PostgresServer, dsn: str, seconds: float) -> Cost:
    known = backend_pids(server)
    node, postgres = free_port(), free_port()
    address = f"127.0.0.1:{node}", f"127.0.0.1:{postgres}"
    with (
        running(["prometheus-node-exporter", f"--web.listen-address={address[0]}"]) as one,
        running(
            ["prometheus-postgres-exporter", f"--web.listen-address={address[1]}"],
            env={"DATA_SOURCE_NAME": f"{dsn}?sslmode=disable"},
        ) as other,
    ):
        for place in address:
            await_answer(f"http://{place}/metrics")
        return measured([one, other], server, known, seconds, Scraper(address))


class Scraper:
    """Asks both at the periods at which we look."""

    def __init__(self, addresses: tuple[str, str]) -> None:
        self._due = dict.fromkeys(addresses, 0.0)
        self._period = dict(zip(addresses, (HOST_S, DATABASE_S), strict=True))

    def __call__(self) -> None:
        for address, due in self._due.items():
            if time.monotonic() >= due:
                self._due[address] = time.monotonic() + self._period[address]
                urllib.request.urlopen(f"http://{address}/metrics", timeout=10).read()


def await_answer(url: str, seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()  # noqa: S310
            return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def share(value: float) -> str:
    return f"{value:.2%} of a core"


def main() -> None:
    parser = options("What watching costs.", seconds=120.0)
    parser.add_argument("--no-browser", action="store_true", help="leave the dashboard out")
    asked = parser.parse_args()
    browser = None if asked.no_browser else next(filter(None, map(shutil.which, CHROMIUM)), None)
    exporters = shutil.which("prometheus-node-exporter") and shutil.which("prometheus-postgres-exporter")
    with start_postgres() as server:
        dsn = server.create_database("watched")
        server.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", database="watched")
        asyncio.run(furnish(dsn))
        with light_load(dsn):
            bare = ours(server, dsn, asked.seconds, None)
            full = ours(server, dsn, asked.seconds, browser) if browser else None
            peer = theirs(server, dsn, asked.seconds) if exporters else None
    finish("watch_cost", list(rows(bare, full, peer)), notes=[_note(browser, bool(exporters))])


def rows(bare: Cost, full: Cost | None, peer: Cost | None) -> Iterator[Row]:
    def compared(what: str, ours: float, theirs: float | None, bound: float, say: Callable[[float], str]) -> Row:
        other = "" if theirs is None else say(theirs)
        ratio = "" if not theirs else f"{ours / theirs:.2f}"
        return Row(what, say(ours), other, ratio, f"< {say(bound)}", ours < bound)

    def megabytes(value: float) -> str:
        return f"{value:.0f} MB"

    yield compared("CPU, headless", bare.cpu, None if peer is None else peer.cpu, 0.005, share)
    yield compared("memory, headless", bare.memory_mb, None if peer is None else peer.memory_mb, 80, megabytes)
    yield compared("the database's CPU", bare.database_cpu, None if peer is None else peer.database_cpu, 0.002, share)
    if full is not None:
        yield compared("CPU, dashboard and a browser", full.cpu, None, 0.01, share)
        yield compared("memory, dashboard and a browser", full.memory_mb, None, 150, megabytes)


def _note(browser: str | None, exporters: bool) -> str:
    missing = [] if exporters else ["the exporters are not installed"]
    missing += [] if browser else ["no browser"]
    return "; ".join([f"host every {HOST_S:g} s, database every {DATABASE_S:g} s, as by default", *missing])


if __name__ == "__main__":
    main()
