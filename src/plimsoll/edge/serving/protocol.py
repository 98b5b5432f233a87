"""uvicorn's HTTP/1.1 protocol, with bounds: a head has so many bytes and comes within so many seconds.

uvicorn hands trailers on as if they were fields of the head (RFC 9110, 6.5.1 forbids that), and goes on reading after a
request that asks for another protocol, whose body llhttp does not read: what is in it would be the next request.
"""

import asyncio
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from plimsoll.edge.http.message import Fields
from plimsoll.edge.serving.asgi import INTERIM

HEAD_BYTES_MAX: Final = 32 * 1024
FIELDS_MAX: Final = 100
HEAD_S: Final = 10.0  # from the connection, or the first byte of a later request, to the end of the head

READ_S: Final = 30.0  # for a client to take some of what it is sent (listening.UNSENT_BYTES); then it is cut off

_PHRASES: Final = {102: b"Processing", 103: b"Early Hints"}
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 22\r\nconnection: close\r\n\r\nThe head is too large."
)


class BoundedProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=BoundedProtocol, ws="none")`. Who takes nothing for `read_s` is cut off."""

    def __init__(self, *args: Any, read_s: float = READ_S, **named: Any) -> None:
        super().__init__(*args, **named)
        self._read_s = read_s
        self._in_head = True
        self._head_bytes = 0
        self._upgraded = False
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows what asyncio says
        self._deadline = self.loop.call_later(HEAD_S, self._too_slow)
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        self._read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(self._read_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read()

    def data_received(self, data: bytes) -> None:
        if self._upgraded or self.transport.is_closing():
            return
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX:
            self._too_large()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self._too_slow)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer
        if len(self.headers) >= FIELDS_MAX or sum(map(len, (name, value))) > HEAD_BYTES_MAX:
            self._too_large()
            raise ValueError("too large a head")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._in_time()
        super().on_headers_complete()
        if self.scope["http_version"] == "1.1":
            told: dict[str, Any] = self.scope  # type: ignore[assignment]  # uvicorn's type knows ASGI's names only
            told[INTERIM] = partial(self._interim, self.cycle)
        if self.parser.should_upgrade():
            self._upgraded = True
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _interim(self, cycle: RequestResponseCycle, status: int, fields: Fields) -> None:
        """What comes before the answer, as long as that has not begun and somebody is there."""
        if cycle.response_started or cycle.disconnected or self.transport.is_closing():
            return
        lines = [b"HTTP/1.1 %d %b" % (status, _PHRASES.get(status, b"")), *(b"%b: %b" % field for field in fields)]
        self.transport.write(b"\r\n".join([*lines, b"", b""]))

    def _too_large(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.close()

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
