"""TLS: verified, with the name sent, certificates of clients, and every way in which it fails."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.load.http.tls import context_of
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
