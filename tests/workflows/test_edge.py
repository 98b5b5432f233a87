"""An edge before an application whose database is changed by somebody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.edge.serving.asgi import Application, Receive, Scope, Send
from plimsoll.edge.serving.origin.origin import Place
from plimsoll.embedded import PostgresServer
from plimsoll.postgres.dsn import read_target
from plimsoll.testing.postgres import fresh_database
from plimsoll.workflows.edge import EdgeRequest, Telling, serve
from tests.edge.exchange import get
from tests.edge.serving.town import PATIENCE_S, Scripted, ask, ok, run, serving


@pytest.fixture
def shop(postgres_server: PostgresServer) -> Iterator[str]:
    with fresh_database(postgres_server) as name:
        yield postgres_server.dsn_of(name)


def notes(pool: asyncpg.Pool) -> Application:
    """GET /ID tells the note of that row, for an hour, tagged by it."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        number = int(scope["path"][1:])
        note = await pool.fetchval("SELECT note FROM orders WHERE id = $1", number)
        head = [(b"cache-control", b"max-age=3600"), (b"cache-tag", b"order:%d" % number)]
        status = 200 if note is not None else 404
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": (note or "gone").encode()})

    return application


@asynccontextmanager
async def edge_before(port: int, dsn: str, staleness_s: float = PATIENCE_S) -> AsyncIterator[tuple[int, list[str]]]:
    stop, said, began = asyncio.Event(), list[str](), asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("changes are followed"):
            began.set()

    target = read_target(dsn, {}, where="test")
    request = EdgeRequest(Place("http", "127.0.0.1", port), port=0, database=target, staleness_s=staleness_s)
    task = asyncio.create_task(serve(request, stop, say))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait({task, asyncio.ensure_future(began.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield int(said[0].rsplit(":", 1)[1]), said
    finally:
        stop.set()
        await task


def test_a_row_that_is_changed_or_deleted_is_soon_not_told_again(shop: str) -> None:
    async def story() -> None:
        async with asyncpg.create_pool(shop, min_size=1, max_size=2) as pool:
            await pool.execute("CREATE TABLE orders (id int PRIMARY KEY, note text)")
            async with pool.acquire() as connection:
                await carry_out(connection, await plan_install(connection, [Watch.parse("orders=order:{id}")]))
            await pool.execute("INSERT INTO orders VALUES (1, 'old'), (2, 'other')")
            async with serving(notes(pool)) as port, edge_before(port, shop) as (at, said):
                for path in ("/1", "/2", "/1", "/2"):
                    reply = await ask(at, path)
                assert reply.is_hit
                await pool.execute("UPDATE orders SET note = 'new' WHERE id = 1")
                assert await changed(at, "/1", b"old") == b"new"
                assert (await ask(at, "/1")).is_hit
                assert (await ask(at, "/2")).is_hit, "nobody touched that one"
                await pool.execute("DELETE FROM orders WHERE id = 1")
                assert await changed(at, "/1", b"new") == b"gone"
            assert said[-1].startswith("ended: ")

    run(story)


async def changed(at: int, path: str, before: bytes) -> bytes:
    """What is told once it is not what was told before."""
    async with asyncio.timeout(PATIENCE_S):
        while (reply := await ask(at, path)).body == before:
            pass
    return reply.body


def test_tags_that_no_purge_would_find_are_said_with_the_address_on_one_line() -> None:
    said: list[str] = []
    telling = Telling(Scripted(ok()), said.append)
    telling.passed(get(), "no-store")
    telling.passed(get(path="/a\x1b[2J"), "unreadable tags")
    telling.passed(get(), "tags")
    assert said == ["not stored: the answer of example.com/a\N{REPLACEMENT CHARACTER}[2J has tags that cannot be read"]
