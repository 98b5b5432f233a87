"""What a request came back with."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from plimsoll.load.http.decoding import decoded
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.headers import Headers


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds. `connect_ms` and `tls_ms` are 0 on a kept connection, and no part of the other two, which count
    from when the request was sent."""

    connect_ms: float
    tls_ms: float
    first_byte_ms: float
    total_ms: float


class Judge(Protocol):
    """Who marks the step as failed whose reply turns out to be unreadable, and makes the exception that says so."""

    def unreadable(self, error_class: str, message: str) -> Exception: ...


class Reply:
    """A response. Its body is decompressed, decoded and parsed when somebody reads it, and not before."""

    __slots__ = ("_body", "_decoded", "_head", "_headers", "_judge", "_times", "status", "url")

    def __init__(
        self, status: int, head: bytes, body: bytes, url: str, times: tuple[int, int, int, int], judge: Judge
    ) -> None:
        self.status = status
        self.url = url
        self._judge = judge
        self._head = head
        self._body = body
        self._times = times  # connect, tls, first byte, total, in ns
        self._headers: Headers | None = None
        self._decoded: bytes | None = None

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = Headers(self._head)
        return self._headers

    @property
    def raw(self) -> bytes:
        """The body as it came over the wire, without the framing."""
        return self._body

    @property
    def text(self) -> str:
        """The body in its charset (UTF-8 unless it says another); what cannot be decoded becomes U+FFFD."""
        content = self._content()
        try:
            return content.decode(_charset(self.headers.get("content-type", "")), "replace")
        except (LookupError, ValueError):  # no charset, or one that replaces nothing
            return content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Where it is none, the step has failed as "body: not JSON" and StepFailed is raised."""
        try:
            return json.loads(self._content())
        except (ValueError, RecursionError) as error:
            message = f"{self.url.partition('?')[0]}: {error}; it begins {self.text[:60]!r}"
            raise self._judge.unreadable("body: not JSON", message) from error

    def _content(self) -> bytes:
        if self._decoded is None:
            try:
                self._decoded = decoded(self._body, self.headers.get("content-encoding", ""))
            except HttpFailure as failure:
                raise self._judge.unreadable(failure.error_class, str(failure)) from failure
        return self._decoded

    @property
    def timings(self) -> Timings:
        return Timings(*(ns / 1e6 for ns in self._times))

    @property
    def bytes(self) -> "bytes":
        """The body, decompressed. Where it is broken, or too large, the step has failed and StepFailed is raised."""
        return self._content()

    def __repr__(self) -> str:
        return f"<Reply {self.status} {self.url} {len(self._body)} bytes>"


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or "utf-8"
    return "utf-8"
