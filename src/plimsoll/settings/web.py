"""How the target's URL is spoken to: `[environments.NAME.http]`."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from plimsoll.settings.identity import normal_host

WebIdentity = tuple[str, str, int | None]
_USUAL_PORTS = (80, 443)


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """Files in PEM. `ca` replaces the system's authorities; the server is shown `certificate` (`key`, if apart)."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`connections` is the size of a pool in each process, or None for a connection for each user. Times in seconds."""

    connections: int | None = None
    connect_timeout_s: float = 10.0
    first_byte_timeout_s: float = 30.0
    timeout_s: float = 60.0
    tls: TlsOptions = TlsOptions()


def web_identities(url: str | None) -> frozenset[WebIdentity]:
    """The key by which a protected site is known however it is written; none for what is no URL.

    http and https of a host are one. The port counts where it is not the usual one.
    """
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        host = (parts.hostname or "").encode("idna").decode()  # as it is looked for, whatever dots and letters it has
    except ValueError:
        return frozenset()
    if not host:
        return frozenset()
    return frozenset({("web", normal_host(host), None if port in _USUAL_PORTS else port)})
