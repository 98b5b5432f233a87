"""Requests made for tests, and what of them goes out."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.http.body import Body
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.request import Request, RequestOptions, head_of, make_request
from plimsoll.load.language.feeding import Feed, Source

SITE = parse_origin("http://127.0.0.1:8000/base")


def made(method: str = "GET", path: str = "/x", *, directory: Path = Path(), **options: Any) -> Request:
    return make_request(SITE, method, path, cast("RequestOptions", options), Random(1), directory)


def sent(method: str = "GET", path: str = "/x", **options: Any) -> tuple[str, dict[str, str], bytes]:
    """(request line, headers, body) as they go out."""
    request = made(method, path, **options)
    head = head_of(SITE, request, {}, "")
    line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    return line, dict(text.split(": ", 1) for text in lines), content(request.body)


def content(body: Body | None) -> bytes:
    async def read(whole: Body) -> bytes:
        return b"".join([piece async for piece in whole.pieces()])

    return b"" if body is None else asyncio.run(read(body))


def refused(method: str = "GET", path: str = "/x", **options: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        made(method, path, **options)
    return caught.value


def counting() -> Feed:
    feed = Feed(Source("range", (1, 9), "here")).sequential()
    feed.bind(1, 0, 1, None)
    return feed
