"""The origin as an ASGI application: what is called goes there, and its answer comes back, piece by piece."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.edge.http.message import end_to_end
from plimsoll.edge.serving.asgi import INTERIM, Receive, Scope, Send
from plimsoll.edge.serving.origin.failing import OriginFailed
from plimsoll.edge.serving.origin.forwarding import length_of, request_head
from plimsoll.edge.serving.origin.pool import Bounds, Pool
from plimsoll.edge.serving.origin.wire import Head, Interim, Wire

# RFC 9110, 9.2.2: sent again where a connection that had been used before was closed without a byte of an answer.
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an origin is."""

    scheme: str
    host: str
    port: int

    @staticmethod
    def read(url: str) -> "Place":
        """From `http://127.0.0.1:8000`. Raises UsageError for what is none, and for one with a path or a password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _wrong(str(error)) from None
        if parts.scheme not in PORTS or not parts.hostname:
            raise _wrong("it does not begin with http:// or https:// and a host")
        if parts.username is not None or parts.password is not None:
            raise _wrong("it has a user or a password")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise _wrong("it has a path: requests go on with their own")
        if port == 0:
            raise _wrong("its port is 0")
        return Place(parts.scheme, parts.hostname, port or PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Origin:
    """Raises OriginFailed where there is no answer, or not the whole of one: whoever calls it decides what to say.

    `host`: the Host that the origin is told; None: what the client named.
    """

    def __init__(self, place: Place, *, bounds: Bounds | None = None, host: str | None = None) -> None:
        tls = ssl.create_default_context() if place.scheme == "https" else None
        self.place = place
        self.bounds = bounds or Bounds()
        self._host = None if host is None else host.encode("ascii")
        self._pool = Pool(place.host, place.port, self.bounds, tls, host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "an origin of HTTP"
        head = request_head(scope, self._host)
        length = length_of(scope)
        for fresh in (False, True):
            wire = await self._pool.take(fresh=fresh)
            try:
                answer = await self._exchange(wire, scope, head, receive, length)
                await self._pass(wire, answer, send)
                return
            except OriginFailed:
                stale = wire.used > 0 and not wire.received  # it closed a connection as we took it up
                if fresh or not stale or length != 0 or scope["method"] not in IDEMPOTENT:
                    raise
            finally:
                self._pool.give(wire)

    def close(self) -> None:
        self._pool.close()

    async def _exchange(self, wire: Wire, scope: Scope, head: bytes, receive: Receive, length: int | None) -> Head:
        """The answer's head. A body is sent beside, since an origin may answer before it has all of it."""
        wire.on_interim = _telling(scope)
        wire.ask(bodiless=scope["method"] == "HEAD")
        await self._written(wire, head)
        if length == 0:
            return await self._answered(wire)
        sending = asyncio.create_task(self._send_body(wire, receive, length))
        heading = asyncio.create_task(wire.head())
        try:
            await asyncio.wait({sending, heading}, return_when=asyncio.FIRST_COMPLETED)
            if not heading.done():
                sending.result()
                return await self._answered(wire, heading)
            wire.keep = wire.keep and sending.done() and sending.exception() is None
            return heading.result()
        finally:
            await _ended(sending, heading)

    async def _answered(self, wire: Wire, heading: "asyncio.Task[Head] | None" = None) -> Head:
        try:
            async with asyncio.timeout(self.bounds.answer_s):
                return await (wire.head() if heading is None else heading)
        except TimeoutError:
            raise OriginFailed(504, f"the origin has not answered within {self.bounds.answer_s:g} s") from None

    async def _written(self, wire: Wire, data: bytes) -> None:
        try:
            async with asyncio.timeout(self.bounds.pause_s):
                await wire.write(data)
        except TimeoutError:
            raise OriginFailed(504, f"the origin took nothing of the request for {self.bounds.pause_s:g} s") from None

    async def _send_body(self, wire: Wire, receive: Receive, length: int | None) -> None:
        """Raises OriginFailed with 408 where the client does not send it, and with 400 where it is another length."""
        more, left = True, length
        while more:
            try:
                async with asyncio.timeout(self.bounds.pause_s):
                    message = await receive()
            except TimeoutError:
                raise OriginFailed(408, f"the client sent nothing for {self.bounds.pause_s:g} s") from None
            if message["type"] != "http.request":
                raise OriginFailed(400, "the client went away before it had sent its request")
            body, more = message.get("body", b""), message.get("more_body", False)
            if left is not None:
                left -= len(body)
            elif body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if left is not None and (left < 0 or (left > 0 and not more)):
                raise OriginFailed(400, "the request's body is not as long as it said")
            if body:
                await self._written(wire, body)
        if left is None:
            await self._written(wire, b"0\r\n\r\n")

    async def _pass(self, wire: Wire, answer: Head, send: Send) -> None:
        fields = end_to_end(answer.fields)
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        while piece := await self._piece(wire):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _piece(self, wire: Wire) -> bytes:
        try:
            async with asyncio.timeout(self.bounds.pause_s):
                return await wire.piece()
        except TimeoutError:
            raise OriginFailed(504, f"the origin sent nothing for {self.bounds.pause_s:g} s") from None


def _telling(scope: Scope) -> Interim | None:
    """What has to pass on what comes before the final answer (RFC 9110, 15.2), where our server can."""
    tell: Interim | None = scope.get(INTERIM)
    return None if tell is None else lambda status, fields: tell(status, end_to_end(fields))


async def _ended(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _wrong(why: str) -> UsageError:
    return UsageError("not an origin", why=why, remedy="write it as http://127.0.0.1:8000")
