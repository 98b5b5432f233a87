"""What every answer says to browsers and caches. No answer names the server."""

from collections.abc import Iterable, Iterator
from email.utils import formatdate
from typing import Final

Header = tuple[bytes, bytes]

_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
# The pages' framework compiles templates in the browser and styles in place; nothing comes from elsewhere.
_PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# A report is a file with scripts of its own: it may run them, but not as a page of ours.
_REPORT_POLICY: Final = f"{_PAGE_POLICY}; sandbox allow-scripts allow-downloads allow-popups"
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def is_page(path: str) -> bool:
    """Whether a path is the dashboard's, not the API's."""
    return not path.startswith(("/api/", "/metrics", "/health/"))


def policy_of(path: str) -> str:
    """What a browser lets an answer do."""
    if path.startswith("/reports/"):
        return _REPORT_POLICY
    return _PAGE_POLICY if is_page(path) else _API_POLICY


def guarded(headers: Iterable[Header], path: str, now_s: float) -> Iterator[Header]:
    """The headers of an answer, with what is missing of ours. Nothing is kept by caches unless it says how."""
    names = set()
    for name, value in headers:
        if name.lower() != b"server" and not name.lower().startswith(b"access-control-"):  # no other site is let in
            names.add(name.lower())
            yield name, value
    policy = policy_of(path)
    date = formatdate(now_s, usegmt=True)
    defaults = ((b"cache-control", "no-store"), (b"content-security-policy", policy), (b"date", date))
    yield from ((name, value.encode()) for name, value in defaults if name not in names)
    yield from (header for header in _ALWAYS if header[0] not in names)
