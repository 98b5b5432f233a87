"""What stands before the pages' framework: how many pages and sockets there are, how much they say, what is there."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plimsoll.server import problems
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.headers import is_page
from plimsoll.server.limits import Buckets

LOG: Final = logging.getLogger(__name__)
SOCKET: Final = "/_nicegui_ws/"
FILES: Final = ("/_nicegui/", "/favicon.ico")
MESSAGES_PER_S: Final = 20.0  # of one socket: a key that is held down moves the focus 30 times a second, for a while
MESSAGES_BURST: Final = 300.0
RETRY_S: Final = 10


class Door:
    """ASGI middleware of the framework's app. `has_room` is asked for each page, `is_full` for each socket."""

    def __init__(self, app: ASGIApp, has_room: Callable[[], bool], is_full: Callable[[], bool]) -> None:
        self._app = app
        self._has_room = has_room
        self._is_full = is_full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is not None:
            await refusal(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        if path == "/":
            return None if self._has_room() else too_many_pages()
        if path.startswith(SOCKET):
            is_new = "sid" not in parse_qs(scope["query_string"].decode("latin-1"))
            return too_many_pages() if is_new and self._is_full() else None
        return None if path.startswith(FILES) else no_such_page(path)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the framework cannot read ends the socket, and is a line in the log."""
        try:
            await self._app(scope, paced(receive), send)
        except Exception as error:  # noqa: BLE001  # whatever a client says
            LOG.warning("a socket of a page ended: %s", type(error).__name__)
            with suppress(OSError, RuntimeError):  # it is closed already
                await send({"type": "websocket.close", "code": 1011})


def paced(receive: Receive) -> Receive:
    """As if who says too much were gone."""
    pace = Buckets(MESSAGES_PER_S, MESSAGES_BURST, clients_max=1)

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and pace.take("", asyncio.get_running_loop().time()):
            return {"type": "websocket.disconnect", "code": 1008}
        return message

    return receiving


def too_many_pages() -> Response:
    back = element("p", "Close some that nobody looks at, or try again later.")
    refusal = sheet("As many pages are open as may be", back, status=503)
    refusal.headers["Retry-After"] = str(RETRY_S)
    return refusal


def no_such_page(path: str) -> Response:
    """What is asked of the API and is not there comes here, too, for the pages have all that is left."""
    if not is_page(path):
        return problems.answer(problems.not_found(f"there is no {path[:100]}"), path)
    back = element("p", element("a", "To the overview", href="/"))
    return sheet("There is no such page", back, status=404)
