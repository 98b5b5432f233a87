"""How it listens, whom it cuts off, and how it ends."""

import asyncio
import socket
import time

import pytest
from websockets.asyncio.client import connect

from plimsoll.core.errors import RefusedError, ServiceError
from plimsoll.server import http_server
from plimsoll.server.security import Access
from plimsoll.server.serving import bound, check_reach, serve
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from tests.server.asking import ADMIN, NOW, READ, a_watch, see
from tests.server.serving import ask, said

FREE = MonitorSettings(server=MonitorServer(port=0))


def test_it_listens_answers_cuts_off_who_is_slow_and_ends_though_clients_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "REQUEST_S", 0.2)
    monkeypatch.setattr(http_server, "STOP_S", 0.5)

    async def story() -> None:
        watch = a_watch()
        see(watch, NOW)
        stop, listens = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(watch, FREE, stop, environ={}, listening=listens.set_result))
        url: str = await listens
        address = url.removeprefix("http://")
        client = await connect(f"ws://{address}/api/v1/monitoring/ws")
        await said(client)
        alive = await exchanged(address, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert alive.startswith(b"HTTP/1.1 200")
        assert b"\r\nserver:" not in alive.lower()
        assert await exchanged(address, b"GET /health/live HTTP/1.1\r\nHost: lo") == b""
        posted = b"POST /api/v1/monitoring/silences HTTP/1.1\r\nHost: localhost\r\n"
        assert await exchanged(address, posted + b"Content-Length: 9\r\n\r\n{") == b""
        large = posted + b"Transfer-Encoding: chunked\r\n\r\n11170\r\n" + b"x" * 70_000
        assert (await exchanged(address, large)).startswith(b"HTTP/1.1 413")
        big = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"
        assert (await exchanged(address, big)).startswith(b"HTTP/1.1 431")
        with pytest.raises(ServiceError, match="in use") as taken:
            bound(MonitorServer(port=int(address.rpartition(":")[2])))
        assert "another port" in taken.value.remedy
        assert (await ask(client, subscribe=["status"]))["type"] == "state"  # what is slow for a request is not for it
        with monkeypatch.context() as patched:
            patched.setattr(http_server, "ADDRESS_CONNECTIONS_MAX", 1)  # which the client has
            assert await exchanged(address, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
        deaf = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
        began = time.monotonic()
        stop.set()
        await serving
        assert time.monotonic() - began < 9  # a request may take ten
        deaf.close()
        await client.close()

    asyncio.run(story())


async def exchanged(address: str, request: bytes) -> bytes:
    """All that is answered, up to the end of the connection."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    async with asyncio.timeout(60):
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


def test_what_must_not_be_served_is_refused_before_it_listens() -> None:
    open_to_all = MonitorSettings(server=MonitorServer(host="0.0.0.0", port=0))  # noqa: S104  # it is refused
    with pytest.raises(RefusedError, match="without tokens"):
        asyncio.run(serve(a_watch(), open_to_all, asyncio.Event(), environ={}))


def test_a_name_that_leads_elsewhere_than_it_says_is_not_of_this_machine() -> None:
    check_reach("127.0.0.1", "localhost", Access(None, None))
    check_reach("10.0.0.1", "localhost", Access(Secret(READ), Secret(ADMIN)))
    with pytest.raises(RefusedError, match=r"localhost \(10\.0\.0\.1\) without tokens"):
        check_reach("10.0.0.1", "localhost", Access(None, None))


def test_no_address_has_all_connections_and_all_together_are_bounded() -> None:
    assert not http_server.are_too_many(["a"] * 100 + ["b"], "b")
    assert not http_server.are_too_many(["a"] * 100 + ["b"], "a")
    assert http_server.are_too_many(["a"] * 101, "a")
    assert http_server.are_too_many([str(number) for number in range(301)], "300")


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(ServiceError, match=r"cannot listen on 192\.0\.2\.1:0"):
        bound(MonitorServer(host="192.0.2.1", port=0))
