"""What the triggers cost a write, and how soon a poller sees a commit.

    python benchmarks/changelog.py [--seconds 10] [--write]

pgbench updates one row of a table by its key: without triggers, with ours, and with one that tells the same by NOTIFY;
in turns, on one server, waiting for the disk at each commit and not. Then one table is written at 1,000 transactions a
second while a poller reads the changelog: from before each COMMIT was sent to when the poller's sinks were told. In
the end as many pollers as a platform may have processes poll at once, while there is always something to find.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg
import psutil
import uvloop

from benchmarks._tables import Row, finish, options
from plimsoll.changes.installing import carry_out, plan_install, plan_remove
from plimsoll.changes.poller import Poller
from plimsoll.changes.polling import Change, Pace, Reason, State
from plimsoll.changes.watch import Watch
from plimsoll.embedded import PostgresServer, start_postgres

ROWS = 100_000
CLIENTS = 8
ROUNDS = 5
RATE, WRITERS = 1_000, 10
LOST_MAX, P99_MS_MAX = 0.30, 50.0
POLLERS, CROWD_S = 50, 3.0
TABLE = f"""
CREATE TABLE orders (id int PRIMARY KEY, org int NOT NULL, note text NOT NULL, changed timestamptz);
INSERT INTO orders SELECT g, g % 100, 'a note of some length, as rows have them', now()
FROM generate_series(1, {ROWS}) g;
VACUUM ANALYZE orders
"""
UPDATE = f"\\set id random(1, {ROWS})\nUPDATE orders SET changed = now() WHERE id = :id;\n"
NOTIFY = """
CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('changes', 'order:' || NEW.id || ',org:' || NEW.org); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER tell AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tell()
"""
KINDS = ("without", "ours", "notify")
CASES = ((1, "on"), (CLIENTS, "on"), (CLIENTS, "off"))  # clients, synchronous_commit
WATCH = Watch.parse("orders=order:{id},org:{org}")


class Seen:
    """When each number that was written was told."""

    def __init__(self) -> None:
        self.at_s: dict[str, float] = {}

    async def apply(self, changes: Sequence[Change]) -> None:
        now = time.perf_counter()
        for change in changes:
            for tag in change.tags:
                self.at_s.setdefault(tag, now)

    async def forget(self, reason: Reason) -> None:
        pass

    async def moved(self, state: State, sent_s: float) -> None:
        pass


async def furnished(dsn: str, kind: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        ours = plan_install(connection, [WATCH]) if kind == "ours" else plan_remove(connection)
        await carry_out(connection, await ours)
        await connection.execute(NOTIFY if kind == "notify" else "DROP TRIGGER IF EXISTS tell ON orders")
        await connection.execute("VACUUM orders")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def updates(
    server: PostgresServer, dsn: str, script: Path, case: tuple[int, str], seconds: float
) -> tuple[float, float]:
    """Updates a second, and µs of the server's CPU for each, once all sessions have ended."""
    clients, waiting = case
    argv = [server.binaries.program("pgbench"), "-n", "-M", "prepared", "-f", script, "-c", clients, "-j", 1]
    words = [str(word) for word in (*argv, "-T", max(1, round(seconds)), dsn)]
    environ = {**os.environ, "PGOPTIONS": f"-c synchronous_commit={waiting}"}
    before_s = ended_cpu_s(server)
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=seconds + 60, env=environ)
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    assert rate is not None, done.stdout
    assert count is not None, done.stdout
    while sessions(server):
        time.sleep(0.01)
    return float(rate[1]), (ended_cpu_s(server) - before_s) / int(count[1]) * 1e6


def sessions(server: PostgresServer) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'changelog' AND backend_type = 'client backend'"
    return server.sql(asked) != "0"


def ended_cpu_s(server: PostgresServer) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return float(times.children_user + times.children_system)


async def delays_ms(dsn: str, seconds: float) -> tuple[list[float], float, float]:
    """From before each COMMIT to the sinks; writes a second that came about; polls a second."""
    seen, sent_s = Seen(), dict[str, float]()
    poller = Poller(lambda: asyncpg.connect(dsn), [seen])
    await poller.poll()
    polling = asyncio.create_task(poller.run())
    connections = [await asyncpg.connect(dsn) for _ in range(WRITERS)]
    began = time.perf_counter()
    count = int(RATE * seconds)

    async def writer(which: int) -> None:
        statement = await connections[which].prepare("INSERT INTO orders VALUES ($1, 0, 'new', now())")
        for number in range(which, count, WRITERS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            sent_s[f"order:{ROWS + 1 + number}"] = time.perf_counter()
            await statement.fetch(ROWS + 1 + number)

    await asyncio.gather(*map(writer, range(WRITERS)))
    took = time.perf_counter() - began
    polls = poller.counts.polls
    while len(seen.at_s.keys() & sent_s.keys()) < count:  # noqa: ASYNC110  # a sink here does nothing but note
        await asyncio.sleep(0.01)
    polling.cancel()
    await asyncio.wait([polling])
    for connection in connections:
        await connection.close()
    return [(seen.at_s[tag] - at) * 1e3 for tag, at in sent_s.items()], count / took, polls / took


async def long_poll_ms(dsn: str) -> tuple[float, float]:
    """The median poll with nothing to find: usually, and behind a transaction that was open all the time."""
    poller = Poller(lambda: asyncpg.connect(dsn), [Seen()])
    writer, holder = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    found = []
    for statement in ("SELECT 1", "BEGIN; UPDATE orders SET org = 1 WHERE id = 1"):
        await holder.execute(statement)
        for number in range(2, 5_002):
            await writer.execute("UPDATE orders SET org = $1 WHERE id = $1", number)
        await poller.poll()
        took = []
        for _ in range(200):
            began = time.perf_counter()
            await poller.poll()
            took.append((time.perf_counter() - began) * 1e3)
        found.append(statistics.median(took))
    await poller.close()
    await writer.close()
    await holder.close()
    return found[0], found[1]


async def crowd(dsn: str) -> float:
    """Polls a second of POLLERS together, once each knows of the others."""
    pollers = [Poller(lambda: asyncpg.connect(dsn), [Seen()]) for _ in range(POLLERS)]
    for poller in pollers:
        await poller.poll()
    polling = [asyncio.create_task(poller.run()) for poller in pollers]
    writer = await asyncpg.connect(dsn)
    counted = []
    for seconds in (CROWD_S / 2, CROWD_S):
        until_s = time.perf_counter() + seconds
        while time.perf_counter() < until_s:
            await writer.execute("SELECT plimsoll_changes.write('{order:1}')")
            await asyncio.sleep(0.002)
        counted.append((sum(poller.counts.polls for poller in pollers), time.perf_counter()))
    for task in polling:
        task.cancel()
    await asyncio.wait(polling)
    await writer.close()
    (before, began_s), (after, ended_s) = counted
    return (after - before) / (ended_s - began_s)


Rates = dict[tuple[int, str, str], list[float]]


def costs(rates: Rates, cpus_us: dict[str, list[float]]) -> Iterator[Row]:
    for clients, waiting in CASES:
        bare, ours, notify = (statistics.median(rates[clients, waiting, kind]) for kind in KINDS)
        what = f"one-row UPDATEs, {clients} client{'s' * (clients > 1)}, synchronous_commit {waiting}"
        bound, kept = (f"> {1 - LOST_MAX:.2f}", ours / bare > 1 - LOST_MAX) if waiting == "on" else ("", None)
        yield Row(what, f"{ours:,.0f}/s", f"{bare:,.0f}/s without", f"{ours / bare:.2f}", bound, kept)
        yield Row("the same", f"{ours:,.0f}/s", f"{notify:,.0f}/s by NOTIFY", f"{ours / notify:.2f}")
    bare, ours, notify = (statistics.median(cpus_us[kind]) for kind in KINDS)
    yield Row("the server's CPU for one of these", f"{ours:.0f} µs", f"{bare:.0f} µs without", f"{ours / bare:.2f}")
    yield Row("the same", f"{ours:.0f} µs", f"{notify:.0f} µs by NOTIFY", f"{ours / notify:.2f}")


def delayed(delays: Sequence[float], rate: float, polls: float, long: Sequence[float]) -> Iterator[Row]:
    cuts = statistics.quantiles(delays, n=100)
    yield Row(f"commit seen, p50 at {rate:,.0f} writes/s", f"{cuts[49]:.1f} ms", "", "", "")
    yield Row("commit seen, p99", f"{cuts[98]:.1f} ms", "", "", f"< {P99_MS_MAX:g} ms", cuts[98] < P99_MS_MAX)
    yield Row("polls", f"{polls:.0f}/s")
    ratio = long[1] / long[0]
    yield Row(
        "a poll behind a long transaction", f"{long[1]:.2f} ms", f"{long[0]:.2f} ms", f"{ratio:.2f}", "< 2", ratio < 2
    )


def crowded(polls_per_s: float) -> Iterator[Row]:
    most = Pace().polls_per_s_max
    bound, kept = f"< {most * 1.1:,.0f}/s", polls_per_s < most * 1.1
    yield Row(f"polls of {POLLERS} pollers together", f"{polls_per_s:,.0f}/s", "", "", bound, kept)


def main() -> None:
    asked = options("What the triggers cost, and how soon a commit is seen.", seconds=10.0).parse_args()
    with start_postgres() as server, TemporaryDirectory(prefix="plimsoll-changelog-") as folder:
        dsn = server.create_database("changelog")
        server.sql(*TABLE.strip().split(";\n"), database="changelog")
        script = Path(folder) / "update.sql"
        script.write_text(UPDATE, encoding="utf-8")
        rates: Rates = {}
        cpus_us: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for kind in KINDS:
                asyncio.run(furnished(dsn, kind))
                for case in CASES:
                    rate, cpu_us = updates(server, dsn, script, case, asked.seconds / ROUNDS)
                    rates.setdefault((*case, kind), []).append(rate)
                cpus_us.setdefault(kind, []).append(cpu_us)  # of the last case, in which nothing waits
        asyncio.run(furnished(dsn, "ours"))
        delays, written, polls = uvloop.run(delays_ms(dsn, asked.seconds))
        long = uvloop.run(long_poll_ms(dsn))
        together = uvloop.run(crowd(dsn))
    note = f"medians of {ROUNDS} turns; two templates; fsync on; generator, poller and server share the machine"
    finish(
        "changelog", [*costs(rates, cpus_us), *delayed(delays, written, polls, long), *crowded(together)], notes=[note]
    )


if __name__ == "__main__":
    main()
