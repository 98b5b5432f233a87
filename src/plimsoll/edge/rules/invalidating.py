"""What an unsafe request makes wrong of what is stored (RFC 9111, 4.4; RFC 9875, 3)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from plimsoll.edge.http.message import SAFE_METHODS, Request, Response, combined, values
from plimsoll.edge.keys.primary import host_of, origin, primary
from plimsoll.edge.rules.tags import groups_in, portable

GROUPS_MAX: Final = 64  # of one response; RFC 9875 wants 32 at least
_INVALIDATION: Final = b"cache-group-invalidation"
_LOCATIONS: Final = (b"location", b"content-location")
_LOCATION_BYTES_MAX: Final = 8_192


@dataclass(frozen=True, slots=True)
class Invalidation:
    """What is wrong from now on: these keys (`keys.primary`), each with all its variants, and what carries one of
    `tags` and has a key that begins with `origin`: a group is its own origin's, whatever others call theirs."""

    keys: tuple[bytes, ...]
    tags: tuple[str, ...]
    origin: bytes


def invalidated(request: Request, response: Response) -> Invalidation | None:
    """What the answer to an unsafe method invalidates: the URI itself, Location and Content-Location of the same
    origin, groups; None for a safe method, and for an error, which changed nothing."""
    if request.method in SAFE_METHODS or not 200 <= response.status < 400:
        return None
    target, own = primary(request), origin(request)
    if target is None or own is None:
        return None
    locations = [value for name in _LOCATIONS for value in values(response.fields, name)]
    found = [key for value in locations if (key := key_of_location(request, value)) is not None]
    return Invalidation(tuple(dict.fromkeys((target, *found))), _groups(response), own)


def key_of_location(request: Request, location: bytes) -> bytes | None:
    """The key of a URI reference, if it is of the request's origin; None also for what is no reference."""
    if len(location) > _LOCATION_BYTES_MAX:
        return None
    host = host_of(request.scheme, request.host) or b""
    query = b"?" + request.query if request.query else b""
    base = b"%b://%b%b%b" % (request.scheme, host, request.path, query)
    try:
        parts = urlsplit(urljoin(base.decode("latin-1"), location.strip(b" \t").decode("latin-1")))
    except ValueError:
        return None
    scheme, other = parts.scheme.encode("latin-1"), parts.netloc.encode("latin-1")
    if scheme != request.scheme or host_of(scheme, other) != host:
        return None
    path, asked = (parts.path or "/").encode("latin-1"), parts.query.encode("latin-1")
    return primary(Request("GET", scheme, host, path, asked, ()))


def _groups(response: Response) -> tuple[str, ...]:
    value = combined(response.fields, _INVALIDATION)
    groups = (groups_in(value) if value is not None else None) or []
    return tuple(dict.fromkeys(portable(group) for group in groups[:GROUPS_MAX]))
