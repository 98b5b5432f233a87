"""A connection fed with bytes by hand: what came of them, without a socket between."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from plimsoll.load.http.connection import BODY_BYTES_MAX, HttpConnection
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.headers import Headers

_LOOP = asyncio.new_event_loop()  # only makes futures; it never runs
_LOOP.close()


class Socket(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True


@dataclass
class Somebody:
    """Who waits."""

    deadline_ns: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one request came to: a response, or the class of the failure; "waiting" where it would wait for more."""

    error: str = ""
    status: int = 0
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    keep: bool = False


WAITING = Outcome("waiting")


@dataclass
class Fed:
    """One connection, and who waits for what it brings."""

    connection: HttpConnection = field(default_factory=lambda: HttpConnection(_LOOP))
    socket: Socket = field(default_factory=Socket)
    waiting: Somebody = field(default_factory=Somebody)

    def __post_init__(self) -> None:
        self.connection.connection_made(self.socket)

    def ask(
        self,
        segments: Iterable[bytes] = (),
        method: str = "GET",
        *,
        end: bool = False,
        broken: OSError | None = None,
        bytes_max: int = BODY_BYTES_MAX,
    ) -> Outcome:
        """One request, the bytes that come then, and the end of the connection if it ends or breaks."""
        answer = self.connection.send(b"request", self.waiting, 7, method == "HEAD", bytes_max)
        for segment in segments:
            if self.connection.transport is not None:
                self.connection.data_received(segment)
        if end or broken:
            self.connection.connection_lost(broken)
        return self._outcome(answer)

    def _outcome(self, answer: asyncio.Future[None]) -> Outcome:
        if not answer.done():
            answer.cancel()
            return WAITING
        failure = answer.exception()
        if failure is not None:
            assert isinstance(failure, HttpFailure), failure
            return Outcome(failure.error_class)
        made = self.connection
        read = Headers(made.head)
        keep = made.keep and made.transport is not None
        return Outcome("", made.status, {name: read.get_all(name) for name in read}, made.body, keep)


def asked(
    *segments: bytes,
    method: str = "GET",
    end: bool = False,
    broken: OSError | None = None,
    bytes_max: int = BODY_BYTES_MAX,
) -> Outcome:
    """The same of a connection of its own."""
    return Fed().ask(segments, method, end=end, broken=broken, bytes_max=bytes_max)


def response(body: bytes = b"", *lines: str, status: str = "200 OK") -> bytes:
    """A response with a content-length."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", ""])
    return head.encode("latin-1") + body


def chunked(*chunks: bytes, extension: str = "", trailers: str = "") -> bytes:
    """A chunked response."""
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension.encode(), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n" + trailers.encode() + b"\r\n"
