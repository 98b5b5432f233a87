"""Opening connections: TCP and TLS, how each can fail, and what is left open then (nothing)."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.load.http.connecting import Connector
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.tls import context_of
from plimsoll.load.language.user import User
from plimsoll.settings.web import TlsOptions, WebSettings
from tests.load.http.certificates import Authority, Shown, served_by
from tests.load.http.fed import chunked, response
from tests.load.http.server import Visit, answering
from tests.load.http.visiting import until, visiting
from tests.load.real import run


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("roots"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Shown:
    return authority.sign("server", "DNS:localhost", "IP:127.0.0.1")


def trusting(authority: Authority, **more: object) -> WebSettings:
    return WebSettings(tls=TlsOptions(ca=authority.certificate, **more))  # type: ignore[arg-type]  # by their names


async def opening(url: str) -> HttpFailure:
    """What opening a connection fails with."""
    with pytest.raises(HttpFailure) as caught:
        await Connector(parse_origin(url), None).open(lambda _: None)
    return caught.value


# -- TCP ---------------------------------------------------------------------------------------------------------------


def test_nobody_listening_is_refused_and_a_name_without_address_is_dns() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def work() -> None:
            assert (await opening(f"http://127.0.0.1:{port}")).error_class == "connection refused"
            assert (await opening("http://no-such-host.invalid")).error_class == "dns"

        run(work())


def test_every_address_of_a_name_is_tried() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), url="http://localhost:PORT") as made:
            assert (await made.one()).bytes == b"ok", "though nobody listens on ::1"

    run(work())


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_an_address_of_ipv6_is_reached() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), host="::1", url="http://[::1]:PORT") as made:
            assert (await made.one()).bytes == b"ok"
            assert made.served.seen[0].headers["host"] == f"[::1]:{made.served.port}"

    run(work())


def test_failures_to_connect_are_rows_of_their_class() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), url="http://127.0.0.1:1") as made:
            for _ in range(2):
                assert await made.failed() == "connection refused"
            assert "refused" in made.stage.problems.messages["connection refused"].lower()

    run(work())


@pytest.mark.parametrize("end", [Visit.close, Visit.reset])
def test_a_connection_that_ends_at_once_or_in_the_middle_is_a_reset(end: object) -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            seen = await visit.request() if visit.number else None
            if seen is not None:
                visit.send(response(b"hello")[:-2] if seen.target == "/body" else b"")
                await visit.writer.drain()
            end(visit)  # type: ignore[operator]  # a method of Visit

        async with visiting(script) as made:
            for path in ("/", "/", "/body"):
                assert await made.failed(path=path) == "connection reset"
            assert made.user.retries == 0

    run(work())


# -- time is up, by phase ----------------------------------------------------------------------------------------------


def test_no_answer_to_connecting_is_a_timeout_of_its_own() -> None:
    async def work() -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(0)
            port = listening.getsockname()[1]
            others = [socket.socket() for _ in range(3)]  # they fill the backlog: the next one hears nothing
            for other in others:
                other.setblocking(False)
                other.connect_ex(("127.0.0.1", port))
            settings = WebSettings(connect_timeout_s=0.05)
            async with visiting(answering(b""), url=f"http://127.0.0.1:{port}", web=settings) as made:
                assert await made.failed() == "timeout: connect"
                assert await made.failed(timeout=0.01) == "timeout: connect"
            for other in others:
                other.close()

    run(work())


def test_each_phase_has_its_timeout_and_leaves_no_connection(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(32 * 1024 * 1024)

    async def script(visit: Visit) -> None:
        head = await visit.head()
        if head is not None and b" /body" in head:
            visit.send(response(b"hello")[:-2])
        if head is not None and b" /send" in head:
            await asyncio.Event().wait()  # it reads nothing more, until the test ends
        await visit.gone()

    async def work() -> None:
        async with visiting(script, directory=tmp_path) as made:
            made.limit(first_byte_s=0.05)
            for _ in range(2):
                assert await made.failed() == "timeout: first byte"
            made.limit()
            assert await made.failed(path="/body", timeout=0.2) == "timeout: body"
            await until(lambda: made.served.open == 0)
            made.limit(first_byte_s=0.05)
            assert await made.failed("POST", "/send", files={"f": "large"}) == "timeout: send"
            assert await made.failed("POST", "/send", content=bytes(32 * 1024 * 1024)) == "timeout: send"
            assert made.served.accepted == 5
            assert made.user.web is not None
            assert made.user.web.idle is None

    run(work())


@pytest.mark.parametrize(("last", "error"), [(b"", "timeout: first byte"), (response(b"hello")[:-1], "timeout: body")])
@pytest.mark.parametrize("options", [{}, {"headers": {"X-A": "1"}}], ids=["short way", "long way"])
def test_a_kept_connection_times_out_as_a_new_one_does(last: bytes, error: str, options: dict[str, Any]) -> None:
    async def work() -> None:
        async with visiting(answering(*[response(b"ok")] * 3, last, response(b"ok"))) as made:
            for _ in range(3):
                await made.one(**options)
            if last:
                made.limit(whole_s=0.1)
            else:
                made.limit(first_byte_s=0.05)
            assert await made.failed(**options) == error
            made.limit()
            assert (await made.one(**options)).status == 200
            assert made.served.accepted == 2

    run(work())


def test_waiting_for_the_pool_has_a_timeout_of_its_own() -> None:
    async def script(visit: Visit) -> None:
        while (seen := await visit.request()) is not None:
            visit.send(response(b"hello")[: -1 if seen.target == "/slow" else None])

    async def work() -> None:
        async with visiting(script, 2, web=WebSettings(connections=1)) as made:
            first, second = made.stage.users

            async def ask(user: User) -> None:
                await user.http("slow", "GET", "/slow")

            slow = asyncio.create_task(made.travel(ask, first))
            await until(lambda: made.served.seen)
            made.limit(first_byte_s=0.05)
            assert await made.failed(user=second) == "timeout: pool"
            first.expire()
            await slow
            assert {row["error"] for row in await made.rows()} == {"timeout: body"}
            made.limit()
            assert (await made.one(user=second)).status == 200
            assert (await made.one(user=first)).status == 200

    run(work())


def test_a_server_that_never_shakes_hands_is_a_timeout_of_tls() -> None:
    async def work() -> None:
        settings = WebSettings(connect_timeout_s=0.05)
        async with visiting(Visit.gone, url="https://127.0.0.1:PORT", web=settings) as made:
            assert await made.failed() == "timeout: tls"
            await until(lambda: made.served.open == 0)

    run(work())


# -- TLS ---------------------------------------------------------------------------------------------------------------


def test_tls_is_verified_the_name_is_sent_and_its_time_is_told_apart(authority: Authority, server: Shown) -> None:
    async def work() -> None:
        big = chunked(*[b"x" * 16_384] * 20)
        async with visiting(answering(response(b"ok"), big), tls=served_by(server), web=trusting(authority)) as made:
            assert (await made.one()).bytes == b"ok"
            assert len((await made.one("POST", json=["x" * 1_000_000])).bytes) == 20 * 16_384
            assert made.served.names == ["localhost"]
            first, second = await made.rows()
            assert (first["connect"] > 0, first["tls"] > 0) == (True, True)
            assert first["connect"] + first["tls"] <= first["started"] - first["ready"]
            assert (second["connect"], second["tls"], made.served.accepted) == (0, 0, 1)

    run(work())


def test_a_certificate_for_an_address_holds_for_it(authority: Authority, server: Shown) -> None:
    async def work() -> None:
        url = "https://127.0.0.1:PORT"
        async with visiting(
            answering(response(b"ok")), tls=served_by(server), url=url, web=trusting(authority)
        ) as made:
            assert (await made.one()).bytes == b"ok"

    run(work())


def test_a_certificate_that_does_not_hold_is_refused_with_its_reason(
    authority: Authority, server: Shown, tmp_path: Path
) -> None:
    cases = [
        (WebSettings(), served_by(server), "local issuer"),
        (trusting(Authority(tmp_path, "strangers")), served_by(server), "certificate"),
        (trusting(authority), served_by(authority.sign("other", "DNS:other.example")), "localhost"),
        (trusting(authority), served_by(authority.sign("old", "DNS:localhost", days=-1)), "expired"),
    ]

    async def work() -> None:
        for settings, context, why in cases:
            async with visiting(answering(response(b"ok")), tls=context, web=settings) as made:
                assert await made.failed() == "tls"
                assert why in made.stage.problems.messages["tls"]
                await until(lambda made=made: made.served.open == 0)  # type: ignore[misc]  # bound for the loop
                assert made.served.seen == []

    run(work())


@pytest.mark.parametrize("end", [Visit.close, Visit.reset])
def test_a_body_until_the_end_of_a_tls_connection_is_whole_where_the_end_is_said(
    authority: Authority, server: Shown, end: object
) -> None:
    async def script(visit: Visit) -> None:
        await visit.request()
        visit.send(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000)
        await visit.writer.drain()
        end(visit)  # type: ignore[operator]  # a method of Visit

    async def work() -> None:
        async with visiting(script, tls=served_by(server), web=trusting(authority)) as made:
            if end is Visit.close:
                assert (await made.one()).bytes == b"x" * 100_000
            else:
                assert await made.failed() == "connection reset"

    run(work())


def test_unverified_is_what_it_says(server: Shown) -> None:
    async def work() -> None:
        settings = WebSettings(tls=TlsOptions(verify=False))
        async with visiting(answering(response(b"ok")), tls=served_by(server), web=settings) as made:
            assert (await made.one()).bytes == b"ok"

    run(work())


def test_a_client_certificate_is_shown_where_it_is_demanded(
    authority: Authority, server: Shown, tmp_path: Path
) -> None:
    right, wrong = authority.sign("client"), Authority(tmp_path, "strangers").sign("stranger")
    with demanding(served_by(server, clients_of=authority)) as port:

        async def work() -> None:
            for shown, error in ((right, ""), (wrong, "tls"), (None, "tls")):
                more = {} if shown is None else {"certificate": shown.certificate, "key": shown.key}
                settings = trusting(authority, **more)
                async with visiting(Visit.gone, url=f"https://localhost:{port}", web=settings) as made:
                    if error:
                        assert await made.failed() == error, made.stage.problems.messages
                        assert made.user.retries == 0
                    else:
                        assert (await made.one()).bytes == b"ok"

        run(work())


@contextmanager
def demanding(context: ssl.SSLContext) -> Iterator[int]:
    """A server that says in TLS's own words why it refuses, which asyncio's do not; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as thread:

        def serve() -> None:
            for _ in range(3):
                plain, _ = listening.accept()
                with suppress(ssl.SSLError), context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(1_000)
                    connection.sendall(response(b"ok"))
                plain.close()

        serving = thread.submit(serve)
        yield listening.getsockname()[1]
        serving.result(10)


@pytest.mark.parametrize("cut", [Visit.close, Visit.reset])
def test_a_server_that_speaks_no_tls_or_breaks_off_fails_as_it_does(cut: object) -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            await visit.reader.read(10)
            if visit.number == 0:
                visit.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            cut(visit)  # type: ignore[operator]  # a method of Visit

        async with visiting(script, url="https://127.0.0.1:PORT") as made:
            first, second = await made.failed(), await made.failed()
            assert first in ("tls", "connection reset")
            assert second == "connection reset"

    run(work())


def test_files_of_tls_that_cannot_be_used_are_named(authority: Authority, server: Shown, tmp_path: Path) -> None:
    junk, locked = tmp_path / "junk.pem", tmp_path / "locked.key"
    junk.write_text("junk")
    authority._openssl("ec", "-in", str(server.key), "-aes256", "-passout", "pass:secret", "-out", str(locked))
    for options, name in (
        (TlsOptions(ca=tmp_path / "missing.pem"), "missing.pem"),
        (TlsOptions(ca=junk), "junk.pem"),
        (TlsOptions(certificate=tmp_path / "missing.crt"), "missing.crt"),
        (TlsOptions(certificate=junk), "junk.pem"),
        (TlsOptions(certificate=server.certificate, key=locked), "server.crt"),
    ):
        with pytest.raises(RefusedError) as caught:
            context_of(options)
        assert name in str(caught.value)
    assert context_of(TlsOptions()).verify_mode == ssl.CERT_REQUIRED
