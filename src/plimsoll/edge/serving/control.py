"""What an edge is told and asked by those who have its token: purges, and what it counts."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from hmac import compare_digest
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.openmetrics_text import CONTENT_TYPE
from plimsoll.edge.figures.openmetrics import exposition
from plimsoll.edge.figures.traffic import Traffic
from plimsoll.edge.http.message import Response, first
from plimsoll.edge.purge.wish import Kind, wish
from plimsoll.edge.serving.asgi import Application, Receive, Scope, Send, refuse
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.serving.problem import problem
from plimsoll.edge.serving.reporting import report_of
from plimsoll.edge.store.purge import URL_BYTES_MAX, Purge, Reach

PURGE: Final = b"/.plimsoll/purge"
FIGURES: Final = b"/.plimsoll/figures"
METRICS: Final = b"/.plimsoll/metrics"
_OURS: Final = frozenset({PURGE, FIGURES, METRICS})
TOKEN_CHARACTERS: Final = (16, 1_024)
BODY_BYTES_MAX: Final = 1_000_000
BODY_S: Final = 10.0
_LISTS: Final = frozenset({"tags", "urls", "prefixes", "patterns"})
_KNOWN: Final = _LISTS | {"everything", "reach"}


class Control:
    """Before an edge: `POST /.plimsoll/purge`, `GET /.plimsoll/figures` and `GET /.plimsoll/metrics` (OpenMetrics),
    each with `Authorization: Bearer TOKEN`. `traffic` is what is counted behind it.

    A purge is JSON: lists `tags`, `urls`, `prefixes`, `patterns`, or `"everything": true`; `"reach": "hard"` for what
    must be gone, and not only be validated. Raises UsageError for a token that could be guessed.
    """

    def __init__(self, edge: Edge, application: Application, token: str, traffic: Traffic | None = None) -> None:
        least, most = TOKEN_CHARACTERS
        if not least <= len(token) <= most or not token.isascii() or not token.isprintable() or " " in token:
            why = f"it has not {least} to {most:,} visible characters"
            raise UsageError("not a token of an edge", why=why, remedy="PLIMSOLL_EDGE_TOKEN=$(openssl rand -hex 32)")
        self._edge = edge
        self._traffic = traffic or Traffic()
        self._application = application
        self._expected = b"Bearer " + token.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("raw_path")
        if path not in _OURS:
            await self._application(scope, receive, send)
            return
        method = "POST" if path == PURGE else "GET"
        told = first(scope["headers"], b"authorization") or b""
        if not compare_digest(told, self._expected):
            reply = problem(401, None, (b"www-authenticate", b"Bearer"))
        elif scope["method"] != method:
            reply = problem(405, None, (b"allow", method.encode("ascii")))
        elif path == FIGURES:
            reply = _json(_figures(self._edge, self._traffic))
        elif path == METRICS:
            reply = _told(CONTENT_TYPE, exposition(report_of(self._edge, self._traffic)).encode())
        else:
            reply = await self._purged(receive)
        await refuse(send, reply, method=scope["method"])

    async def _purged(self, receive: Receive) -> tuple[Response, bytes]:
        try:
            body = await _body(receive)
            found = self._edge.purge(purge_of(body))
        except UsageError as error:
            return problem(400, f"{error}. {error.remedy}")
        except TimeoutError:
            return problem(408)
        return _json({"purged": found})


def purge_of(body: bytes) -> Purge:
    """From the JSON that is posted, each name by the rules of `plimsoll edge purge`. Raises UsageError."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise _wrong("it is no JSON") from None
    if not isinstance(told, dict) or not set(told) <= _KNOWN:
        raise _wrong(f"it is no object of {', '.join(sorted(_KNOWN))}")
    lists = {name: told.get(name, []) for name in _LISTS}
    for name, items in lists.items():
        if not isinstance(items, list) or not all(isinstance(item, str) and item.isascii() for item in items):
            raise _wrong(f"{name} is no list of texts in ASCII")
    everything, reach = told.get("everything", False), told.get("reach", "soft")
    if not isinstance(everything, bool) or reach not in ("soft", "hard"):
        raise _wrong("everything is true or false, reach soft or hard")
    return Purge(
        urls=_read(Kind.URL, lists["urls"]),
        tags=tuple(map(_tag, lists["tags"])),
        prefixes=_read(Kind.PREFIX, lists["prefixes"]),
        patterns=_read(Kind.PATTERN, lists["patterns"]),
        everything=everything,
        reach=Reach(reach),
    )


def _read(kind: Kind, items: list[str]) -> tuple[bytes, ...]:
    """A prefix that ends in a colon is of a host with any port, as `providers.local` writes it."""
    read = ((item, wish(kind, item, longest=URL_BYTES_MAX).what) for item in items)
    return tuple((item if item.endswith(":") else what).encode("ascii") for item, what in read)


def _tag(text: str) -> str:
    """As responses carry it, where capitals are allowed: the store knows them by another name."""
    wish(Kind.TAG, text.lower())
    return text


async def _body(receive: Receive) -> bytes:
    """Raises UsageError and TimeoutError."""
    parts, size, more = [], 0, True
    async with asyncio.timeout(BODY_S):
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _wrong("it was not sent to its end")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > BODY_BYTES_MAX:
                raise _wrong(f"it has more than {BODY_BYTES_MAX:,} bytes")
    return b"".join(parts)


def _figures(edge: Edge, traffic: Traffic) -> dict[str, Any]:
    return {
        **asdict(edge.figures),
        "hit_ratio": edge.figures.hit_ratio,
        "store": edge.store.statistics()._asdict(),
        "report": report_of(edge, traffic).to_json(),
    }


def _json(value: Mapping[str, Any]) -> tuple[Response, bytes]:
    return _told("application/json", json.dumps(value).encode())


def _told(kind: str, body: bytes) -> tuple[Response, bytes]:
    length = (b"content-length", b"%d" % len(body))
    return Response(200, [(b"content-type", kind.encode("ascii")), length, (b"cache-control", b"no-store")]), body


def _wrong(why: str) -> UsageError:
    return UsageError("not a purge", why=why, remedy='Post {"tags": ["project:7"]}')
