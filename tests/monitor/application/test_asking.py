"""Asking an application's endpoint over HTTP: what it answers, and what is said when that is of no use."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.observation import Observation
from plimsoll.monitor.application.address import followed, parse_address
from plimsoll.monitor.application.collector import ApplicationCollector, application_collectors
from plimsoll.monitor.application.fetching import BODY_BYTES_MAX, parse_head
from plimsoll.monitor.collecting.collector import CollectorLostError, now

TEXT = b"# TYPE up gauge\nup 1\n"


def answer(body: bytes = TEXT, status: str = "200 OK", *lines: str) -> bytes:
    """With a length, unless the lines say how long it is."""
    stated = lines if any("ransfer" in line for line in lines) else (*lines, f"Content-Length: {len(body)}")
    return "\r\n".join((f"HTTP/1.1 {status}", *stated, "", "")).encode() + body


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x;note=1\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))


ANSWERS = {
    "/plain": answer(),
    "/packed": answer(
        gzip.compress(TEXT), "200 OK", "Content-Encoding: gzip", "content-type: text/plain; version=0.0.4"
    ),
    "/chunked": answer(chunked(TEXT[:7], TEXT[7:]), "200 OK", "Transfer-Encoding: chunked"),
    "/endless": b"HTTP/1.0 200 OK\r\n\r\n" + TEXT,
    "/early": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(),
    "/moved": answer(b"", "302 Found", "Location: /plain"),
    "/away": answer(b"", "302 Found", "Location: http://example.org/plain"),
    "/round": answer(b"", "307 Temporary Redirect", "Location: round"),
    "/missing": answer(b"", "404 Not Found"),
    "/closed": answer(b"", "401 Unauthorized"),
    "/page": answer(b"<html></html>", "200 OK", "Content-Type: text/html"),
    "/prose": answer(b"Hello, this is not what you want.\n"),
    "/binary": answer(b"\xff\xfe\x00"),
    "/brotli": answer(b"x", "200 OK", "Content-Encoding: br"),
    "/bomb": answer(gzip.compress(b"a" * (BODY_BYTES_MAX + 1)), "200 OK", "Content-Encoding: gzip"),
    "/large": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nup 1\n",
    "/half": answer(gzip.compress(TEXT)[:-9], "200 OK", "Content-Encoding: gzip"),
    "/other": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "/silent": b"",
    "/odd": answer(b"zz\r\n", "200 OK", "Transfer-Encoding: chunked"),
    "/head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
}


@asynccontextmanager
async def application(asked: list[str]) -> AsyncIterator[str]:
    """Answers by path; `asked` are the heads of the requests."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(ANSWERS[head.split(" ")[1].partition("?")[0]])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


def with_application(test: Callable[[str], Awaitable[None]], asked: list[str] | None = None) -> None:
    async def go() -> None:
        async with application([] if asked is None else asked) as place:
            await test(place)

    asyncio.run(go())


def values(seen: Observation) -> dict[str, float]:
    return {str(key): value for key, value in seen.values.items()}


def test_an_endpoint_is_read_however_it_sends_its_text() -> None:
    async def test(place: str) -> None:
        for path in ("/plain", "/packed", "/chunked", "/endless", "/early", "/moved"):
            seen = await ApplicationCollector(f"http://{place}{path}", 10.0).collect()
            assert values(seen) == {"application_up": 1.0}, path

    with_application(test)


LOST = {
    "/away": "another host, which is not followed",
    "/round": "on and on",
    "/missing": "HTTP 404: there is nothing under this path",
    "/closed": "HTTP 401: its credentials are wanting",
    "/page": "answers with text/html",
    "/prose": "something else than Prometheus' text",
    "/binary": "something that is no text",
    "/brotli": "packed as br",
    "/bomb": "more than 5 MB",
    "/large": "more than 5 MB",
    "/short": "ends too early",
    "/half": "ends too early",
    "/other": "not HTTP's",
    "/silent": "ends too early",
    "/odd": "does not answer as HTTP does",
    "/head": "its head is too long",
}


def test_what_is_of_no_use_is_said_in_plain_words() -> None:
    async def test(place: str) -> None:
        for path, words in LOST.items():
            with pytest.raises(CollectorLostError) as lost:
                await ApplicationCollector(f"http://{place}{path}", 10.0).collect()
            assert words in str(lost.value), path

    with_application(test)


def test_a_port_that_speaks_no_tls_and_one_where_nobody_listens_are_lost() -> None:
    async def speak_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def test() -> None:
        server = await asyncio.start_server(speak_at_once, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(CollectorLostError, match="cannot be reached: TLS fails"):
            await ApplicationCollector(f"https://127.0.0.1:{port}/", 10.0).collect()
        server.close()
        await server.wait_closed()
        with pytest.raises(CollectorLostError, match="cannot be reached: nobody listens there"):
            await ApplicationCollector(f"http://127.0.0.1:{port}/", 10.0).collect()

    asyncio.run(test())


def test_credentials_are_sent_and_never_shown() -> None:
    asked: list[str] = []

    async def test(place: str) -> None:
        collector = ApplicationCollector(f"http://me:hun%20ter@{place}/missing?token=abc", 10.0)
        with pytest.raises(CollectorLostError) as lost:
            await collector.collect()
        shown = f"{lost.value} {collector.name} {collector._address!r}"
        assert not {"me:", "ter", "abc", "token"} & set(shown.replace("/", " ").split())
        assert "hun" not in shown
        assert "token" not in shown

    with_application(test, asked)
    assert "Authorization: Basic bWU6aHVuIHRlcg==\r\n" in asked[0]
    assert asked[0].startswith("GET /missing?token=abc HTTP/1.1\r\n")


STARTED = "process_start_time_seconds {}\njobs_total {}\n"


def test_an_application_begun_anew_is_an_event_and_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(place: str) -> None:
        collector = ApplicationCollector(f"http://{place}/plain", 10.0)
        moment = now()
        seen = []
        for started, jobs in ((100.0, 50), (100.0, 150), (900.0, 200), (900.0, 230), (100.0, 300)):
            monkeypatch.setattr("plimsoll.monitor.application.collector.now", lambda at=moment: at)
            monkeypatch.setitem(ANSWERS, "/plain", answer(STARTED.format(started, jobs).encode()))
            seen.append(await collector.collect())
            moment = replace(moment, steady_s=moment.steady_s + 10, wall_s=moment.wall_s - 3600)
        rates = [values(one).get("application_jobs_per_s") for one in seen]
        assert rates == [None, 10.0, None, 3.0, None]
        assert [[event.kind for event in one.events] for one in seen] == [[], [], ["restart"], [], []]
        assert [len(one.notes) for one in seen] == [0, 0, 0, 0, 1]  # who was there before is back: they take turns

    with_application(test)


def test_several_endpoints_are_told_apart_and_a_single_one_needs_no_label() -> None:
    one, other = application_collectors(["http://a:8000/metrics", "https://u:p@b/other?x=1"], 10.0)
    assert [one._own, other._own] == [(("endpoint", "a:8000/metrics"),), (("endpoint", "b/other"),)]
    assert application_collectors(["http://a:8000/metrics"], 10.0)[0]._own == ()


# -- addresses


@pytest.mark.parametrize(
    ("url", "shown", "target"),
    [
        ("http://localhost:8000", "http://localhost:8000/metrics", "/metrics"),
        ("https://me:secret@example.org/a?b=c", "https://example.org/a", "/a?b=c"),
        ("http://[::1]:9/x", "http://[::1]:9/x", "/x"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str, target: str) -> None:
    address = parse_address(url)
    assert str(address) == shown
    assert address.target == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://a/b",
        "http://",
        "http://a:99999/",
        "http://a/b c",
        "http://a/\r\nX: y",
        "http://[::1/",
    ],
)
def test_an_address_of_no_use_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_address(url)
    assert "http://127.0.0.1:8000/metrics" in refused.value.remedy


def test_only_the_same_host_port_and_scheme_is_followed() -> None:
    address = parse_address("http://me:x@a:8000/metrics")
    assert followed(address, "/metrics/") == replace(address, target="/metrics/")
    assert followed(address, "https://a:8000/metrics") is None
    assert followed(address, "http://a/metrics") is None
    assert followed(address, "//evil/metrics") is None
    assert followed(address, "http://[") is None


@pytest.mark.parametrize("text", ["", "HTTP/2 200", "HTTP/1.1 2000 OK", "HTTP/1.1", "ICY 200 OK"])
def test_a_first_line_that_is_not_http_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="first line"):
        parse_head(text)
