"""Around every request: its id, its line in the log, its place in the metrics; a bounded body; 304 where unchanged."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterator, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from fluentscribe.api.etags import etag_of_bytes, matches
from fluentscribe.api.metrics import Metrics
from fluentscribe.api.problems import respond, unavailable

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BODY_BYTES_MAX = 1_000_000  # of everything but uploads, which count their own
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_access = logging.getLogger("fluentscribe.access")


class Observed:
    """Gives each request an id (the client's, if it is a decent one), and tells log and metrics how it went."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status, begun = time.perf_counter(), 500, False

        async def sending(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                message["headers"] = [*_guarded(message.get("headers", ())), (b"x-request-id", request_id.encode())]
            await send(message)

        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, sending)
            except asyncio.CancelledError:
                if begun or not _stopping(scope):
                    raise
                problem = unavailable("this process ended before the request was done")
                await respond(Request(scope), problem)(scope, receive, sending)
            finally:
                self._tell(scope, request_id, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path_format", None) or getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).observe(seconds)
        _access.info(
            "request",
            extra={
                "request_id": request_id,
                "method": scope["method"],
                "path": scope["path"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            },
        )


class Bounded:
    """Refuses bodies above BODY_BYTES_MAX, whatever their Content-Length says, unless the route streams them."""

    def __init__(self, app: App, streamed: re.Pattern[str]) -> None:
        self._app = app
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._streamed.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        seen = 0

        async def receiving() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > BODY_BYTES_MAX:
                raise TooLarge(413, f"a body of more than {BODY_BYTES_MAX} bytes")
            return message

        await self._app(scope, receiving, send)


class TooLarge(HTTPException):
    """A body above BODY_BYTES_MAX. An exception of HTTP, as FastAPI takes any other while it reads for a bad body."""


class Conditional:
    """Answers of GET carry an entity tag, and are not sent to who has them already."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        wanted = _header(scope, b"if-none-match")
        start: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_json(message):
                start = message  # until the body is seen: whole, or the first part of a stream
                return
            if start is not None:
                begun, start = start, None
                if not message.get("more_body", False):
                    message = _tagged(begun, message, wanted)
                await send(begun)
            await send(message)

        await self._app(scope, receive, sending)


def _stopping(scope: Scope) -> bool:
    """Whether the process was told to end: after its grace it cancels what is still in flight."""
    platform = getattr(scope["app"].state, "platform", None)
    return platform is not None and bool(platform.stopping)


def _guarded(headers: Collection[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Nothing is kept by caches unless it says how (tokens never), and no type is guessed."""
    yield from headers
    names = {name.lower() for name, _ in headers}
    if b"cache-control" not in names:
        yield b"cache-control", b"no-store"
    yield b"x-content-type-options", b"nosniff"


def _tagged(start: Message, body: Message, wanted: str | None) -> Message:
    """Adds the tag to `start`; both become a 304 where `wanted` has it. Returns the body to be sent."""
    headers = list(start["headers"])
    etag = next((value.decode() for name, value in headers if name.lower() == b"etag"), None)
    if etag is None:
        etag = etag_of_bytes(body.get("body", b""))
        headers.append((b"etag", etag.encode()))
    if not any(name.lower() == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"private, no-cache"))
    if wanted is not None and matches(wanted, etag):
        start["status"] = 304
        headers = [pair for pair in headers if pair[0].lower() not in (b"content-length", b"content-type")]
        body = {**body, "body": b""}
    start["headers"] = headers
    return body


def _is_json(start: Message) -> bool:
    kind = next((value for name, value in start.get("headers", ()) if name.lower() == b"content-type"), b"")
    return bool(start["status"] == 200 and kind.startswith(b"application/json"))


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _header(scope: Scope, name: bytes) -> str | None:
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(found) if found else None
