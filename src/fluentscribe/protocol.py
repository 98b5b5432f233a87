"""The server's HTTP protocol, with the bounds that it lacks: a request's head has an end, and comes in time."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 65_536  # request line and headers; what one read brings may come on top of it
HEAD_TIMEOUT_S = 20.0


class BoundedHead(HttpToolsProtocol):
    """Closes connections whose next request's head is too long, or takes too long."""

    head_timeout_s = HEAD_TIMEOUT_S

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._timer is not None and self._head_bytes > HEAD_BYTES_MAX:
            self.transport.close()

    def _begin(self) -> None:
        self._end()
        self._timer = self.loop.call_later(self.head_timeout_s, self.transport.close)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._head_bytes = None, 0

    _timer: asyncio.TimerHandle | None = None  # while a head is awaited
    _head_bytes = 0
