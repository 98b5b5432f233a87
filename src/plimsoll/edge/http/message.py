"""Heads of messages, with fields as ASGI has them: lower-case names, bytes, in the order they came.

Bodies are not here: who drives has them, whole or as they pass.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Field = tuple[bytes, bytes]
Fields = Sequence[Field]

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, 9.2.1

TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
_TOKEN: Final = re.compile(TOKEN)

# What is one connection's affair (RFC 9110, 7.6.1). Proxy-Authenticate and its kin are between a client and its proxy.
HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
    | {b"http2-settings", b"proxy-authenticate", b"proxy-authentication-info", b"proxy-authorization"}
)

# What Connection may list without taking it away: a client that lists these would have the origin, or us, not see what
# decides who may have the answer and for how long.
NEVER_LISTED: Final = frozenset(
    {b"age", b"authorization", b"cache-control", b"cdn-cache-control", b"content-encoding", b"content-length"}
    | {b"content-range", b"content-type", b"cookie", b"date", b"etag", b"expires", b"forwarded", b"host", b"range"}
    | {b"last-modified", b"set-cookie", b"vary", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"}
)


@dataclass(slots=True)
class Request:
    """The head of a request.

    `method` is upper-case text as ASGI has it; `scheme` b"http" or b"https"; `host` what Host says, as it was sent;
    `path` begins with a slash and is as it was sent, percent signs and all; `query` is without its question mark.
    """

    method: str
    scheme: bytes
    host: bytes
    path: bytes
    query: bytes
    fields: Fields


@dataclass(slots=True)
class Response:
    """The head of a response."""

    status: int
    fields: Fields


def is_token(text: bytes) -> bool:
    """Whether it can be the name of a field or a directive."""
    return _TOKEN.fullmatch(text) is not None


def values(fields: Fields, name: bytes) -> list[bytes]:
    """The values of each line of this name (lower-case), in order."""
    return [value for key, value in fields if key == name]


def first(fields: Fields, name: bytes) -> bytes | None:
    """The value of the first line of this name, or None."""
    for key, value in fields:
        if key == name:
            return value
    return None


def combined(fields: Fields, name: bytes) -> bytes | None:
    """All lines of this name as one value, with commas between (RFC 9110, 5.2), or None where there is none."""
    lines = values(fields, name)
    return b", ".join(lines) if lines else None


def without(fields: Fields, names: Iterable[bytes]) -> list[Field]:
    """The fields without those of these names."""
    gone = frozenset(names)
    return [field for field in fields if field[0] not in gone]


def end_to_end(fields: Fields) -> list[Field]:
    """What may be passed on and stored: neither hop-by-hop nor listed by Connection (RFC 9110, 7.6.1)."""
    gone = HOP_BY_HOP
    for key, value in fields:
        if key == b"connection":
            gone |= {name.strip().lower() for name in value.split(b",")} - NEVER_LISTED
    return [field for field in fields if field[0] not in gone]


def has_body(fields: Fields) -> bool:
    """Whether a request with these fields brings a body, which no key has: to GET it has no meaning (RFC 9110, 9.3.1),
    but an origin may have read it."""
    length = first(fields, b"content-length")
    return first(fields, b"transfer-encoding") is not None or (length is not None and length.strip(b" \t0") != b"")
