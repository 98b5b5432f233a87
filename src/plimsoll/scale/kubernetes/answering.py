"""How many workers there should be, for KEDA's metrics-api scaler: `{"value": 3}` to whoever shows the token."""

import asyncio
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.scale.policy.decision import Decision

HEAD_BYTES_MAX: Final = 8_192
ASKED_S: Final = 1.5  # for a request to be there
ACCEPTED_MOST: Final = 64  # at once, before what they ask is read
# That have not asked; then the oldest goes. A few times ACCEPTED_MOST, so that who asks at once is read before others
# push him out.
CONNECTIONS_MAX: Final = 256
OLD_S: Final = 30.0  # an older decision is none: KEDA falls back, its autoscaler takes nobody away
TOKEN_CHARACTERS_LEAST: Final = 16
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def checked_token(token: str | None, host: str) -> str | None:
    """Raises UsageError for one that is none, and where it is missing for other machines."""
    if token is None:
        if host in LOOPBACK:
            return None
        raise UsageError(
            f"without a token only this machine may ask, and {host} is for others, too",
            remedy="--token-file FILE, or the variable PLIMSOLL_METRICS_TOKEN",
        )
    token = token.strip()
    if len(token) < TOKEN_CHARACTERS_LEAST or not token.isascii() or not token.isprintable() or " " in token:
        why = f"at least {TOKEN_CHARACTERS_LEAST} letters, digits and signs, without blanks"
        raise UsageError("the token is of no use", why=why, remedy="openssl rand -hex 32")
    return token


class Answering:
    """`decided` gives the last decision; `clock` is that of its `at`. A request is to be there within `asked_s`."""

    def __init__(
        self,
        decided: Callable[[], Decision | None],
        clock: Callable[[], float],
        token: str | None,
        asked_s: float = ASKED_S,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._decided, self._clock, self._token, self._asked_s = decided, clock, token, asked_s
        self._say, self._dropped = say, False
        self._silent: dict[asyncio.StreamWriter, None] = {}  # who has not asked yet, the oldest first
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def listen(self, host: str, port: int) -> int:
        """The port, also where 0 asked for a free one. Raises RefusedError."""
        try:
            self._server = await asyncio.start_server(
                self._serve, host, port, limit=HEAD_BYTES_MAX, backlog=ACCEPTED_MOST
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise RefusedError(f"cannot listen on {host}:{port}", why=why, remedy="another --bind") from None
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Cuts off who is still there."""
        if self._server is not None:
            self._server.close()
        tasks = [task for task in self._open.values() if task is not None]
        for writer in self._open:
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=self._asked_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            self._silent[writer] = None
            self._make_room()
            async with asyncio.timeout(self._asked_s):
                head = await _head(reader)
                self._silent.pop(writer, None)
                writer.write(self._answer(head))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # who says nothing, or goes, is told nothing
        finally:
            del self._open[writer]
            self._silent.pop(writer, None)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _make_room(self) -> None:
        """Who has asked is answered within `asked_s`, so that the silent ones are those that there can be many of."""
        if len(self._silent) <= CONNECTIONS_MAX:
            return
        oldest = next(iter(self._silent))
        del self._silent[oldest]
        oldest.transport.abort()
        if not self._dropped:
            self._dropped = True
            self._say(f"more than {CONNECTIONS_MAX} connections ask nothing: the oldest are closed from now on")

    def _answer(self, head: str) -> bytes:
        line, *fields = head.split("\r\n")
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _said(400, {"error": "this is no request of HTTP/1.1"})
        if words[0] != "GET":
            return _said(405, {"error": "only GET"})
        path = words[1].partition("?")[0]
        if path == "/healthz":  # for a probe, which has no token; tells nothing
            return _said(200, {"ok": True})
        if not self._may(fields):
            return _said(401, {"error": "Authorization: Bearer TOKEN is wanting or wrong"})
        return self._value() if path == "/" else _said(404, {"error": "it is at /"})

    def _may(self, fields: list[str]) -> bool:
        if self._token is None:
            return True
        shown = [value.strip() for name, _, value in (field.partition(":") for field in fields)
                 if name.lower() == "authorization"]  # fmt: skip
        scheme, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def _value(self) -> bytes:
        decision = self._decided()
        if decision is None or self._clock() - decision.at > OLD_S:
            return _said(503, {"error": "nothing was decided lately, since the cluster could not be looked at"})
        return _said(200, {"value": decision.wanted, "because": decision.because, "rule": decision.rule})


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        return ""


def _said(status: int, content: dict[str, object]) -> bytes:
    body = json.dumps(content).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
        *(["WWW-Authenticate: Bearer"] if status == 401 else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
