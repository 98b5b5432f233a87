"""An edge that follows a database under a stream of changes: how long after a commit what was before it is still told,
and that nothing is later than promised; the table goes into docs/proofs.md."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import asyncpg
import httpcore
import uvicorn

from benchmarks._tables import ROOT, put, table
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from plimsoll.workflows.edge_apart import Counted, RunningEdge, edge_before

ROWS, READERS, WRITERS = 200, 8, 4
CHANGES_PER_S, SECONDS = 200, 30
PROMISED_S, BOUND_MS = 0.25, 300  # what the edge may be behind, if nobody says otherwise; what p99 has to be below
LOOKED_AT_MIN = 500
UNTOLD_S = 5  # for which nobody tells the edge
PATIENCE_S = 60


@dataclass(slots=True)
class Change:
    """`committed_s` is when its COMMIT had returned, `stale_s` how long after that a read began that was told less;
    `reads` are those that began while that may be."""

    row: int
    version: int
    committed_s: float
    stale_s: float = 0.0
    reads: int = 0


@dataclass(slots=True)
class History:
    """What was committed, and what was read of it."""

    changes: list[Change] = field(default_factory=list)
    recent: deque[Change] = field(default_factory=lambda: deque(maxlen=16))
    of_row: dict[int, deque[Change]] = field(default_factory=dict)
    reads: int = 0

    def committed(self, row: int, version: int) -> None:
        change = Change(row, version, monotonic())
        self.changes.append(change)
        self.recent.append(change)
        self.of_row.setdefault(row, deque(maxlen=64)).append(change)

    def told(self, row: int, version: int, began_s: float) -> None:
        self.reads += 1
        for change in self.of_row.get(row, ()):
            if change.committed_s <= began_s:
                change.reads += began_s - change.committed_s < PROMISED_S
                if version < change.version:
                    change.stale_s = max(change.stale_s, began_s - change.committed_s)


@asynccontextmanager
async def origin(dsn: str) -> AsyncIterator[str]:
    """Tells a row's version, for an hour to whoever shares it, under the row's tag."""
    pool = await asyncpg.create_pool(dsn, min_size=READERS, max_size=READERS)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        row = int(scope["path"][1:])
        body = str(await pool.fetchval("SELECT version FROM items WHERE id = $1", row)).encode()
        fields = [(b"cache-control", b"public, s-maxage=3600"), (b"cache-tag", b"item:%d" % row)]
        fields.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", access_log=False))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
            await pool.close()


async def write(pool: Any, history: History, number: int, until_s: float) -> None:
    """At an even rate of its own; who is late makes it up."""
    random, next_s = Random(number), monotonic()
    while next_s < until_s:
        await asyncio.sleep(max(0.0, next_s - monotonic()))
        next_s += WRITERS / CHANGES_PER_S
        row = random.randrange(number, ROWS, WRITERS)  # of which nobody else changes any
        history.committed(row, await pool.fetchval(CHANGE, row))


async def read(url: str, history: History, number: int, until_s: float) -> None:
    """Rows that have just been changed, mostly; without a break."""
    random = Random(-number)
    async with httpcore.AsyncConnectionPool(max_connections=1) as client:
        while monotonic() < until_s:
            hot = history.recent and random.random() < 0.8
            row = random.choice(history.recent).row if hot else random.randrange(ROWS)
            began_s = monotonic()
            reply = await client.request("GET", f"{url}/{row}")
            assert reply.status == 200
            history.told(row, int(reply.content), began_s)


CHANGE = "UPDATE items SET version = version + 1 WHERE id = $1 RETURNING version"


async def watch(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, version int NOT NULL)")
        await carry_out(connection, await plan_install(connection, [Watch.parse("items=item:{id}")]))
    finally:
        await connection.close()


async def told_of(dsn: str, followed: str, seconds: float = SECONDS) -> tuple[History, Counted]:
    """By an edge that follows the changes of `followed`."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=WRITERS) as pool, origin(dsn) as url:
        await pool.execute("CREATE TABLE items (id int PRIMARY KEY, version int NOT NULL)")
        await pool.execute("INSERT INTO items SELECT n, 0 FROM generate_series(0, $1 - 1) n", ROWS)
        await watch(dsn)
        opened = edge_before(url, followed)
        edge: RunningEdge = await asyncio.to_thread(opened.__enter__)
        try:
            history, until_s = History(), monotonic() + seconds
            writing = [write(pool, history, number, until_s) for number in range(WRITERS)]
            reading = [read(edge.url, history, number, until_s) for number in range(READERS)]
            async with asyncio.timeout(seconds + PATIENCE_S):
                await asyncio.gather(*writing, *reading)
            return history, await asyncio.to_thread(edge.counted)
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)


def test_what_was_before_a_commit_is_told_no_longer_than_promised(database: str) -> None:
    history, counted = asyncio.run(told_of(database, database))
    looked_at = [one for one in history.changes if one.reads]
    stale_ms = sorted(one.stale_s * 1000 for one in history.changes if one.stale_s > 0) or [0.0]
    late = [one for one in stale_ms if one > PROMISED_S * 1000]
    p50, p99 = (stale_ms[int(len(stale_ms) * share)] for share in (0.5, 0.99))
    hits = 1 - counted.reached / counted.requests
    assert len(looked_at) > LOOKED_AT_MIN, "too few of them were read for this to mean anything"
    assert counted.reached < counted.requests, "nothing was told from the store"
    assert (len(late), p99 < BOUND_MS) == (0, True), (late[-5:], p99)
    headings = ["changes", "a second", "read within 250 ms", "reads", "from the store", "told what was before"]
    headings += ["p50 of these", "p99", "most", "later than 250 ms"]
    row = [
        f"{len(history.changes):,}", f"{len(history.changes) / SECONDS:.0f}", f"{len(looked_at):,}",
        f"{history.reads:,}", f"{hits:.0%}", f"{sum(one.stale_s > 0 for one in history.changes):,}",
        f"{p50:.1f} ms", f"{p99:.1f} ms", f"{stale_ms[-1]:.1f} ms", str(len(late)),
    ]  # fmt: skip
    put(ROOT / "docs" / "proofs.md", "edge_freshness", "\n".join(table(headings, [row])))


def test_an_edge_that_follows_another_database_is_found_out(database: str, postgres_server: PostgresServer) -> None:
    with fresh_database(postgres_server) as other:
        followed = postgres_server.dsn_of(other)
        asyncio.run(watch(followed))
        history, _ = asyncio.run(told_of(database, followed, UNTOLD_S))
    assert any(one.stale_s > PROMISED_S for one in history.changes)
