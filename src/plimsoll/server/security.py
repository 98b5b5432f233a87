"""Who may do what: tokens, the cookie that stands for one in a browser, and the names under which we answer.

`role_of(request)` is what pages and routes ask. Everything else here is pure: time and chance are arguments.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer

Role = Literal["none", "read", "admin"]

COOKIE: Final = "plimsoll_session"
COOKIE_S: Final = 7 * 86_400
TOKEN_CHARACTERS_MIN: Final = 16  # of chance: what cannot be guessed at the pace that is allowed, nor at any other
TOKEN_DIFFERENT_MIN: Final = (
    8  # characters: 32 times an "a" is no chance; of any 16 signs of chance hardly any has fewer
)
_KEY: Final = b"plimsoll session 1"
_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


@dataclass(frozen=True, slots=True)
class Access:
    """What opens what. Without a read token everybody reads; without an admin token nobody changes anything."""

    read: Secret | None
    admin: Secret | None
    hosts: frozenset[str] = frozenset()

    @property
    def everybody(self) -> Role:
        """What somebody may do who shows nothing."""
        return "none" if self.read is not None else "read"

    def role(self, token: str) -> Role:
        """Of who shows this token; compared in a time that does not depend on it."""
        is_admin = self.admin is not None and _same(token, self.admin.reveal())
        is_reader = self.read is not None and _same(token, self.read.reveal())
        return "admin" if is_admin else "read" if is_reader else "none"

    def _secret(self, role: str) -> Secret | None:
        return {"read": self.read, "admin": self.admin}.get(role)

    def cookie(self, role: Role, now_s: float) -> str:
        """What a browser keeps instead of the token: it ends by itself, and with a change of the token."""
        until = str(int(now_s) + COOKIE_S)
        return f"{role}.{until}.{self._signature(role, until)}"

    def role_in_cookie(self, text: str, now_s: float) -> Role:
        role, _, rest = text.partition(".")
        until, _, signature = rest.partition(".")
        if self._secret(role) is None or not (until.isascii() and until.isdigit() and len(until) <= 12):
            return "none"
        if int(until) <= now_s or not _same(signature, self._signature(role, until)):
            return "none"
        return "admin" if role == "admin" else "read"

    def _signature(self, role: str, until: str) -> str:
        secret = self._secret(role)
        assert secret is not None
        key = hmac.digest(secret.reveal().encode(), _KEY, "sha256")
        return hmac.new(key, f"{role}.{until}".encode(), hashlib.sha256).hexdigest()

    def answers_to(self, host: str) -> bool:
        """Whether a Host header names us. A page elsewhere can point a name of its own here, but no address."""
        name = host_name(host)
        return name is not None and (name in _LOCAL_NAMES or name in self.hosts or _is_address(name))


def make_access(server: MonitorServer, environ: Mapping[str, str]) -> Access:
    """Raises UsageError where a token cannot be used, RefusedError where the address wants tokens and has none."""
    access = Access(
        _token(server.read_token, "read_token", environ),
        _token(server.admin_token, "admin_token", environ),
        frozenset(name.lower() for name in (*server.hosts, server.host)),
    )
    if access.read is not None and access.read == access.admin:
        raise UsageError(
            "read_token and admin_token are the same",
            where="[monitor.server]",
            why="whoever may read could then change things",
            remedy="state two different tokens",
        )
    if not is_loopback(server.host):
        check_tokens(access, server.host)
    return access


def check_tokens(access: Access, host: str) -> None:
    """Raises RefusedError where there are none for what others reach."""
    if access.read is None or access.admin is None:
        raise RefusedError(
            f"the API does not listen on {host} without tokens",
            where="[monitor.server]",
            why="everybody who reaches this address could read statements and sessions",
            remedy='state read_token = "env:NAME" and admin_token = "env:NAME", or keep host = "127.0.0.1"',
        )


def _token(stated: Secret | None, name: str, environ: Mapping[str, str]) -> Secret | None:
    if stated is None:
        return None
    text = stated.reveal().strip()
    if text.startswith("env:"):
        text = _of_environment(text.removeprefix("env:").strip(), name, environ)
    if (
        len(text) < TOKEN_CHARACTERS_MIN
        or len(set(text)) < TOKEN_DIFFERENT_MIN
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise UsageError(
            f"{name} cannot be used",
            where="[monitor.server]",
            why=f"a token has at least {TOKEN_CHARACTERS_MIN} letters, digits and signs, {TOKEN_DIFFERENT_MIN} of them"
            " different, and no spaces",
            remedy='make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return Secret(text)


def _of_environment(variable: str, name: str, environ: Mapping[str, str]) -> str:
    if variable not in environ:
        raise UsageError(
            f"there is no {name}",
            where="[monitor.server]",
            why=f"the environment variable {variable} is not set",
            remedy=f"set {variable}",
        )
    return environ[variable].strip()


def is_loopback(host: str) -> bool:
    """Whether what listens there is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in _LOCAL_NAMES


def host_name(host: str) -> str | None:
    """The name of a Host header, without its port; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return name.lower() if name and parts.netloc == host and "@" not in host else None


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a request comes from a page of ours, or from no page at all."""
    return origin is None or _place_of(origin) == host.lower()


def _place_of(origin: str) -> str | None:
    """Host and port of an origin; None where it is none of http ("null", an extension's)."""
    scheme, found, rest = origin.lower().partition("://")
    return rest if found and scheme in ("http", "https") else None


def role_of(request: HTTPConnection) -> Role:
    """Of a request or WebSocket that the guard let in."""
    role: Role = request.scope.get("state", {}).get("role", "none")
    return role


def shown(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The token and the cookie that a request shows."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None, _cookie(headers.get("cookie", ""))


def _cookie(header: str) -> str | None:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
