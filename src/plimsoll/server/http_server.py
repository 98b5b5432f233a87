"""uvicorn, as it is run here: in a loop of ours, without signals of its own, and with limits for who is slow."""

import asyncio
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from plimsoll.core.errors import ServiceError

CONNECTIONS_MAX: Final = 300  # beyond it connections are ended as they come: each holds a file and some 10 kB
ADDRESS_CONNECTIONS_MAX: Final = 100  # of one address, which leaves room for others
HEADER_BYTES_MAX: Final = 32_000
KEEP_ALIVE_S: Final = 15
REQUEST_S: Final = 10.0  # for a request to arrive: who sends slower holds a place for nothing
READ_S: Final = 20.0  # for a client to read what it was sent; then it is cut off
MESSAGE_BYTES_MAX: Final = 64_000  # of a WebSocket, from a client
PING_S: Final = 20.0
STOP_S: Final = 3.0
_POLL_S: Final = 0.02  # while it stops


class HttpServer(uvicorn.Server):
    """`began` is called once requests are taken; `stop` ends it within `STOP_S`, whatever clients do."""

    def __init__(self, app: ASGIApp, stop: asyncio.Event, began: Callable[[], None]) -> None:
        super().__init__(_config(app))
        self._stop = stop
        self._began = began

    async def serve_on(self, listener: socket.socket) -> None:
        """Raises ServiceError where the application cannot be started."""
        try:
            await self._serve([listener])
        except SystemExit:  # what uvicorn does when an application fails to start
            raise ServiceError("the API could not be started", why="its start failed", remedy="see the log") from None

    async def main_loop(self) -> None:
        """Without waking ten times a second, as uvicorn does for its date: that is added by the guard."""
        self._began()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._quiet()
        await self._end_the_rest()
        await self.lifespan.shutdown()

    async def _quiet(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
            await asyncio.sleep(_POLL_S)

    async def _end_the_rest(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Http,
        ws=_WebSocket,
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,  # it would hold memory for each client
        lifespan="on",
        log_config=None,
        log_level="critical",  # what clients do wrong is theirs; mistakes of ours are logged by the guard
        access_log=False,
        proxy_headers=False,  # whoever comes through a proxy is the proxy: its headers could be anybody's
        server_header=False,
        date_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def are_too_many(addresses: Collection[str], newest: str) -> bool:
    """Whether the newest connection, which is among them, is one too many."""
    of_newest = sum(address == newest for address in addresses)
    return len(addresses) > CONNECTIONS_MAX or of_newest > ADDRESS_CONNECTIONS_MAX


def _address(connection: asyncio.Protocol) -> str:
    client: tuple[str, int] | None = getattr(connection, "client", None)
    return client[0] if client else "local"


class _Timer:
    """Ends a connection unless it is stopped in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._handle: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport) -> None:
        """Where it does not run yet."""
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(self._seconds, transport.abort)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class _Http(H11Protocol):
    """HTTP/1.1 with limits where uvicorn has none: for a request to arrive, and for an answer to be read."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._arriving = _Timer(REQUEST_S)
        self._reading = _Timer(READ_S)
        self._arriving.start(self.transport)
        if are_too_many([_address(connection) for connection in self.connections], _address(self)):
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self._arriving.start(self.transport)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._arriving.stop()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The connection is another protocol's from here on, and its request has arrived."""
        self._arriving.stop()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.start(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arriving.stop()
        self._reading.stop()
        super().connection_lost(exc)


class _WebSocket(WebSocketsSansIOProtocol):
    """A client that does not read is cut off: what is sent waits for it till then, and no longer."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._reading = _Timer(READ_S)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.start(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._reading.stop()
        super().connection_lost(exc)
