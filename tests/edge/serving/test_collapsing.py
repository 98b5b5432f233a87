"""One fetch for many who ask; and nobody hangs for another's sake."""

import asyncio
from contextlib import closing

from plimsoll.edge import Edge, Purge, Settings
from plimsoll.edge.serving.asgi import Receive, Scope, Send
from plimsoll.edge.serving.origin.pool import Bounds
from tests.edge.serving.town import FRESH, PATIENCE_S, Scripted, ask, before, ok, run, serving, within


def test_fifty_who_miss_at_once_are_one_fetch() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        shop.gate = asyncio.Event()
        async with serving(shop) as port, before(port) as (at, edge):
            asking = [asyncio.create_task(ask(at, "/a")) for _ in range(50)]
            await shop.came.wait()
            shop.gate.set()
            replies = await asyncio.gather(*asking)
        assert len(shop.seen) == 1
        assert {reply.body for reply in replies} == {b"hello"}
        assert edge.figures.collapsed + edge.figures.hits == 49

    run(story)


def test_what_cannot_be_shared_is_told_to_each_alone_and_soon_nobody_waits() -> None:
    async def story() -> None:
        shop = Scripted(*(ok(f"Set-Cookie: id={n}", FRESH, body=b"%d" % n) for n in range(40)))
        shop.gate = asyncio.Event()
        patient = Settings(wait_s=10 * PATIENCE_S)
        async with serving(shop) as port, before(port, settings=patient) as (at, edge):
            asking = [asyncio.create_task(ask(at, "/a")) for _ in range(10)]
            await shop.came.wait()
            shop.gate.set()
            replies = await asyncio.gather(*asking)
            assert len(shop.seen) == 10
            assert len({reply.body for reply in replies}) == 10, "no cookie was told twice"
            shop.gate = asyncio.Event()
            more = [asyncio.create_task(ask(at, "/a")) for _ in range(5)]
            async with asyncio.timeout(PATIENCE_S):
                while len(shop.seen) < 15:
                    shop.came.clear()
                    await shop.came.wait()
            shop.gate.set()
            await asyncio.gather(*more)
            assert edge.figures.collapsed == 0

    run(story)


def test_who_leads_may_leave_and_the_answer_is_stored_all_the_same() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        shop.gate = asyncio.Event()
        async with serving(shop) as port, before(port) as (at, _):
            _, writer = await asyncio.open_connection("127.0.0.1", at)
            writer.write(b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            await shop.came.wait()
            following = asyncio.create_task(ask(at, "/a"))
            writer.close()
            await writer.wait_closed()
            shop.gate.set()
            assert (await following).body == b"hello"
            assert (await ask(at, "/a")).is_hit
            assert len(shop.seen) == 1

    run(story)


def test_an_origin_that_fails_fails_for_all_who_wait() -> None:
    async def story() -> None:
        came, gate, asked = asyncio.Event(), asyncio.Event(), 0

        async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked += 1
            with closing(writer):
                await reader.readuntil(b"\r\n\r\n")
                came.set()
                await gate.wait()

        server = await asyncio.start_server(cut, "127.0.0.1", 0)
        async with server, before(server.sockets[0].getsockname()[1]) as (_, edge):
            asking = [asyncio.create_task(within(edge, "/a")) for _ in range(20)]
            await came.wait()
            gate.set()
            replies = await asyncio.gather(*asking)
        assert [reply.status for reply in replies] == [502] * 20
        assert replies[7]["content-type"] == "application/problem+json"
        assert asked == 1

    run(story)


def test_who_waits_too_long_asks_for_himself() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        shop.gate = asyncio.Event()
        async with serving(shop) as port, before(port, settings=Settings(wait_s=0.05)) as (at, _):
            asking = [asyncio.create_task(ask(at, "/a")) for _ in range(2)]
            async with asyncio.timeout(PATIENCE_S):
                while len(shop.seen) < 2:
                    shop.came.clear()
                    await shop.came.wait()
            shop.gate.set()
            assert [reply.status for reply in await asyncio.gather(*asking)] == [200, 200]

    run(story)


def test_a_client_who_does_not_read_holds_nobody_up() -> None:
    """Its fill goes on as fast as the origin sends, and others are told from the store."""

    async def story() -> None:
        pieces = [b"%06d" % n * 1_000 for n in range(500)]
        shop = Scripted((200, [FRESH], pieces))
        async with serving(shop) as port, before(port) as (at, _):
            _, writer = await asyncio.open_connection("127.0.0.1", at, limit=1)
            writer.write(b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            await shop.came.wait()
            assert (await ask(at, "/a")).body == b"".join(pieces)
            writer.close()
            assert len(shop.seen) == 1

    run(story)


def test_connections_to_the_origin_are_bounded_and_so_is_who_waits_for_one() -> None:
    async def story() -> None:
        shop = Scripted(ok())
        shop.gate = asyncio.Event()
        bounds = Bounds(connections=1, waiting=1, connect_s=PATIENCE_S)
        async with serving(shop) as port, before(port, bounds=bounds) as (at, _):
            first = asyncio.create_task(ask(at, "/a", method="POST"))
            await shop.came.wait()
            others = [asyncio.create_task(ask(at, "/b", method="POST")) for _ in range(2)]
            done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
            assert [one.result().status for one in done] == [503]
            shop.gate.set()
            assert sorted([(await one).status for one in (first, *others)]) == [200, 200, 503]

    run(story)


def test_who_hangs_up_while_an_endless_answer_passes_ends_it() -> None:
    async def story() -> None:
        over = asyncio.Event()

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                while True:
                    await send({"type": "http.response.body", "body": b"x" * 1_000, "more_body": True})
            finally:
                over.set()

        async with serving(Edge(endless)) as at:
            reader, writer = await asyncio.open_connection("127.0.0.1", at)
            writer.write(b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            await reader.readexactly(10)
            writer.close()
            async with asyncio.timeout(PATIENCE_S):
                await over.wait()

    run(story)


def test_a_validation_answers_all_who_wait_and_only_who_asked_if_a_purge_overtakes_it() -> None:
    async def story() -> None:
        for purged in (False, True):
            now = [1e9]
            shop = Scripted(
                ok("Cache-Control: max-age=10", 'ETag: "1"', "Cache-Tag: t"), (304, ["Cache-Control: max-age=10"], [])
            )
            edge = Edge(shop, clock=lambda now=now: now[0])  # type: ignore[misc]
            await within(edge, "/a")
            now[0] += 20
            shop.gate = asyncio.Event()
            shop.came.clear()
            asking = [
                asyncio.create_task(within(edge, "/a", *lines)) for lines in ((), (), (), ("Cache-Control: a=1",))
            ]
            await shop.came.wait()
            if purged:
                edge.purge(Purge(tags=("t",)))
            shop.gate.set()
            replies = await asyncio.gather(*asking)
            assert {reply.body for reply in replies} == {b"hello"}
            assert ("collapsed" in replies[1]["cache-status"]) == (not purged)
            assert ("stored" in replies[0]["cache-status"]) == (not purged)

    run(story)


def test_who_forbids_to_store_leads_nobody() -> None:
    async def story() -> None:
        edge = Edge(Scripted(ok(FRESH)))
        await within(edge, "/a", "Cache-Control: no-store")
        assert not edge._flights._passed
        await within(edge, "/a")
        assert (await within(edge, "/a")).is_hit

    run(story)


def test_all_that_is_collected_at_once_is_bounded() -> None:
    async def story() -> None:
        edge = Edge(Scripted((200, [FRESH], [b"x" * 600] * 2)), settings=Settings(filling_bytes=1_000))
        for lines in ((), ("Authorization: me",)):
            assert len((await within(edge, "/a", *lines)).body) == 1_200
        assert edge.store.statistics().entries == 0
        assert edge._desk.budget.left == 1_000

    run(story)
