"""A database of 40 connections, pools of 10, and up to four times the load that three workers carry: never exhausted,
and what is accepted is answered in time. The table goes into docs/proofs.md; some two minutes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from benchmarks._tables import ROOT, put, table
from tests.prove.connections.application import POOL
from tests.prove.connections.arriving import Clients, Seen
from tests.prove.connections.ground import (
    CONNECTIONS,
    RESERVED,
    Served,
    Watching,
    database,
    left_behind,
    refusals,
    served,
)

HOLD_S = 0.1  # of a connection by a request: ten connections carry 100/s, which two busy cores answer with ease
CARRIED = POOL / HOLD_S  # by a worker
GOAL_MS = 500
LATE_MS_MAX = 50  # at p99
SETTLE_S, SECONDS = 5.0, 12.0
LOADS = (0.5, 1.0, 2.0, 4.0)  # of what three workers carry, of which the database has room for two
RELOADS, KILLS = 2, 3
WORDS = (
    *("--workers", "1..8", "--capacity", str(CARRIED), "--concurrency", str(POOL), "--pool", str(POOL)),
    *("--goal", f"p99<{GOAL_MS}ms"),
)


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    seen: Seen
    workers: int
    most: int
    refusals: int


@dataclass
class Stage:
    one: Served
    clients: Clients
    watching: Watching
    asking: asyncpg.Connection
    refusals: Callable[[], int]

    async def play(self, what: str, load: float, beside: Awaitable[object] | None = None) -> Row:
        """Settled first; `beside` happens meanwhile."""
        per_s = load * 3 * CARRIED
        await self.clients.arrive(per_s, SETTLE_S, 1)
        self.watching.most, before = 0, self.refusals()
        happening = asyncio.ensure_future(beside or asyncio.sleep(0))
        seen = await self.clients.arrive(per_s, SECONDS, 2)
        await happening
        status = await self.one.status()
        return Row(what, seen, status.ready, self.watching.most, self.refusals() - before)

    async def reload(self) -> None:
        for _ in range(RELOADS):
            self.one.reload()
            for _ in range((await self.one.status()).ready):
                await self.one.until(r"w\d+: gone")

    async def kill(self, left_s: list[float]) -> None:
        """The oldest worker, each time that all are ready."""
        for _ in range(KILLS):
            await asyncio.sleep(SECONDS / (KILLS + 1))
            worker = max((await self.one.status()).workers, key=lambda worker: worker.age_s or 0.0)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            left_s.append(await left_behind(self.asking, f"{worker.name}-{worker.pid}"))


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    with database() as server:
        watching, asking = await asyncpg.connect(server.dsn), await asyncpg.connect(server.dsn)
        seen = Watching(watching)
        task = asyncio.create_task(seen.forever())
        try:
            async with served(server, folder, *WORDS, hold_s=HOLD_S) as one:
                clients = Clients(one.port)
                yield Stage(one, clients, seen, asking, lambda: refusals(server))
                clients.close()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            seen.close()
            asking.terminate()


async def played(folder: Path) -> tuple[list[Row], list[float]]:
    left_s: list[float] = []
    async with stage(folder) as one:
        rows = [await one.play(f"{load:.0%}", load) for load in LOADS]
        rows.append(await one.play(f"200%, {RELOADS} rolling reloads", 2.0, one.reload()))
        rows.append(await one.play(f"200%, {KILLS} × kill -9", 2.0, one.kill(left_s)))
    return rows, left_s


def written(rows: list[Row], left_s: list[float]) -> str:
    headings = [
        "load", "offered", "accepted", "refused", "failed", "p50", "p99", "workers", "connections", "refusals",
    ]  # fmt: skip
    lines = [
        [
            row.what, f"{row.seen.statuses.total() / SECONDS:,.0f}/s", f"{row.seen.accepted / SECONDS:,.0f}/s",
            f"{row.seen.refused / SECONDS:,.0f}/s", str(row.seen.failed), f"{row.seen.quantile_ms(0.5):.0f} ms",
            f"{row.seen.quantile_ms(0.99):.0f} ms", str(row.workers), f"{row.most} of {CONNECTIONS}", str(row.refusals),
        ]
        for row in rows
    ]  # fmt: skip
    killed = f"Connections of a killed worker were ended after {max(left_s) * 1000:.0f} ms at most."
    return "\n".join([*table(headings, lines), "", killed])


def test_a_database_of_forty_connections_is_never_exhausted(tmp_path: Path) -> None:
    rows, left_s = asyncio.run(played(tmp_path))
    text = written(rows, left_s)
    sys.stdout.write(text)
    late = max(row.seen.late_ms_p99 for row in rows)
    assert late < LATE_MS_MAX, "the load came late: this machine is too busy to tell"
    assert [row.refusals for row in rows] == [0] * len(rows)
    assert max(row.most for row in rows) <= CONNECTIONS - RESERVED
    assert {row.workers for row in rows} <= {1, 2}
    assert sum(row.seen.failed + row.seen.without_retry_after for row in rows[:-1]) == 0
    assert rows[-1].seen.failed <= KILLS * POOL  # whose answer had begun in a worker that was killed
    assert max(row.seen.quantile_ms(0.99) for row in rows[:-1]) <= GOAL_MS  # who waited for a killed worker was late
    put(ROOT / "docs" / "proofs.md", "database_connections", text)
