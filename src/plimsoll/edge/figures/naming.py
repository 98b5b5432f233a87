"""Which class an answer belongs to, and what it was that answered: read off its head alone. Pure.

What answered is said by Cache-Status (RFC 9211), of which the last member is ours: what is nearer to the origin is told
first (2).
"""

from functools import lru_cache
from typing import Final, NamedTuple

from plimsoll.edge.http.message import Fields, first, values
from plimsoll.edge.rules.status import NO_ANSWER, NOT_STORED
from plimsoll.edge.static.mime import type_of

_DOCUMENTS: Final = ("pdf", "xliff", "tmx", "tbx", "msword", "officedocument", "opendocument", "csv", "epub", "rtf")
_ASSETS: Final = ("css", "javascript", "ecmascript", "wasm")
_DATA: Final = ("json", "xml", "text/plain", "event-stream", "protobuf", "msgpack")


class Named(NamedTuple):
    """`because` is why the origin was asked, "" where it was not."""

    outcome: str
    because: str = ""


_OURS: Final = frozenset({NO_ANSWER.encode("ascii"), NOT_STORED.encode("ascii")})


def class_of(fields: Fields, path: bytes) -> str:
    """One of `CLASSES`. A 304 has no type, so that the path's extension has to tell it."""
    if b"immutable" in (first(fields, b"cache-control") or b""):
        return "immutable"
    kind = first(fields, b"content-type")
    return _class_of(kind) if kind is not None else _class_by(path.rpartition(b"/")[2][-40:])


@lru_cache(maxsize=256)
def _class_by(name: bytes) -> str:
    return _class_of(type_of(name.decode("latin-1")).encode("latin-1"))


@lru_cache(maxsize=256)
def _class_of(content_type: bytes) -> str:
    kind = content_type.partition(b";")[0].strip().lower().decode("latin-1")
    if kind in ("text/html", "application/xhtml+xml"):
        return "pages"
    if kind.startswith("image/"):
        return "images"
    if kind.startswith("font/") or kind.endswith(_ASSETS):
        return "assets"
    if any(word in kind for word in _DOCUMENTS):
        return "documents"
    return "data" if any(word in kind for word in _DATA) else "other"


def named(status: int, fields: Fields) -> Named:
    """What answered. A head without Cache-Status is of a file, or a problem of ours."""
    lines = values(fields, b"cache-status")
    if not lines:
        return _unasked(status)
    return _named(lines[-1].rpartition(b",")[2].strip()) or _unasked(status)


def _unasked(status: int) -> Named:
    if status >= 500:
        return Named("failed")
    return Named("refused" if status >= 400 else "file")


@lru_cache(maxsize=4096)  # as many as `rules.status` remembers
def _named(member: bytes) -> Named | None:
    """None: the answer is our own."""
    told = dict(_pair(part) for part in member.split(b";")[1:])
    if told.get(b"detail") in _OURS:
        return None
    if b"hit" in told:
        return Named("stale" if told.get(b"ttl", b"").startswith(b"-") else "hit")
    because = told.get(b"fwd", b"").decode("latin-1")
    if b"collapsed" in told:
        return Named("collapsed")
    if told.get(b"fwd-status") == b"304":
        return Named("renewed", because)
    if told.get(b"detail") == b"origin-failed":
        return Named("instead", because)
    return Named("write" if because == "method" else "forwarded", because)


def _pair(part: bytes) -> tuple[bytes, bytes]:
    name, _, value = part.strip().partition(b"=")
    return name, value
