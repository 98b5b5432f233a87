"""The address of an application's endpoint: taken apart once, shown without what is secret in it."""

import base64
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from plimsoll.core.errors import UsageError

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """`target` is what is asked for, and may hold a secret in its query; `str()` shows neither that nor credentials."""

    scheme: str
    host: str
    port: int
    target: str
    authorization: str | None = None

    @property
    def origin(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.origin}{self.target.partition('?')[0]}"

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"


def parse_address(url: str) -> Address:
    """Raises UsageError, which does not show the URL: what cannot be read may hold a secret anywhere."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise _unreadable("it cannot be read") from None
    if parts.scheme not in _PORTS or not host:
        raise _unreadable("it must begin with http:// or https:// and name a host")
    target = (parts.path or "/metrics") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise _unreadable("characters of its path must be percent-encoded")
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], target, _basic(parts.username, parts.password))


def _unreadable(why: str) -> UsageError:
    return UsageError(
        "the address of the application's figures is of no use",
        why=why,
        remedy='state it as in metrics = ["http://127.0.0.1:8000/metrics"]',
    )


def _basic(user: str | None, password: str | None) -> str | None:
    if user is None and password is None:
        return None
    pair = f"{unquote(user or '')}:{unquote(password or '')}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def followed(address: Address, location: str) -> Address | None:
    """Where it is sent on to; None where that is another host, to which nothing of ours goes."""
    try:
        there = parse_address(urljoin(f"{address.scheme}://{address.origin}{address.target}", location))
    except (UsageError, ValueError):
        return None
    if (there.scheme, there.host, there.port) != (address.scheme, address.host, address.port):
        return None
    return Address(there.scheme, there.host, there.port, there.target, address.authorization)
