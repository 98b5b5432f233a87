"""Opening connections: address, TCP, TLS, each with its own time and its own way to fail."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic_ns

from plimsoll.load.http.connection import HttpConnection
from plimsoll.load.http.failures import FAILED, RESET, HttpFailure, Phase, failure_of
from plimsoll.load.http.origin import Origin

ADDRESSES_S = 30.0  # for so long the addresses of a name are used again, as resolvers do
TLS_GOODBYE_S = 1.0


@dataclass(slots=True)
class Connector:
    """Opens connections to one origin; shared by the users of a process."""

    origin: Origin
    context: ssl.SSLContext | None
    opened: int = 0
    _addresses: list[str] = field(default_factory=list)
    _asked_at: float = 0.0

    async def open(self, entered: Callable[[Phase], None]) -> HttpConnection:
        """A new connection; `entered` hears of each phase. Raises HttpFailure; cancelled, it leaves nothing open."""
        loop = asyncio.get_running_loop()
        began = monotonic_ns()
        entered("connect")
        connection = await self._connected(loop)
        connected = monotonic_ns()
        connection.connect_ns = connected - began
        if self.context is not None:
            entered("tls")
            await self._secured(loop, connection, self.context)
            connection.tls_ns = monotonic_ns() - connected
        self.opened += 1
        return connection

    async def _connected(self, loop: asyncio.AbstractEventLoop) -> HttpConnection:
        failure = HttpFailure(FAILED, "the name has no address")
        for address in await self._resolved(loop):
            try:
                _, connection = await loop.create_connection(lambda: HttpConnection(loop), address, self.origin.port)
            except OSError as error:
                failure = failure_of(error)
                continue
            return connection
        raise failure

    async def _resolved(self, loop: asyncio.AbstractEventLoop) -> list[str]:
        if self._addresses and loop.time() - self._asked_at < ADDRESSES_S:
            return self._addresses
        try:
            found = await loop.getaddrinfo(self.origin.host, self.origin.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise failure_of(error) from error
        self._addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self._asked_at = loop.time()
        return self._addresses

    async def _secured(
        self, loop: asyncio.AbstractEventLoop, connection: HttpConnection, context: ssl.SSLContext
    ) -> None:
        plain = connection.transport
        if plain is None:
            raise HttpFailure(RESET, "closed before the TLS handshake")
        try:
            secured = await loop.start_tls(
                plain, connection, context, server_hostname=self.origin.host, ssl_shutdown_timeout=TLS_GOODBYE_S
            )
        except OSError as error:
            plain.abort()
            raise failure_of(error) from error
        except BaseException:
            plain.abort()
            raise
        if secured is None:
            raise HttpFailure(RESET, "closed during the TLS handshake")
        connection.transport = secured
