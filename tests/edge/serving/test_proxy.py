"""A caching reverse proxy between real sockets: what is passed, what is stored, and what is told."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge.rules.policy import Policy
from plimsoll.edge.serving.front import Trust
from plimsoll.edge.serving.origin.origin import Place
from plimsoll.edge.serving.origin.pool import Bounds
from plimsoll.edge.store.entry import Limits
from plimsoll.edge.store.purge import Purge
from tests.edge.serving.town import FRESH, PATIENCE_S, Scripted, ask, before, ok, raw, read, run, serving


def test_what_is_fresh_is_told_from_the_store_with_its_age_and_head_too() -> None:
    async def story() -> None:
        shop, now = Scripted(ok(FRESH, 'ETag: "1"', body=b"0123456789")), [1e9]
        async with serving(shop) as port, before(port, clock=lambda: now[0]) as (at, _):
            missed = await ask(at, "/a?b=1")
            now[0] += 7
            hit, head = await ask(at, "/a?b=1"), await ask(at, "/a?b=1", method="HEAD")
            part, same = await ask(at, "/a?b=1", "Range: bytes=2-4"), await ask(at, "/a?b=1", 'If-None-Match: "1"')
        assert missed["cache-status"] == "Plimsoll; fwd=uri-miss"
        assert (hit.body, hit["age"], hit["cache-status"]) == (b"0123456789", "7", "Plimsoll; hit; ttl=53")
        assert (head.status, head["content-length"], head.body) == (200, "10", b"")
        assert (part.status, part["content-range"], part.body) == (206, "bytes 2-4/10", b"234")
        assert (same.status, same.body) == (304, b"")
        assert len(shop.seen) == 1

    run(story)


def test_fields_between_two_hops_stay_there_and_others_pass_as_they_came() -> None:
    async def story() -> None:
        shop = Scripted(ok("Connection: X-Mine", "X-Mine: 1", "Keep-Alive: 5", "X-Yours: a", "X-Yours: b"))
        async with serving(shop) as port, before(port) as (at, _):
            reply = await ask(
                at, "/%7Ea/..%2Fb//c?x=%20&y", "Connection: X-Secret", "X-Secret: 1", "TE: trailers", "Upgrade: h2c",
                "Proxy-Authorization: b", "X-Kept: \xe9", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6",
                "X-Real-IP: 6.6.6.6", "x_forwarded_for: 6.6.6.6", method="DELETE",
            )  # fmt: skip
        seen = shop.seen[0]
        assert seen.target == "/%7Ea/..%2Fb//c?x=%20&y"
        assert {name for name, _ in seen.fields} == {
            "host", "x-kept", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"
        }  # fmt: skip
        assert (seen["host"], seen["x-kept"], seen["x-forwarded-for"]) == ("shop.example", "\xe9", "127.0.0.1")
        assert (reply["x-mine"], reply["keep-alive"], reply["x-yours"]) == ("", "", "a, b")

    run(story)


def test_a_trusted_peer_says_who_asked_and_over_what() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        told = ("X-Forwarded-For: 10.9.8.7, junk", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example")
        async with serving(shop) as port, before(port, trust=Trust(["127.0.0.0/8"])) as (at, _):
            await ask(at, "/a", *told)
            assert not (await ask(at, "/a")).is_hit, "http and https are two"
            assert (await ask(at, "/a", *told)).is_hit
        assert shop.seen[0]["x-forwarded-for"] == "10.9.8.7, 127.0.0.1"
        assert [seen["x-forwarded-proto"] for seen in shop.seen] == ["https", "http"]
        assert {seen["x-forwarded-host"] for seen in shop.seen} == {"shop.example"}

    run(story)


def test_bodies_of_requests_pass_with_a_length_and_without() -> None:
    async def story() -> None:
        shop = Scripted(ok())
        async with serving(shop) as port, before(port) as (at, _):
            large = b"x" * 300_000
            await ask(at, "/a", method="POST", body=large)
            chunked = b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
            await ask(at, "/b", "Transfer-Encoding: chunked", method="PUT", body=chunked)
            await ask(at, "/c", "Expect: 100-continue", method="PATCH", body=b"z")
        assert [seen.body for seen in shop.seen] == [large, b"abcde", b"z"]
        assert not any(seen["x-trailer"] or seen["expect"] for seen in shop.seen)

    run(story)


def test_a_large_body_passes_in_pieces_and_is_not_stored() -> None:
    async def story() -> None:
        pieces = [b"%d" % (n % 10) * 50_000 for n in range(40)]
        shop = Scripted((200, [FRESH], pieces))
        async with serving(shop) as port, before(port, limits=Limits(bytes=1_000_000)) as (at, edge):
            for _ in range(2):
                assert (await ask(at, "/a")).body == b"".join(pieces)
            assert edge.store.statistics().entries == 0
            assert edge._desk.budget.left == edge.settings.filling_bytes
        assert len(shop.seen) == 2

    run(story)


STORABLE = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
ANSWERS = {
    "cut off": STORABLE + b"Content-Length: 10\r\n\r\nhalf",
    "cut off in chunks": STORABLE + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "two lengths": STORABLE + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\nhalf",
    "length and coding": STORABLE + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n",
    "another coding": STORABLE + b"Transfer-Encoding: gzip\r\n\r\nhalf",
    "bare line feeds": STORABLE.replace(b"\r\n", b"\n") + b"Content-Length: 4\n\nhalf",
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    "a control character": STORABLE + b"X: a\x01b\r\nContent-Length: 4\r\n\r\nhalf",
    "a name that is none": STORABLE + b"X Y: 1\r\nContent-Length: 4\r\n\r\nhalf",
    "too many fields": STORABLE + b"X: 1\r\n" * 300 + b"\r\n",
    "a protocol switched": b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_not_whole_is_told_as_such_and_never_stored(answer: bytes) -> None:
    async def story() -> None:
        async with speaking(answer) as port, before(port) as (at, edge):
            came = await raw(at, b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            reply = read(came)
            is_cut = reply.status == 200 and (b"0\r\n\r\n" not in came and len(reply.body) < 10)
            assert reply.status == 502 or is_cut
            assert edge.store.statistics().entries == 0

    run(story)


@asynccontextmanager
async def speaking(answer: bytes, then: bytes = b"") -> AsyncIterator[int]:
    """A server that says these bytes to a request, `then` at once, too, and closes; with `then` after another one."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer + then)
            await writer.drain()
            if then:
                await reader.readuntil(b"\r\n\r\n")

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def test_what_comes_before_an_answer_is_passed_on_and_the_answer_is_stored() -> None:
    async def story() -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x\r\nX: 1\r\n\r\n"
        early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + hints
        whole = STORABLE + b"Content-Length: 2\r\n\r\nok"
        async with speaking(early + whole) as port, before(port) as (at, _):
            asked = b"GET /a HTTP/1.%d\r\nHost: a\r\nConnection: close\r\n\r\n"
            came = [await raw(at, asked % version) for version in (1, 1, 0)]
        parts = came[0].split(b"\r\n\r\n")
        assert parts[:2] == [b"HTTP/1.1 102 Processing", b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>"]
        assert [part[:15] for part in parts[2:]] == [b"HTTP/1.1 200 OK", b"ok"]
        assert [read(one).is_hit for one in came[1:]] == [True, True]

    run(story)


def test_a_head_without_end_is_given_up_before_it_ends() -> None:
    async def story() -> None:
        endless = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000
        async with speaking(endless, b"x") as port, before(port, bounds=Bounds(answer_s=10 * PATIENCE_S)) as (at, _):
            assert (await ask(at, "/a")).status == 502

    run(story)


def test_trailers_of_an_answer_are_no_fields() -> None:
    async def story() -> None:
        chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: a=1\r\nX-Late: 1\r\n\r\n"
        async with speaking(STORABLE + chunks) as port, before(port) as (at, _):
            replies = [await ask(at, "/a") for _ in range(2)]
        assert [(reply.body, reply["x-late"], reply["set-cookie"]) for reply in replies] == [(b"ok", "", "")] * 2
        assert replies[1].is_hit

    run(story)


def test_a_connection_that_closes_as_it_is_taken_up_costs_only_what_may_not_be_sent_twice() -> None:
    async def story() -> None:
        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await reader.readuntil(b"\r\n\r\n")

        server = await asyncio.start_server(once, "127.0.0.1", 0)
        async with server, before(server.sockets[0].getsockname()[1]) as (at, _):
            asked = [("GET", b""), ("GET", b""), ("POST", b"x"), ("GET", b""), ("DELETE", b"")]
            replies = [await ask(at, "/a", method=method, body=body) for method, body in asked]
        assert [reply.status for reply in replies] == [200, 200, 502, 200, 200]

    run(story)


def test_idle_connections_count_among_those_to_the_origin() -> None:
    async def story() -> None:
        async with serving(Scripted(ok())) as port, before(port, bounds=Bounds(connections=1)) as (at, edge):
            await ask(at, "/a")
            pool = edge._application._pool  # type: ignore[attr-defined]
            assert len(pool._idle) == 1
            pool.give(await pool.take(fresh=True))
            assert len(pool._idle) == 0

    run(story)


def test_what_follows_an_answer_is_not_taken_for_the_next_one() -> None:
    async def story() -> None:
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        evil = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nevil"
        async with speaking(whole, evil) as port, before(port) as (at, _):
            assert [(await ask(at, path)).body for path in ("/a", "/b", "/b")] == [b"ok"] * 3

    run(story)


def test_an_idle_connection_that_the_origin_closes_costs_no_request() -> None:
    async def story() -> None:
        async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as port, before(port) as (at, _):
            assert [(await ask(at, "/a")).status for _ in range(5)] == [200] * 5

    run(story)


def test_an_origin_that_is_away_or_silent_is_told_as_a_problem() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        shop.gate = asyncio.Event()
        async with serving(shop) as port:
            async with before(port, bounds=Bounds(answer_s=0.05)) as (at, _):
                slow, wished = await ask(at, "/a"), await ask(at, "/a", "Cache-Control: only-if-cached")
            shop.gate.set()
        async with before(port) as (at, _):
            away = await ask(at, "/a")
        assert [reply["cache-status"] for reply in (slow, away)] == ["Plimsoll; fwd=uri-miss; detail=no-answer"] * 2
        assert [(reply.status, reply["content-type"]) for reply in (slow, away)] == [
            (504, "application/problem+json"), (502, "application/problem+json")
        ]  # fmt: skip
        assert (wished.status, wished["cache-status"]) == (504, "Plimsoll; detail=not-stored")
        assert away["cache-control"] == "no-store"
        assert b"127.0.0.1" not in away.body

    run(story)


def test_what_is_stale_is_told_while_it_is_validated_behind() -> None:
    async def story() -> None:
        now = [1e9]
        shop = Scripted(
            ok("Cache-Control: max-age=10, stale-while-revalidate=60", 'ETag: "1"', body=b"old"),
            (304, ["Cache-Control: max-age=10, stale-while-revalidate=60", 'ETag: "1"'], []),
        )
        async with serving(shop) as port, before(port, clock=lambda: now[0]) as (at, edge):
            await ask(at, "/a")
            now[0] += 20
            shop.came.clear()
            stale = await ask(at, "/a")
            await shop.came.wait()
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*edge._behind)
            fresh = await ask(at, "/a")
        assert (stale.body, stale["age"]) == (b"old", "20")
        assert (fresh.is_hit, fresh["age"], fresh.body) == (True, "0", b"old")
        assert [seen["if-none-match"] for seen in shop.seen] == ["", '"1"']

    run(story)


@pytest.mark.parametrize("status", [500, 502, 503, 504, None])
def test_what_is_stale_is_told_in_place_of_an_error(status: int | None) -> None:
    async def story() -> None:
        now = [1e9]
        shop = Scripted(ok("Cache-Control: max-age=10, stale-if-error=60", body=b"old"), ok(status=status or 200))
        async with AsyncExitStack() as origin:
            port = await origin.enter_async_context(serving(shop))
            async with before(port, clock=lambda: now[0]) as (at, _):
                await ask(at, "/a")
                now[0] += 20
                if status is None:
                    await origin.aclose()
                replies = [await ask(at, "/a"), await ask(at, "/a", method="HEAD")]
                now[0] += 60
                late = await ask(at, "/a")
        assert [reply.status for reply in replies] == [200, 200]
        assert replies[0].body == b"old"
        assert late.status == (status or 502)

    run(story)


@pytest.mark.parametrize(("says", "then"), [("max-age=10", 200), ("max-age=10, must-revalidate", 502)])
def test_a_restart_of_the_origin_goes_unseen_unless_that_is_forbidden(says: str, then: int) -> None:
    async def story() -> None:
        now = [1e9]
        async with AsyncExitStack() as origin:
            port = await origin.enter_async_context(serving(Scripted(ok(f"Cache-Control: {says}", body=b"old"))))
            async with before(port, clock=lambda: now[0]) as (at, edge):
                await ask(at, "/a")
                await origin.aclose()
                now[0] += 20
                assert [(await ask(at, "/a")).status, (await ask(at, "/a", method="HEAD")).status] == [then, then]
                edge.purge(Purge(everything=True))
                assert (await ask(at, "/a")).status == 502

    run(story)


def test_what_post_says_that_get_has_is_told_to_get_unless_it_was_purged_meanwhile() -> None:
    """RFC 9110, 9.3.3; and nothing that no key has may have shaped it."""

    async def story() -> None:
        same = ok(FRESH, "Content-Location: /a", "Cache-Tag: t", body=b"posted")
        shop = Scripted(ok(FRESH, body=b"before"), same)
        async with serving(shop) as port, before(port) as (at, edge):
            assert (await ask(at, "/a")).body == b"before"
            await ask(at, "/a", method="POST", body=b"12345")
            told = await ask(at, "/a")
            assert (told.body, told.is_hit, len(shop.seen)) == (b"posted", True, 2)
            for line in ("X-Forwarded-Host: evil", "Host: Shop.Example.:80"):
                await ask(at, "/a", line, method="POST", body=b"12345")
                assert not (await ask(at, "/a")).is_hit
            shop.gate, shop.came = asyncio.Event(), asyncio.Event()
            posting = asyncio.create_task(ask(at, "/a", method="POST", body=b"12345"))
            await shop.came.wait()
            edge.purge(Purge(tags=("t",)))
            shop.gate.set()
            await posting
            assert not (await ask(at, "/a")).is_hit

    run(story)


def test_a_part_is_told_again_and_its_purge_counts() -> None:
    async def story() -> None:
        part = (206, [FRESH, "Content-Range: bytes 2-5/10", "Cache-Tag: t", "Content-Length: 4"], [b"2345"])
        async with serving(Scripted(part)) as port, before(port) as (at, edge):
            await ask(at, "/a", "Range: bytes=2-5")
            again, some = await ask(at, "/a", "Range: bytes=2-5"), await ask(at, "/a", "Range: bytes=3-4")
            assert (again.status, again.body, again.is_hit, again["content-range"]) == (
                206,
                b"2345",
                True,
                "bytes 2-5/10",
            )
            assert (some.status, some.body, some.is_hit, some["content-range"]) == (206, b"34", True, "bytes 3-4/10")
            edge.purge(Purge(tags=("t",)))
            assert not (await ask(at, "/a", "Range: bytes=2-5")).is_hit

    run(story)


def test_a_304_of_something_else_is_asked_again_without_conditions() -> None:
    async def story() -> None:
        shop = Scripted(
            ok("Cache-Control: no-cache", 'ETag: "1"', body=b"old"), (304, ['ETag: "2"'], []), ok(FRESH, body=b"new")
        )
        async with serving(shop) as port, before(port) as (at, _):
            await ask(at, "/a")
            assert (await ask(at, "/a")).body == b"new"
        assert [seen["if-none-match"] for seen in shop.seen] == ["", '"1"', ""]

    run(story)


def test_an_unsafe_method_makes_what_is_stored_wrong_unless_it_fails() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        async with serving(shop) as port, before(port) as (at, _):
            await ask(at, "/a")
            shop.says = [ok(status=500)]
            await ask(at, "/a", method="POST", body=b"x")
            assert (await ask(at, "/a")).is_hit
            shop.says = [ok(FRESH, body=b"new")]
            await ask(at, "/a", method="POST", body=b"x")
            assert (await ask(at, "/a")).body == b"new"

    run(story)


def test_tags_are_for_the_edge_unless_it_is_told_otherwise() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH, "Cache-Tag: a,b"))
        async with serving(shop) as port:
            async with before(port) as (at, _):
                assert {(await ask(at, "/a"))["cache-tag"] for _ in range(2)} == {""}
            async with before(port, policy=Policy(shows_tags=True)) as (at, _):
                assert {(await ask(at, "/a"))["cache-tag"] for _ in range(2)} == {"a,b"}

    run(story)


def test_tags_that_cannot_be_read_are_told_counted_and_heard_of() -> None:
    async def story() -> None:
        shop, heard = Scripted(ok(FRESH, "Cache-Tag: order:1 order:2")), []
        async with serving(shop) as port, before(port) as (at, edge):
            edge.tell_passes(lambda request, why: heard.append((request.path, why)))
            replies = [await ask(at, "/a") for _ in range(2)]
            assert edge.figures.passed == {"unreadable tags": 2}
        assert [reply["cache-status"] for reply in replies] == ["Plimsoll; fwd=uri-miss; detail=unreadable-tags"] * 2
        assert heard == [(b"/a", "unreadable tags")] * 2

    run(story)


def test_places_are_read_or_refused() -> None:
    assert str(Place.read("https://[::1]/")) == "https://[::1]:443"
    assert str(Place.read("http://shop:81")) == "http://shop:81"
    for wrong in (
        "shop:80",
        "ftp://shop",
        "http://",
        "http://u:p@shop",
        "http://shop/path",
        "http://shop:0",
        "http://[x",
    ):
        with pytest.raises(UsageError, match="not an origin"):
            Place.read(wrong)
    with pytest.raises(UsageError, match="network"):
        Trust(["10.0.0.1/8"])


def test_a_date_is_added_where_the_origin_tells_none() -> None:
    async def story() -> None:
        async with serving(Scripted(ok())) as port, before(port, clock=lambda: 784111777.0) as (at, _):
            assert re.fullmatch("Sun, 06 Nov 1994 08:49:37 GMT", (await ask(at, "/a"))["date"])

    run(story)


def test_who_speaks_http_1_0_is_told_a_length_and_no_chunks() -> None:
    async def story() -> None:
        shop = Scripted((200, [FRESH], [b"abc", b"def"]))
        async with serving(shop) as port, before(port) as (at, _):
            for line in ("", "Authorization: me\r\n"):
                came = await raw(at, f"GET /a HTTP/1.0\r\nHost: a\r\n{line}\r\n".encode())
                reply = read(came)
                assert (reply.body, reply["content-length"], reply["transfer-encoding"]) == (b"abcdef", "6", "")
            shop.says = [(200, [], [b"x" * 2_000_000])]
            assert b" 505 " in (await raw(at, b"GET /b HTTP/1.0\r\nHost: a\r\n\r\n")).partition(b"\r\n")[0]

    run(story)


def test_a_large_body_is_told_in_pieces_from_the_store() -> None:
    async def story() -> None:
        body = bytes(range(256)) * 4_000
        async with serving(Scripted(ok(FRESH, body=body))) as port, before(port) as (at, _):
            assert (await ask(at, "/a")).body == body
            hit = await ask(at, "/a")
            assert (hit.is_hit, hit.body) == (True, body)

    run(story)


def test_what_a_slow_reader_has_not_taken_counts_among_what_is_collected() -> None:
    async def story() -> None:
        pieces = [b"x" * 100_000] * 70
        shop = Scripted((200, [FRESH], pieces))
        async with serving(shop) as port, before(port) as (at, edge):
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # the kernel takes 4 MB at most for who sends
            slow.setblocking(False)
            await asyncio.get_running_loop().sock_connect(slow, ("127.0.0.1", at))
            _, writer = await asyncio.open_connection(sock=slow, limit=1)
            writer.write(b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            await shop.came.wait()
            await ask(at, "/a")  # it is stored, and the first one has not read it
            assert edge._desk.budget.left < edge.settings.filling_bytes
            writer.close()
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*edge._leading)
            assert edge._desk.budget.left == edge.settings.filling_bytes

    run(story)
