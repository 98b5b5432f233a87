"""One HTTP/1.1 connection on the wire: a request out, a response in, kept or closed.

The parser (llhttp) frames the response and is asked for no more than that: headers are read from the raw bytes, and
only by whoever wants them. That is a third of what a small response costs.
"""

from __future__ import annotations

import asyncio
import ssl
from time import monotonic_ns
from typing import Protocol, cast

import httptools

from plimsoll.load.http.failures import RESET, HttpFailure, failure_of
from plimsoll.load.http.headers import END_OF_HEAD, Headers

HEAD_BYTES_MAX = 64 * 1024  # of status line and headers
INTERIM_MAX = 16  # 1xx responses before the real one
_HTTP_1 = b"HTTP/1."
BODY_BYTES_MAX = 16 * 1024 * 1024  # as it comes over the wire, unless a request says otherwise


class Waiting(Protocol):
    """Who waits for the response: its deadline is moved on once the first byte has come."""

    deadline_ns: int


class HttpConnection(asyncio.Protocol):
    """Use: `await connection.send(...)`, then read its fields before the next one. Never two requests at once."""

    __slots__ = (
        "_bodiless",
        "_bytes_max",
        "_feed",
        "_interim",
        "_loop",
        "_parser",
        "_resumed",
        "_waiter",
        "_waiting",
        "_whole_by_ns",
        "body",
        "connect_ns",
        "cut_short",
        "first_byte_ns",
        "head",
        "keep",
        "parts",
        "received",
        "status",
        "tls_ns",
        "transport",
        "used",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.transport: asyncio.Transport | None = None  # None once it is closed
        self._parser = httptools.HttpResponseParser(self)
        self._feed = self._parser.feed_data
        self._waiter: asyncio.Future[None] | None = None
        self._waiting: Waiting | None = None
        self._whole_by_ns = 0
        self._resumed: asyncio.Future[None] | None = None  # while the socket takes no more
        self._bodiless = False
        self._bytes_max = BODY_BYTES_MAX
        self._interim = 0
        self.connect_ns = 0  # of this connection, until a sample has told it
        self.tls_ns = 0
        self.used = 0  # responses so far
        self.cut_short = False  # the last request was not sent to its end
        self._reset()

    def _reset(self) -> None:
        self.status = 0
        self.head = b""
        self.body = b""
        self.parts: list[bytes] | None = None  # of a body that came in several
        self.received = 0
        self.first_byte_ns = 0
        self.keep = False

    # -- sending ------------------------------------------------------------------------------------------------------

    def send(
        self,
        request: bytes,
        waiting: Waiting,
        whole_by_ns: int,
        bodiless: bool = False,
        bytes_max: int = BODY_BYTES_MAX,
    ) -> asyncio.Future[None]:
        """Sends a request (or its head) and promises the response. The promise fails with HttpFailure.

        `whole_by_ns` becomes the deadline of who waits once the first byte has come.
        """
        waiter = self._waiter = self._loop.create_future()
        self._waiting = waiting
        self._whole_by_ns = whole_by_ns
        self._bodiless = bodiless
        self._bytes_max = bytes_max
        self._interim = 0
        self.status = self.received = self.first_byte_ns = 0
        self.head = self.body = b""
        self.parts = None
        transport = self.transport
        if transport is None:
            waiter.set_exception(HttpFailure(RESET, "the server had closed it", stale=self.used > 0, unsent=True))
        else:
            transport.write(request)
        return waiter

    def forget(self) -> None:
        """Lets go of the last response: while a user pauses, nobody needs it."""
        self.head = self.body = b""

    async def write(self, piece: bytes) -> bool:
        """Sends a piece of a body once the socket takes it; False if the response has come, or the connection gone."""
        if self._resumed is not None:
            await self._resumed
        if self._waiter is None or self._waiter.done() or self.transport is None:
            return False
        self.transport.write(piece)
        return True

    @property
    def is_stuck(self) -> bool:
        """Whether the socket takes no more for the time being."""
        return self._resumed is not None

    def close(self) -> None:
        """Closes it; whoever waits for a response is told."""
        transport, self.transport = self.transport, None
        if transport is not None:
            transport.abort()
        self._fail(HttpFailure(RESET, "the connection was closed"))
        self._resume()

    def _fail(self, failure: HttpFailure) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_exception(failure)

    # -- asyncio's side -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is of no asyncio class

    def pause_writing(self) -> None:
        self._resumed = self._loop.create_future()

    def resume_writing(self) -> None:
        self._resume()

    def _resume(self) -> None:
        resumed, self._resumed = self._resumed, None
        if resumed is not None and not resumed.done():
            resumed.set_result(None)

    def data_received(self, data: bytes) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self.close()  # nobody asked: a server's last words before it closes an idle connection
            return
        if not self.received:
            self.first_byte_ns = monotonic_ns()
            self.received = len(data)
            self.head = data
        else:
            self.received += len(data)
            if not self.status:
                self.head += data
        try:
            self._feed(data)
        except httptools.HttpParserUpgrade:
            self._refuse("the server switched protocols")
        except httptools.HttpParserError as error:
            self._refuse(_reason(error))
        if not waiter.done():  # there is more to come
            assert self._waiting is not None
            self._waiting.deadline_ns = self._whole_by_ns
            if not self.status and len(self.head) > HEAD_BYTES_MAX:
                self._refuse(f"its head has more than {HEAD_BYTES_MAX} bytes")
            elif self.received > self._bytes_max + HEAD_BYTES_MAX:  # trailers and the like, which are no body
                self._refuse(f"it has more than {self._bytes_max + HEAD_BYTES_MAX} bytes")

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._resume()
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if not self.received:
            why = "closed as the request came, after earlier ones" if self.used else "closed without a response"
            self._fail(_broken_off(exc, why, stale=self.used > 0))
        elif exc is None and self.status and Headers(self.head).ends_with_connection:
            self.keep = False
            self._end()
        else:
            self._fail(_broken_off(exc, "closed in the middle of the response"))

    def _refuse(self, why: str) -> None:
        """The server does not keep to the protocol (or to our bounds); it may have answered all the same."""
        self._fail(HttpFailure(f"protocol: {why}"))
        self.keep = False
        self.close()

    # -- the parser's side --------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self.status:
            raise ValueError("more than one response to one request")

    def on_headers_complete(self) -> None:
        if self.head[:7] != _HTTP_1:
            self._strip_head()
        status = self._parser.get_status_code()
        if status < 200:
            self._skip_interim(status)
            return
        self.status = status
        if self._bodiless:
            self.keep = self.head.endswith(END_OF_HEAD) and self._may_be_kept()  # else it has a body
            self._parser = httptools.HttpResponseParser(self)  # it would wait for a body that a HEAD has not
            self._feed = self._parser.feed_data
            self._end()

    def _may_be_kept(self) -> bool:
        """The parser closes after a head without a length, not knowing that no body follows it."""
        said = Headers(self.head).get("connection", "").lower()
        return self._parser.should_keep_alive() or (self.head.startswith(b"HTTP/1.1") and "close" not in said)

    def _strip_head(self) -> None:
        """The parser passes empty lines before a response over, and knows other protocols."""
        self.head = self.head.lstrip(b"\r\n")
        if not self.head.startswith(_HTTP_1):
            raise ValueError("not HTTP/1.1")

    def _skip_interim(self, status: int) -> None:
        self._interim += 1
        if status == 101:
            raise ValueError("the server switched protocols")
        if status < 100 or self._interim > INTERIM_MAX:
            raise ValueError("no status" if status < 100 else "too many interim responses")
        self.head = self.head.partition(END_OF_HEAD)[2]

    def on_body(self, body: bytes) -> None:
        if self._bodiless:
            raise ValueError("a body where there is none")
        if self.parts is not None:
            self.parts.append(body)
        elif self.body:
            self.parts = [self.body, body]
        else:
            self.body = body
        if self.received > self._bytes_max:
            raise BodyTooLarge(f"its body has more than {self._bytes_max} bytes")

    def on_message_complete(self) -> None:
        if self._bodiless or not self.status:
            return  # told with the headers; or an interim response
        self.keep = self._parser.should_keep_alive()
        self._end()

    def _end(self) -> None:
        self.used += 1
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            if self.parts is not None:
                self.body = b"".join(self.parts)
                self.parts = None
            waiter.set_result(None)
        if self._resumed is not None:
            self._resume()  # whoever is still sending need not go on


class BodyTooLarge(Exception):
    """More than the request allowed; raised within the parser's callback."""


def _broken_off(exc: Exception | None, otherwise: str, *, stale: bool = False) -> HttpFailure:
    if isinstance(exc, ssl.SSLError):  # an alert, such as for a missing client certificate
        return failure_of(exc)
    return HttpFailure(RESET, str(exc or otherwise), stale=stale)


def _reason(error: httptools.HttpParserError) -> str:
    inner = error.__context__
    if isinstance(inner, (BodyTooLarge, ValueError)):
        return str(inner)
    why = str(error).strip().rstrip(".")
    return why if why and not why.startswith("Expected HTTP/") else "not HTTP/1.1"
