"""The URL in a key, and the key of a URL: `scheme://host/path?query` as `edge.keys` writes its parts. Pure."""

import re
from typing import Final

from plimsoll.edge.http.message import Request
from plimsoll.edge.keys import primary

_URL: Final = re.compile(rb"(https?)://([^/?#]+)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)


def url_of(key: bytes) -> bytes:
    """Of a key that `keys.primary` made."""
    parts, at = [], 0
    for _ in range(4):
        colon = key.index(b":", at)
        end = colon + 1 + int(key[at:colon])
        parts.append(key[colon + 1 : end])
        at = end
    scheme, host, path, query = parts
    return b"%b://%b%b?%b" % (scheme, host, path, query) if query else b"%b://%b%b" % (scheme, host, path)


def key_of_url(url: bytes) -> bytes | None:
    """None for what is no URL that a request could have."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme, host, path, query = found[1].lower(), found[2], found[3] or b"/", found[4] or b""
    return primary(Request("GET", scheme, host, path, query, ()))
