"""What stands before everything that is served: who asks, by which name, from where, how often and how much."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plimsoll.server import problems
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.headers import guarded, is_page
from plimsoll.server.limits import Buckets
from plimsoll.server.problems import Problem
from plimsoll.server.security import Role, same_origin, shown

_LOG = logging.getLogger(__name__)

BODY_BYTES_MAX: Final = 64_000
HEADER_BYTES_MAX: Final = 16_000
REQUESTS_PER_S: Final = 50.0  # of one address, to the API; what a page loads is not counted
REQUESTS_BURST: Final = 200.0
PAGES_PER_S: Final = 5.0  # a page is built anew for each; so is what a browser without WebSockets asks for
PAGES_BURST: Final = 20.0
FILES_PER_S: Final = 100.0  # what a page loads, some 15 files at first; a browser keeps them
FILES_BURST: Final = 500.0
LOGIN: Final = "/login"
_HEALTH: Final = frozenset({"/health/live", "/health/ready"})
_SOCKET: Final = "/_nicegui_ws/"  # of the pages: what it is asked with GET changes something, too
_TOO_LARGE: Final = f"a body has at most {BODY_BYTES_MAX:,} bytes"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PATH_SHOWN_MAX: Final = 200  # characters, in the log


class Guard:
    """ASGI middleware. What it lets in has a role in its state (`security.role_of`).

    With `pages` a browser that shows no token is led to the login; without, it is told as programs are.
    """

    def __init__(
        self,
        app: ASGIApp,
        keeper: Doorkeeper,
        pages: bool = False,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._keeper = keeper
        self._access = keeper.access
        self._pages = pages
        self._wall = wall
        self._steady = steady
        self._paces = {
            "requests": Buckets(REQUESTS_PER_S, REQUESTS_BURST),
            "pages": Buckets(PAGES_PER_S, PAGES_BURST),
            "files of pages": Buckets(FILES_PER_S, FILES_BURST),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}  # the server, which has the other scope, leaves the body out
        sending = self._sending(scope, send)
        try:
            scope.setdefault("state", {})["role"] = self._let_in(scope)
        except Problem as problem:
            await self._refuse(problem, scope, receive, sending)
            return
        await self._serve(scope, receive, sending)

    def _let_in(self, scope: Scope) -> Role:
        """The role of who asks. Raises Problem."""
        headers = Headers(scope=scope)
        path, method = scope["path"], scope.get("method", "GET")
        client = str((scope.get("client") or ("local",))[0])
        _check_lengths(headers)
        self._check_name(headers)
        if path in _HEALTH and method in _SAFE:
            return self._access.everybody  # whoever asks too much elsewhere, what restarts us must not be misled
        role, is_shown = self._role(headers, client)
        self._check_pace(path, f"{role} {client}" if is_shown else client, client)
        if role == "none" and path != LOGIN:
            raise _unknown()
        if scope["type"] == "websocket" or method not in _SAFE or path.startswith(_SOCKET):
            _check_origin(headers)
        return role

    def _check_name(self, headers: Headers) -> None:
        if not self._access.answers_to(headers.get("host", "")):
            raise Problem(
                421,
                "unknown-host",
                f"this server does not answer to the name {headers.get('host', '')[:100]!r}",
                "use localhost or an address, or add the name to hosts in [monitor.server]",
            )

    def _check_pace(self, path: str, who: str, client: str) -> None:
        """Who shows what opens has a pace of their own: strangers at the same address cannot use it up."""
        kind = _kind(path)
        pace = self._paces[kind]
        wait_s = pace.take(who, self._steady())
        if wait_s:
            raise problems.too_many(f"more than {pace.per_s:g} {kind} a second from {client}", wait_s)

    def _role(self, headers: Headers, client: str) -> tuple[Role, bool]:
        """What may be done, and whether that is for a token or a cookie. Raises Problem."""
        token, cookie = shown(headers)
        if token is None:
            in_cookie = "none" if cookie is None else self._access.role_in_cookie(cookie, self._wall())
            return (self._access.everybody, False) if in_cookie == "none" else (in_cookie, True)
        role = self._keeper.role(token, client, self._steady())
        if role == "none":
            raise Problem(401, "wrong-token", "the token is wrong", _TOKEN_REMEDY, headers=_CHALLENGE)
        return role, True

    async def _refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response = problems.answer(problem, scope["path"])
        if problem.status == 401 and self._pages and _wants_page(scope):
            response = RedirectResponse(f"{LOGIN}?next={quote(_asked(scope))}", 303)
        if scope["type"] == "http":
            await response(scope, receive, send)
        else:
            await _deny(response, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = left = False

        async def noting(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        async def hearing() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, _bounded(hearing), noting)
        except Exception as error:  # noqa: BLE001  # whatever it is, who asks gets an answer and the log the rest
            if left and not began and isinstance(error, RuntimeError):
                return  # so the pages' framework says that nobody was there to be answered
            _LOG.exception("a request failed: %r", scope["path"][:_PATH_SHOWN_MAX])
            await self._end(problems.internal(), scope, receive, send, began)

    async def _end(self, problem: Problem, scope: Scope, receive: Receive, send: Send, began: bool) -> None:
        if scope["type"] == "http" and not began:
            await problems.answer(problem, scope["path"])(scope, receive, send)
        elif scope["type"] == "websocket":
            with suppress(OSError, RuntimeError):  # it is closed already, or was refused
                await send({"type": "websocket.close", "code": 1011})

    def _sending(self, scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = list(guarded(message.get("headers", ()), scope["path"], self._wall()))
                message = {**message, "headers": headers}
            await send(message)

        return sending


_TOKEN_REMEDY: Final = "send the header Authorization: Bearer TOKEN, with a token of [monitor.server]"  # noqa: S105  # a sentence
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="plimsoll"'}


def _kind(path: str) -> str:
    """Which pace a request is held to."""
    if not is_page(path):
        return "requests"
    return "files of pages" if path.startswith("/_nicegui/") else "pages"


def _unknown() -> Problem:
    return Problem(401, "token-needed", "this needs a token", _TOKEN_REMEDY, headers=_CHALLENGE)


def _check_origin(headers: Headers) -> None:
    """A page of another site may make a browser send its cookie here, and open a WebSocket: not to us."""
    if not same_origin(headers.get("origin"), headers.get("host", "")):
        raise Problem(403, "cross-site", "this comes from a page of another site", "open the dashboard of this server")


def _check_lengths(headers: Headers) -> None:
    """Of headers that arrive in one piece uvicorn knows no limit but its buffer's."""
    if sum(len(name) + len(value) for name, value in headers.raw) > HEADER_BYTES_MAX:
        raise Problem(431, "headers-too-large", f"headers have at most {HEADER_BYTES_MAX:,} bytes", "send less")
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:12]) > BODY_BYTES_MAX:
        raise Problem(413, "body-too-large", _TOO_LARGE, "send less")


def _bounded(receive: Receive) -> Receive:
    """Of bodies that do not say how long they are."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if taken > BODY_BYTES_MAX:
            raise HTTPException(413, _TOO_LARGE)  # which FastAPI lets through while it reads a body
        return message

    return receiving


def _wants_page(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept", "")
    return scope["type"] == "http" and scope["method"] == "GET" and is_page(scope["path"]) and "text/html" in accepted


def _asked(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


async def _deny(response: Response, send: Send) -> None:
    """Before a WebSocket was accepted."""
    start = {"type": "websocket.http.response.start", "status": response.status_code, "headers": response.raw_headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": response.body})
