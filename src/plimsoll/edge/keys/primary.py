"""The key of a URI: scheme, host, path and query, each with its length before it, so that none can pass for another.

What is the same by RFC 9110, 4.2.3 is the same here: the case of scheme and host, the default port, an empty one, a dot
at the host's end. Path and query are bytes as they came: whether `/a%2Fb` is `/a/b` only the origin knows.
"""

import re
from functools import lru_cache
from typing import Final

from plimsoll.edge.http.message import Request

HOST_BYTES_MAX: Final = 300  # a name has 253 at most, and a port 6
_DEFAULT_PORTS: Final = {b"http": b"80", b"https": b"443", b"ws": b"80", b"wss": b"443"}
_HOST: Final = re.compile(rb"(\[[0-9a-f:.]+\]|[0-9a-z_][0-9a-z_.-]*)(?::([0-9]*))?")


def primary(request: Request) -> bytes | None:
    """The key, or None where Host is none: such a request is to be refused (400). GET and HEAD have one key."""
    host = host_of(request.scheme, request.host)
    if host is None:
        return None
    scheme, path, query = request.scheme, request.path, request.query
    return b"%d:%b%d:%b%d:%b%d:%b" % (len(scheme), scheme, len(host), host, len(path), path, len(query), query)


def origin(request: Request) -> bytes | None:
    """What the keys of all URIs with this scheme and host begin with, and no others; None where Host is none."""
    host = host_of(request.scheme, request.host)
    return None if host is None else b"%d:%b%d:%b" % (len(request.scheme), request.scheme, len(host), host)


def host_of(scheme: bytes, host: bytes) -> bytes | None:
    """The host as all its spellings are: lower-case, without the scheme's port and a last dot. None for what is
    none."""
    return _host_of(scheme, host) if len(host) <= HOST_BYTES_MAX else None


@lru_cache(maxsize=1024)  # of at most HOST_BYTES_MAX each
def _host_of(scheme: bytes, host: bytes) -> bytes | None:
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return None
    name, port = found[1].removesuffix(b"."), (found[2] or b"").lstrip(b"0")
    if not port or port == _DEFAULT_PORTS.get(scheme):
        return name
    return b"%b:%b" % (name, port) if len(port) <= 5 else None
