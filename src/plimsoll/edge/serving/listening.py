"""uvicorn as an edge runs it: in a loop of ours, without signals of its own, with bounds for clients."""

import asyncio
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import uvicorn

from plimsoll.core.errors import ServiceError
from plimsoll.edge.serving.asgi import Application
from plimsoll.edge.serving.protocol import READ_S, BoundedProtocol

BACKLOG: Final = 2_048
KEEP_ALIVE_S: Final = 15
# What the kernel holds of a connection that is not on its way yet: without a bound it is 4 MB, and who reads slowly
# looks for long as if they took nothing, since a third of it has to go before more is asked for.
UNSENT_BYTES: Final = 128 * 1024
_POLL_S: Final = 0.02  # while it stops


class EdgeServer(uvicorn.Server):
    """`began` is called once requests are taken; after `stop` what is under way has `drain_s`. A client that takes
    nothing of what it is sent for `read_s` is cut off, so that it holds no connection to the origin."""

    def __init__(
        self, application: Application, stop: asyncio.Event, began: Callable[[], None], *, clients: int, drain_s: float,
        read_s: float = READ_S,
    ) -> None:  # fmt: skip
        super().__init__(_config(application, clients, read_s))
        self._stop = stop
        self._began = began
        self._drain_s = drain_s

    async def serve_on(self, listener: socket.socket) -> None:
        await self._serve([listener])

    async def main_loop(self) -> None:
        self._began()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                while self.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
                    await asyncio.sleep(_POLL_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _config(application: Application, clients: int, read_s: float) -> uvicorn.Config:
    taken: Any = application  # uvicorn's type of an application is narrower than ASGI's
    protocol: Any = partial(BoundedProtocol, read_s=read_s)  # it takes any callable, and says that it takes a class
    return uvicorn.Config(
        taken,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what a client does wrong it is told; what an origin does wrong is a line of ours
        access_log=False,
        proxy_headers=False,  # the front knows whom to believe
        server_header=False,
        date_header=False,  # the origin's is told, or one is added where it is missing
        backlog=BACKLOG,
        limit_concurrency=clients + 1,  # from there on the protocol closes connections as they come
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def allow_files() -> int:
    """As many open files as we may have, for connections; how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # an unlimited one is none that may be set everywhere
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises ServiceError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)  # its connections have it
            listener.bind(address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        remedy = "--bind with another port (0 picks a free one), or end what listens there"
        raise ServiceError(f"the edge cannot listen on {host}:{port}", why=why, remedy=remedy) from None
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
