"""What a request is must be the same for us and for the origin (RFC 9112, 11.2): raw bytes on real sockets."""

import asyncio

import pytest

from tests.edge.serving.town import FRESH, Scripted, before, ok, raw, run, serving

BODY = b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: shop.example\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: shop.example\r\n"
GET = b"GET /a HTTP/1.1\r\nHost: shop.example\r\n"
CLOSE = b"Connection: close\r\n"

REFUSED = {
    "length and chunks": POST + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(BODY) + BODY,
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a signed length": POST + b"Content-Length: +5\r\n\r\nhello",
    "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "bare line feeds": GET.replace(b"\r\n", b"\n") + b"\n",
    "a bare line feed in the head": GET + b"X: 1\nContent-Length: 5\r\n\r\nhello",
    "a bare line feed in chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + BODY,
    "a folded field": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n" + BODY,
    "a chunk's size that is none": POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "another coding": POST + CLOSE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + BODY,
    "a coding in disguise": POST + CLOSE + b"Transfer-Encoding: xchunked\r\n\r\n" + BODY,
    "codings on two lines": POST + CLOSE + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    "two hosts": GET + CLOSE + b"Host: evil.example\r\n\r\n",
    "no host": b"GET /a HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a host that is none": b"GET /a HTTP/1.1\r\nHost: a/b\r\n" + CLOSE + b"\r\n",
    "NUL in a field": GET + CLOSE + b"X: a\0b\r\n\r\n",
    "CR in a field": GET + CLOSE + b"X: a\rb\r\n\r\n",
    "a head too long": GET + b"X: " + b"x" * 40_000 + b"\r\n\r\n",
    "a head without end": GET + b"X: " + b"x" * 80_000,
    "too many fields": GET + b"X: 1\r\n" * 150 + b"\r\n",
    "a method for tunnels": b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n" + CLOSE + b"\r\n",
    "TRACE": GET.replace(b"GET", b"TRACE") + CLOSE + b"\r\n",
    "PURGE": GET.replace(b"GET", b"PURGE") + CLOSE + b"\r\n",
}


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED)
def test_what_may_be_read_in_two_ways_is_refused(request_bytes: bytes) -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        async with serving(shop) as port, before(port) as (at, _):
            came = await raw(at, request_bytes)
        assert came.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), came[:100]
        assert came.count(b"HTTP/1.1 ") == 1
        assert shop.seen == []

    run(story)


def test_a_body_that_nobody_read_is_never_the_next_request() -> None:
    """llhttp leaves the body of a request that asks for another protocol to that protocol."""

    async def story() -> None:
        shop = Scripted(ok())
        inner = b"GET /admin HTTP/1.1\r\nHost: shop.example\r\n\r\n"
        for line in (b"Upgrade: h2c\r\nConnection: Upgrade\r\n", b""):
            async with serving(shop) as port, before(port) as (at, _):
                reader, writer = await asyncio.open_connection("127.0.0.1", at)
                writer.write(POST + line + b"Content-Length: %d\r\n" % len(inner) + (b"" if line else CLOSE) + b"\r\n")
                await writer.drain()
                writer.write(inner)
                await reader.read()
                writer.close()
        assert [seen.target for seen in shop.seen] == ["/a"], "only the one without Upgrade had a body"
        assert shop.seen[0].body == inner

    run(story)


def test_a_request_that_is_cut_off_does_not_reach_the_origin_as_a_whole() -> None:
    async def story() -> None:
        shop = Scripted(ok())
        async with serving(shop) as port, before(port) as (at, _):
            for part in (b"Content-Length: 10\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"):
                _, writer = await asyncio.open_connection("127.0.0.1", at)
                writer.write(POST + part)
                await shop.came.wait() if shop.seen else await asyncio.sleep(0)
                writer.close()
                await writer.wait_closed()
            await raw(at, GET + CLOSE + b"\r\n")
        assert not any(seen.body == b"half" and seen.method == "GET" for seen in shop.seen)
        assert shop.seen[-1].method == "GET"

    run(story)


def test_trailers_are_no_fields() -> None:
    async def story() -> None:
        shop = Scripted(ok())
        trailers = b"X-Forwarded-Host: evil\r\nHost: evil\r\nAuthorization: me\r\n\r\n"
        async with serving(shop) as port, before(port) as (at, _):
            await raw(at, POST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + trailers)
        (seen,) = shop.seen
        assert (seen.body, seen["host"], seen["authorization"]) == (b"x", "shop.example", "")

    run(story)


def test_requests_in_one_go_are_answered_one_after_the_other() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH, body=b"1"), ok(FRESH, body=b"2"))
        async with serving(shop) as port, before(port) as (at, _):
            came = await raw(at, GET + b"\r\n" + GET.replace(b"/a", b"/b") + b"\r\n" + GET + CLOSE + b"\r\n")
        assert [part[-1:] for part in came.split(b"HTTP/1.1 200 OK")[1:]] == [b"\n", b"\n", b"1"]

    run(story)
