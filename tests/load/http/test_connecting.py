"""Opening connections: TCP and TLS, how each can fail, and what is left open then (nothing)."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from plimsoll.load.http.connecting import Connector
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.fed import response
from tests.load.http.server import Visit, answering
from tests.load.http.visiting import until, visiting
from tests.load.real import run


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
