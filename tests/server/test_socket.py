"""The WebSocket, with real clients."""

import asyncio
import json
import socket as sockets
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from fastapi import FastAPI
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.server import http_server
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer
from tests.server.asking import ADMIN, CPU, NOW, READ, a_watch, an_app, bearer, happen, lose, see
from tests.server.serving import ask, running, said

PATH = "/api/v1/monitoring/ws"
MANY = [SeriesKey.of("table_size_bytes", table=f"public.table_{number}") for number in range(500)]


def test_a_client_is_told_what_changes_and_after_a_break_what_it_missed() -> None:
    async def story() -> None:
        watch = a_watch()
        app = an_app(watch)
        see(watch, NOW - 9, 1.0)
        async with running(app) as address:
            async with connect(f"ws://{address}{PATH}") as client:
                hello = await said(client)
                assert hello["type"] == "hello"
                begun = await ask(client, subscribe=["series:host_cpu_*", "events", "status", "locks", "scaling"])
                assert begun["topics"]["series:host_cpu_*"] == {str(CPU): [[NOW - 9, 1.0]]}
                assert begun["topics"]["status"]["health"] == "healthy"
                see(watch, NOW - 8, 2.0, locks={"rows": [{"query": "ALTER ROLE me PASSWORD 'geheim'"}]})
                told = await said(client)
                assert told["type"] == "update"
                assert told["topics"]["series:host_cpu_*"] == {str(CPU): [[NOW - 8, 2.0]]}
                assert told["topics"]["locks"]["rows"] == [{"query": "ALTER ROLE me PASSWORD ****"}]
                see(watch, NOW - 7.5, 2.0, scaling={"rows": [{"served": "shop"}]})
                assert (await said(client))["topics"]["scaling"]["rows"] == [{"served": "shop"}]
                assert told["seq"] > begun["seq"] >= hello["seq"]
                lose(watch)
                worse = await said(client)
                assert worse["topics"]["status"]["health"] == "lost"
            for second in (7, 6, 5):
                see(watch, NOW - second, float(second))
            happen(watch, "again")
            async with connect(f"ws://{address}{PATH}") as client:
                await said(client)
                back = await ask(client, subscribe=["series:host_cpu_*", "events", "alerts"], resume=worse["seq"])
                assert (back["type"], back["since"]) == ("missed", worse["seq"])
                assert back["topics"]["series:host_cpu_*"] == {str(CPU): [[NOW - s, float(s)] for s in (7, 6, 5)]}
                assert [event["text"] for event in back["topics"]["events"]] == ["again"]
                assert back["topics"]["alerts"]["active"] == []
                afresh = await ask(client, resume=7)
                assert (afresh["type"], afresh["topics"]["series:host_cpu_*"]) == (
                    "fresh-start",
                    {str(CPU): [[NOW - 5, 5.0]]},
                )

    asyncio.run(story())


def test_clients_that_may_not_or_behave_badly_are_refused_and_told_why() -> None:
    guarded = MonitorServer(read_token=Secret(READ), admin_token=Secret(ADMIN), sockets_max=1)

    async def refused(address: str, **headers: str) -> tuple[int, Any]:
        with pytest.raises(InvalidStatus) as raised:
            await connect(f"ws://{address}{PATH}", additional_headers=headers)
        return raised.value.response.status_code, json.loads(raised.value.response.body or b"{}")["remedy"]

    async def ended(client: ClientConnection, message: str | bytes) -> int:
        await client.send(message)
        try:
            while True:
                await said(client)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0

    async def story() -> None:
        async with running(an_app(server=guarded)) as address:
            assert await refused(address) == (
                401,
                "send the header Authorization: Bearer TOKEN, with a token of [monitor.server]",
            )
            assert (await refused(address, Origin="http://evil.example", **bearer(READ)))[0] == 403
            async with connect(f"ws://{address}{PATH}", additional_headers=bearer(READ)) as client:
                await said(client)
                assert (await refused(address, **bearer(READ)))[0] == 503
                for wish in ({"subscribe": ["weather"]}, {"subscribe": "status"}, {"resume": -1}, {"stop": 1}, {}):
                    answer = await ask(client, **wish)
                    assert (answer["type"], answer["problem"]["status"]) == ("error", 422)
                assert (await ask(client, subscribe=[f"series:a{n}" for n in range(21)]))["type"] == "error"
                assert await ended(client, "x" * 8_001) == 1009
            for message, code in ((b"bytes", 1003), ("x" * 70_000, 1009)):
                async with connect(f"ws://{address}{PATH}", additional_headers=bearer(READ)) as client:
                    assert await ended(client, message) == code
            async with connect(f"ws://{address}{PATH}", additional_headers=bearer(READ)) as client:
                for _ in range(20):
                    await client.send('{"subscribe": []}')
                assert await ended(client, '{"subscribe": []}') == 1008

    asyncio.run(story())


def test_one_of_50_clients_that_never_reads_costs_the_others_nothing_and_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        watch = a_watch()
        app = an_app(watch)
        looks = count()

        async def look() -> None:
            value = float(next(looks))
            watch.board.put(Observation("database", NOW + value, dict.fromkeys(MANY, value)))
            assert await newest(readers) == {value}

        async with running(app) as address:
            readers = [await connect(f"ws://{address}{PATH}", compression=None) for _ in range(49)]
            await asyncio.gather(*(said(client) for client in readers))
            await asyncio.gather(*(ask(client, subscribe=["series:table_*"]) for client in readers))
            with await never_reading(address):
                assert app.state.hub.is_full
                while sum(waiting(app)) < 64_000:  # of messages of 34 kB the kernel takes some first
                    await look()
                for _ in range(5):
                    await look()
                assert sum(waiting(app)) < 128_000
            monkeypatch.setattr(http_server, "READ_S", 0.1)
            while app.state.hub.is_full:
                await look()
            with await never_reading(address):
                while app.state.hub.is_full:
                    await look()
            await asyncio.gather(*(client.close() for client in readers))

    asyncio.run(story())


async def never_reading(address: str) -> sockets.socket:
    """A client that subscribes, and then takes nothing from its socket."""
    host, _, port = address.partition(":")
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    handshake = (
        f"GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(raw, handshake.encode())
    await loop.sock_recv(raw, 500)
    wish = b'{"subscribe": ["series:table_*"]}'
    await loop.sock_sendall(raw, bytes([0x81, 0x80 | len(wish), 0, 0, 0, 0]) + wish)  # masked with zeros
    return raw


async def newest(clients: Sequence[ClientConnection]) -> set[float]:
    """The values that all of them are told next, in the very same message."""
    async with asyncio.timeout(60):
        (text,) = set(await asyncio.gather(*(client.recv() for client in clients)))
    points = json.loads(text)["topics"]["series:table_*"].values()
    return {value for ((_, value),) in points}


def waiting(app: FastAPI) -> list[int]:
    """Bytes that wait to be sent, by client."""
    return [client.transport.get_write_buffer_size() for client in app.state.server.server_state.connections]


def test_a_client_that_hangs_up_while_it_is_let_in_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    scope: dict[str, Any] = {"type": "websocket", "path": PATH, "query_string": b""}
    scope["headers"] = [(b"host", b"localhost")]
    scope["extensions"] = {"websocket.http.response": {}}

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(_: Any) -> None:
        raise ClientDisconnected

    for sockets_max in (1, 0):
        asyncio.run(an_app(server=MonitorServer(sockets_max=sockets_max))(dict(scope), receive, send))
    assert not caplog.records
