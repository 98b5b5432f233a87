"""Who has changed something sees it in what they read next: a token goes with them, in a cookie or a header.

It names a transaction that has committed. What is answered from memory to who carries one is as new as that.
"""

import re
from typing import Any, Final

from fastapi import Request

from fluentscribe.api.middleware import App, Message, Receive, Scope, Send
from fluentscribe.api.problems import invalid
from fluentscribe.api.state import State

HEADER: Final = "X-Fluentscribe-After"
COOKIE: Final = "fluentscribe_after"
LASTS_S: Final = 10  # of the cookie: by then every process has seen the change, or answers nothing from memory
OWN: Final = "SELECT pg_current_xact_id_if_assigned()::text"
_TOKEN: Final = re.compile(r"[0-9]{1,18}(\.[0-9a-f]{12})?", re.ASCII)
_WROTE: Final = "wrote"  # in the state of a request


class Carrying:
    """Gives the token of what a request has changed to who asked for it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            wrote = scope.get("state", {}).get(_WROTE)
            if wrote is not None and message["type"] == "http.response.start":
                cookie = f"{COOKIE}={wrote}; Max-Age={LASTS_S}; Path=/; HttpOnly; SameSite=Lax"
                given = [(HEADER.lower().encode(), wrote.encode()), (b"set-cookie", cookie.encode())]
                message["headers"] = [*message.get("headers", ()), *given]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def carried_by(request: Request) -> str | None:
    """The token that came with a request. Raises Problem for a header that has none; such a cookie is passed over."""
    said = request.headers.get(HEADER)
    if said is not None and not _TOKEN.fullmatch(said):
        raise invalid(f"header.{HEADER}", "is no token that a change was answered with")
    text = request.cookies.get(COOKIE) if said is None else said
    return text if text is not None and _TOKEN.fullmatch(text) else None


async def remember(request: Request, state: State, db: Any, known: str | None = None) -> None:
    """Within the transaction of a change, at its end; its token, or None where that has to be asked for. One that has
    written nothing has none."""
    if state.caching is not None:
        token = known or await db.fetchval(OWN)
        if token is not None:
            request.scope.setdefault("state", {})[_WROTE] = token
