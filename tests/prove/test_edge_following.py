"""An edge that follows a database never tells what is older than it promises, whatever keeps it from hearing of
changes; the table goes into docs/proofs.md."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic
from typing import Any

import asyncpg
import pytest

from benchmarks._tables import ROOT, put, table
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.edge.serving.edge import Edge
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.edge.serving.town import ask, run, serving
from tests.workflows.test_edge import edge_before, notes

STALENESS_S = 0.25
COMMITS = 300
READERS = 4
EVERY_S = 0.02  # between two commits
TERMINATED_EVERY_S, LOCKED_EVERY_S, LOCKED_S = 0.3, 2.0, 1.0
ENDING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%plimsoll_changes.poll%' AND pid <> $1
"""

Fault = Callable[[asyncpg.Connection], Coroutine[Any, Any, None]]


@dataclass
class Seen:
    """Reads as they were told: `late_s` by how long after a commit one began that did not have it."""

    reads: int = 0
    hits: int = 0
    late_s: list[float] = field(default_factory=list)

    @property
    def violations(self) -> int:
        return sum(late > STALENESS_S for late in self.late_s)


async def nothing(connection: asyncpg.Connection) -> None:
    await asyncio.Event().wait()


async def terminating(connection: asyncpg.Connection) -> None:
    """Who polls loses its connection, again and again."""
    while True:
        await asyncio.sleep(TERMINATED_EVERY_S)
        await connection.execute(ENDING, connection.get_server_pid())


async def locking(connection: asyncpg.Connection) -> None:
    """Polls do not come back for longer than what is promised, and commits that write no tags go on."""
    while True:
        await asyncio.sleep(LOCKED_EVERY_S)
        async with connection.transaction():
            await connection.execute("LOCK TABLE plimsoll_changes.state IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(LOCKED_S)


async def history(dsn: str, fault: Fault) -> Seen:
    """Commits of one row, one after the other, and readers who ask the edge for it all the while."""
    seen, committed, over = Seen(), [(0.0, 0)], asyncio.Event()

    async def read(at: int) -> None:
        while not over.is_set():
            begun_s = monotonic()
            reply = await ask(at, "/1")
            told = int(reply.body)
            seen.reads += 1
            seen.hits += reply.is_hit
            missed = [at_s for at_s, number in committed if number > told and at_s < begun_s]
            if missed:
                seen.late_s.append(begun_s - missed[0])

    async with (
        asyncpg.create_pool(dsn, min_size=2, max_size=8) as pool,
        faulty(dsn, fault),
        serving(notes(pool)) as port,
        edge_before(port, dsn, STALENESS_S) as (at, _),
    ):
        readers = [asyncio.create_task(read(at)) for _ in range(READERS)]
        for number in range(1, COMMITS + 1):
            await pool.execute("UPDATE orders SET note = $1 WHERE id = 1", str(number))
            committed.append((monotonic(), number))
            await asyncio.sleep(EVERY_S)
        over.set()
        await asyncio.gather(*readers)
    return seen


@asynccontextmanager
async def faulty(dsn: str, fault: Fault) -> AsyncIterator[None]:
    connection = await asyncpg.connect(dsn)
    task = asyncio.create_task(fault(connection))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


async def furnished(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    await connection.execute("INSERT INTO orders VALUES (1, '0')")
    await carry_out(connection, await plan_install(connection, [Watch.parse("orders=order:{id}")]))
    await connection.close()


FAULTS = {"none": nothing, "connections of the poller ended": terminating, "polls hang for a second": locking}


def test_nothing_older_than_promised_is_told(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[str]] = []

    def row(name: str, seen: Seen) -> None:
        late = [0.0, *sorted(seen.late_s)]
        p99 = quantiles(late, n=100)[98] if len(late) > 1 else 0.0
        worst = [f"{one * 1000:.0f} ms" for one in (p99, late[-1])]
        rows.append([name, str(COMMITS), f"{seen.reads:,}", f"{seen.hits / seen.reads:.0%}", f"{len(seen.late_s):,}"])
        rows[-1] += [*worst, str(seen.violations)]

    async def story() -> None:
        for name, fault in FAULTS.items():
            with fresh_database(postgres_server) as database:
                dsn = postgres_server.dsn_of(database)
                await furnished(dsn)
                seen = await history(dsn, fault)
                row(name, seen)
                assert seen.violations == 0, name
        monkeypatch.setattr(Edge, "tell_by", lambda edge, is_known: None)
        with fresh_database(postgres_server) as database:
            dsn = postgres_server.dsn_of(database)
            await furnished(dsn)
            seen = await history(dsn, locking)
            row("polls hang, and the edge believes that it knows", seen)
            assert seen.violations > 0, "the check sees nothing"

    run(story)
    headings = [
        "fault",
        "commits",
        "reads",
        "hits",
        "stale within",
        "p99 of these",
        "latest",
        f"after {STALENESS_S * 1000:g} ms",
    ]
    put(ROOT / "docs" / "proofs.md", "edge_following", "\n".join(table(headings, rows)))
