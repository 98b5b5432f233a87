"""A request as it goes to the origin. Pure.

Fields that tell who asked (X-Forwarded-…, Forwarded) are ours alone: of what clients send of them nothing goes on, but
for the line of addresses that a trusted peer has told. So whatever the origin makes of them is in the key, too.
"""

from collections.abc import Mapping
from typing import Any, Final

from plimsoll.edge.http.message import end_to_end, first

# What frameworks, servers and platforms take for the client's address, scheme, host, path or method.
ABOUT_THE_CLIENT: Final = frozenset(
    {b"forwarded", b"x-forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port"}
    | {b"x-forwarded-scheme", b"x-forwarded-ssl", b"x-forwarded-server", b"x-forwarded-prefix", b"x-forwarded-path"}
    | {b"x-forwarded-by", b"x-real-ip", b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip", b"front-end-https"}
    | {b"x-url-scheme", b"x-scheme"}
)
FORWARDED_FOR: Final = "plimsoll.edge.forwarded_for"  # in a scope: the line of addresses, the client's first
_ANEW: Final = frozenset({b"content-length", b"host", b"expect"})  # written here; what is expected our server answered


def request_head(scope: Mapping[str, Any], host: bytes | None) -> bytes:
    """The first line and the fields. `host`: what stands in Host; None: what the client named.

    A body has the length it came with, or is chunked.
    """
    came = scope["headers"]
    named = first(came, b"host") or b""
    lines = [b"%b %b HTTP/1.1" % (scope["method"].encode("ascii"), target_of(scope))]
    lines += [b"host: " + (named if host is None else host)]
    lines += [b"%b: %b" % field for field in end_to_end(came) if field[0] not in _ANEW and not is_ours(field[0])]
    lines += [b"x-forwarded-for: " + (scope.get(FORWARDED_FOR) or client_of(scope)), b"x-forwarded-host: " + named]
    lines += [b"x-forwarded-proto: " + scope["scheme"].encode("ascii"), b"via: 1.1 plimsoll"]
    if is_chunked(scope):
        lines.append(b"transfer-encoding: chunked")
    elif (length := first(came, b"content-length")) is not None:
        lines.append(b"content-length: " + length)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def is_ours(name: bytes) -> bool:
    """Whether only we say it; an origin may read `x_forwarded_host` as the same name (RFC 3875, 4.1.18)."""
    return name.replace(b"_", b"-") in ABOUT_THE_CLIENT


def length_of(scope: Mapping[str, Any]) -> int | None:
    """Bytes of the body that comes with the request; None: it ends when it ends (RFC 9112, 6.3)."""
    return None if is_chunked(scope) else int(first(scope["headers"], b"content-length") or b"0")


def is_chunked(scope: Mapping[str, Any]) -> bool:
    return first(scope["headers"], b"transfer-encoding") is not None


def target_of(scope: Mapping[str, Any]) -> bytes:
    """Path and query as they came."""
    query: bytes = scope.get("query_string", b"")
    path: bytes = scope["raw_path"] or b"/"
    return path + b"?" + query if query else path


def client_of(scope: Mapping[str, Any]) -> bytes:
    """The address of who is connected with us; `unknown` (RFC 7239, 6.2) over a Unix socket."""
    client = scope.get("client")
    return client[0].encode("ascii", "replace") if client else b"unknown"
