"""One HTTP/1.1 connection to the origin: a request out, a head and a streamed body in, kept or closed.

Nothing is believed of how long a message is but what the parser (llhttp, strict) says, and what it leaves open is
refused: two lengths, a length beside a transfer coding, another coding than chunked, more bytes than the message has
(RFC 9112, 6.3 and 11.2). Trailers are dropped: nobody has said that they may be merged (RFC 9110, 6.5.1).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import httptools

from plimsoll.edge.serving.origin.failing import OriginFailed

HEAD_BYTES_MAX: Final = 64 * 1024  # of a head, and of what is neither head nor body between two pieces
FIELDS_MAX: Final = 256
INTERIM_MAX: Final = 16  # 1xx responses before the final one
BUFFER_HIGH: Final = 256 * 1024  # bytes that nobody has taken yet, from which on the socket is not read
BUFFER_LOW: Final = 64 * 1024

Fields = list[tuple[bytes, bytes]]

Interim = Callable[[int, Fields], None]


class Head(NamedTuple):
    """A status and fields: names in small letters, in the order in which they came."""

    status: int
    fields: Fields


class Wire(asyncio.Protocol):
    """Use: `ask`, `write` the request, `await head()`, `await piece()` until it gives b"", then look at `keep`.

    `on_interim` hears what comes before the final answer, but 100, for which nobody asked here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._news: asyncio.Future[None] | None = None  # who waits for a head or a piece
        self._room: asyncio.Future[None] | None = None  # while the socket takes no more
        self.on_interim: Interim | None = None
        self.used = 0  # answers so far
        self.idle_since_s = 0.0
        self._asked = False
        self._paused = False
        self._begin(bodiless=False)

    def _begin(self, *, bodiless: bool) -> None:
        self._bodiless = bodiless
        self._fields: Fields = []
        self._head: Head | None = None
        self._pieces: deque[bytes] = deque()
        self._buffered = 0
        self._between = 0  # bytes since the last that were of use
        self._interim = 0
        self._until_closed = False
        self._complete = False
        self._failure: OriginFailed | None = None
        self.received = False  # anything, of the answer to the last request
        self.keep = False

    # -- who asks -----------------------------------------------------------------------------------------------------

    def ask(self, *, bodiless: bool) -> None:
        """A request begins; `bodiless` where its answer has no body whatever it says (HEAD)."""
        self._begin(bodiless=bodiless)
        self._asked = True
        if self.transport is None:
            self._failure = OriginFailed(502, "the origin had closed the connection")

    async def write(self, data: bytes) -> None:
        """Sends a part of a request, once the socket takes it. Raises OriginFailed where the connection is gone."""
        if self._room is not None:
            await self._room
        if self.transport is None:
            raise self._failure or OriginFailed(502, "the origin closed the connection while the request was sent")
        self.transport.write(data)

    async def head(self) -> Head:
        """Raises OriginFailed."""
        while self._head is None:
            if self._failure is not None:
                raise self._failure
            await self._wait()
        return self._head

    async def piece(self) -> bytes:
        """The next of the body, b"" at its end. Raises OriginFailed where it is cut off."""
        while not self._pieces:
            if self._complete:
                return b""
            if self._failure is not None:
                raise self._failure
            await self._wait()
        piece = self._pieces.popleft()
        self._buffered -= len(piece)
        if self._paused and self._buffered < BUFFER_LOW and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        return piece

    def end(self, now_s: float) -> bool:
        """The answer is read; whether another request may be sent here."""
        self._asked = False
        self.idle_since_s = now_s
        fit = self._complete and self.keep and self.transport is not None and not self._pieces
        if not fit:
            self.close()
        return fit

    def close(self) -> None:
        transport, self.transport = self.transport, None
        if transport is not None:
            transport.abort()
        self._failure = self._failure or OriginFailed(502, "the connection was closed")
        self._tell()
        self._resume()

    async def _wait(self) -> None:
        self._news = self._loop.create_future()
        try:
            await self._news
        finally:
            self._news = None

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # -- asyncio's side -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is of no asyncio class

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        self._resume()

    def _resume(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def data_received(self, data: bytes) -> None:
        if not self._asked or self._complete:
            self.keep = False
            self.close()  # nobody asked: what follows would be taken for the answer to the next request
            return
        self.received = True
        self._between += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse("it switched protocols")
        except httptools.HttpParserError as error:
            self.keep = False
            if not self._complete:
                inner = error.__context__
                self._refuse(str(inner) if isinstance(inner, ValueError) else str(error).strip().rstrip("."))
        if self._between > HEAD_BYTES_MAX and not self._complete:
            self._refuse(f"a head, or what stands between two pieces, has more than {HEAD_BYTES_MAX} bytes")
        if self._buffered > BUFFER_HIGH and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self._asked and not self._complete:
            if exc is None and self._head is not None and self._until_closed:
                self._complete = True
            elif self._failure is None:
                where = "in the middle of its answer" if self._head is not None else "without an answer"
                self._failure = OriginFailed(502, f"the origin closed the connection {where}")
        self.keep = False
        self._tell()
        self._resume()

    def _refuse(self, why: str) -> None:
        self._failure = OriginFailed(502, f"the origin's answer is not HTTP/1.1 as it should be: {why}")
        self.keep = False
        self.close()

    # -- the parser's side --------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("more than one answer to one request")
        self._fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head is not None:
            return  # a trailer
        if len(self._fields) >= FIELDS_MAX:
            raise ValueError(f"more than {FIELDS_MAX} fields")
        self._fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._skip_interim(status)
            return
        if not 200 <= status <= 599:
            raise ValueError(f"the status {status}")
        self._until_closed = not self._has_length(status)
        self._head = Head(status, self._fields)
        self._between = 0
        self.keep = self._parser.should_keep_alive() or (self._bodiless and self._said_to_stay())
        if self._bodiless:
            self._parser = httptools.HttpResponseParser(self)  # it would wait for a body that HEAD's answer has not
            self._end()

    def _has_length(self, status: int) -> bool:
        """Raises ValueError where it is said in two ways how long the body is."""
        lengths = [value for name, value in self._fields if name == b"content-length"]
        codings = [value.lower() for name, value in self._fields if name == b"transfer-encoding"]
        if codings and (codings != [b"chunked"] or lengths):
            raise ValueError("a transfer coding other than chunked, or beside a length")
        if len(lengths) > 1 or any(not value.isdigit() for value in lengths):
            raise ValueError("a length that is none, or more than one")
        return bool(lengths or codings) or status in (204, 304)

    def _said_to_stay(self) -> bool:
        """llhttp closes after a head without a length, not knowing that no body follows it."""
        said = b",".join(value for name, value in self._fields if name == b"connection").lower()
        return self._parser.get_http_version() == "1.1" and b"close" not in said

    def _skip_interim(self, status: int) -> None:
        self._interim += 1
        if status == 101:
            raise ValueError("it switched protocols")
        if status < 100 or self._interim > INTERIM_MAX:
            raise ValueError("no status" if status < 100 else "too many interim answers")
        if status != 100 and self.on_interim is not None:
            self.on_interim(status, self._fields)

    def on_body(self, body: bytes) -> None:
        if self._bodiless:
            raise ValueError("a body where there is none")
        self._between = 0
        self._pieces.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        if self._head is not None and not self._complete:
            self.keep = self.keep and self._parser.should_keep_alive()
            self._end()

    def _end(self) -> None:
        self._complete = True
        self.used += 1
