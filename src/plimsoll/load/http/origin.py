"""The one origin that requests go to, and what a path or a redirect means there. Pure."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from plimsoll.core.errors import UsageError

_PORTS: Final = {"http": 80, "https": 443}
_SAFE: Final = "/:@!$&'()*+,;=-._~%?[]"
_PLAIN = re.compile(r"/[A-Za-z0-9/:@!$&'()*+,;=\-._~%?\[\]]*").fullmatch
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?").fullmatch
URL_CHARACTERS_MAX: Final = 32_768


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of `--url`, and the path before every path, without a slash at its end."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def authority(self) -> str:
        """As the Host header has it: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.prefix}"

    @property
    def root(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def target(self, path: str) -> str:
        """The request target of a scenario's path. Raises UsageError for what leads elsewhere."""
        if not path.startswith("/"):
            path = self._own_part(path)
        elif self.prefix:
            path = self.prefix + path
        return encoded(path)

    def _own_part(self, url: str) -> str:
        """The path of an absolute URL of this origin."""
        inside = self.inside(url) if "://" in url else None
        if inside is None:
            why = "it leads to another host than --url" if "://" in url else "it does not begin with a slash"
            raise UsageError(
                f"user.http cannot go to {url.partition('?')[0][:100]!r}",
                why=why,
                remedy='a path such as "/api/projects"',
            )
        return inside

    def inside(self, url: str) -> str | None:
        """Path and query of an absolute URL, or None where it is another origin's, or no URL."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return None
        if (parts.scheme, (parts.hostname or "").lower(), port) != (self.scheme, self.host, self.port):
            return None
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def redirected(self, target: str, location: str) -> str | None:
        """The request target that a Location leads to from `target`; None where it leaves the origin."""
        location = "".join(sign if sign.isascii() else f"%{ord(sign):02X}" for sign in location.strip())  # bytes, kept
        try:
            inside = self.inside(urljoin(self.root + target, location))
            return None if inside is None else encoded(inside)
        except (ValueError, UsageError):
            return None


def encoded(path: str) -> str:
    """The path with what may not stand in a request line percent-encoded; a fragment is left out."""
    made = path if _PLAIN(path) else quote(path.partition("#")[0], safe=_SAFE)
    if len(made) > URL_CHARACTERS_MAX:
        raise UsageError("the path of a request is too long", why=f"{len(made):,} characters, at most 32,768")
    return made


def parse_origin(url: str, *, where: str = "--url") -> Origin:
    """Reads a URL such as `https://app.example.com/base`. Raises UsageError; the error holds no password."""
    refuse = _Refusal(where)
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise refuse(str(error)) from None
    if parts.scheme not in _PORTS:
        raise refuse("it does not begin with http:// or https://")
    if not parts.hostname or port == 0:
        raise refuse("it names no host" if port != 0 else "there is no port 0")
    if parts.username is not None or parts.password is not None:
        raise refuse("it holds a name or a password", "leave it out; user.authorize(basic=(name, password))")
    if parts.query or parts.fragment:
        raise refuse("it has a query or a fragment")
    prefix = encoded(parts.path.rstrip("/") or "/").rstrip("/")
    return Origin(parts.scheme, _ascii(parts.hostname.lower(), refuse), port or _PORTS[parts.scheme], prefix)


def _ascii(host: str, refuse: "_Refusal") -> str:
    try:
        made = host.encode("idna").decode()
    except UnicodeError:
        made = ""
    if ":" not in made and not _HOST(made):
        raise refuse(f"{host!r} is no host name")
    return made


@dataclass(frozen=True, slots=True)
class _Refusal:
    where: str

    def __call__(self, why: str, remedy: str = "http://127.0.0.1:8000") -> UsageError:
        return UsageError("cannot read the URL", where=self.where, why=why, remedy=remedy)
