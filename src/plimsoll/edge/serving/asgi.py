"""ASGI's shapes, the request in a scope, and the scope of a request that goes on."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import quote

from plimsoll.edge.http.message import Field, Fields, Request, Response, first
from plimsoll.edge.serving.cleaning import cleaned

PIECE_BYTES: Final = 256 * 1024
INTERIM: Final = "plimsoll.edge.interim"  # in a scope of our server: tells a client of a status 1xx, with fields

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def request_of(scope: Scope) -> Request:
    """Path and query as they came; where a server does not hand on the path as it came, as it would be written."""
    fields = scope["headers"]
    path = scope.get("raw_path") or quote(scope["path"], safe="/:@!$&'()*+,;=~-._").encode("ascii")
    scheme = scope.get("scheme", "http").encode("ascii")
    return Request(scope["method"], scheme, first(fields, b"host") or b"", path, scope.get("query_string", b""), fields)


def scope_for(scope: Scope, method: str, fields: Fields, keyed: frozenset[bytes]) -> Scope:
    """For the application. What it may answer by file or descriptor it answers by bytes, which can be stored."""
    extensions = scope.get("extensions") or {}
    seen = {name: value for name, value in extensions.items() if not name.startswith("http.response.")}
    scheme = scope.get("scheme", "http").encode("ascii")
    own = cleaned(fields, scheme, keyed) if method in ("GET", "HEAD") else list(fields)
    return {**scope, "method": method, "headers": own, "extensions": seen}


def fields_of(message: Message) -> list[Field]:
    """Of a response's start; applications write names as they like."""
    return [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]


async def answer(send: Send, status: int, fields: Fields, body: bytes) -> None:
    """A whole response. A large body goes in pieces, as the client takes them: servers hold what they are given."""
    await send({"type": "http.response.start", "status": status, "headers": fields})
    at = 0
    while len(body) - at > PIECE_BYTES:
        await send({"type": "http.response.body", "body": body[at : at + PIECE_BYTES], "more_body": True})
        at += PIECE_BYTES
    await send({"type": "http.response.body", "body": body[at:] if at else body, "more_body": False})


async def refuse(send: Send, told: tuple[Response, bytes], *, method: str = "GET") -> None:
    """A problem; to HEAD without its body (RFC 9110, 9.3.2)."""
    response, body = told
    await answer(send, response.status, response.fields, b"" if method == "HEAD" else body)
