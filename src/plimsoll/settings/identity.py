"""Which database a target really is, whatever name it was given: the key by which protected ones are known.

Pure text: nothing is resolved over the network, so an alias in DNS or a tunnel to another host is not seen through.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

_DEFAULT_SOCKETS: Final = ("/var/run/postgresql", "/run/postgresql", "/tmp", "/private/tmp")  # noqa: S108 -- where libpq looks; nothing is made there
_LOOPBACK: Final = "localhost"
_SUPABASE_HOST: Final = re.compile(r"db\.(\w+)\.supabase\.(?:co|com|in|red)")
_SUPABASE_USER: Final = re.compile(r"[\w-]+\.(\w{8,})")

Identity: TypeAlias = tuple[str, int | None, str]


def identities(endpoints: Iterable[tuple[str, int]], database: str, user: str = "") -> frozenset[Identity]:
    """One key for each host of a target: (host, port or None, database); targets that share a key are the same.

    The port counts only on this machine, where servers live side by side; elsewhere another port is most often a pooler
    before the same database. Supabase's direct and pooled hosts have one key, by the project's reference in host or
    user; so have Neon's.
    """
    return frozenset(_identity(host, port, database, user) for host, port in endpoints)


def _identity(host: str, port: int, database: str, user: str) -> Identity:
    host = normal_host(host)
    if host == _LOOPBACK or host.startswith("/"):
        return host, port, database
    project = _SUPABASE_HOST.fullmatch(host)
    if project is None and host.endswith((".pooler.supabase.com", ".supabase.co")):
        project = _SUPABASE_USER.fullmatch(user)
    if project is not None:
        return f"supabase:{project[1].lower()}", None, database
    if host.endswith(".neon.tech"):
        host = re.sub(r"^(ep-[^.]+)-pooler\.", r"\1.", host)
    return host, None, database


def normal_host(host: str) -> str:
    """A host in one spelling: case, trailing dot, the many ways to write this machine, default socket folders."""
    host = host.strip().lower().rstrip(".") if not host.startswith("/") else host.rstrip("/")
    if host in _DEFAULT_SOCKETS or host == _LOOPBACK or host.endswith(".localhost"):
        return _LOOPBACK
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return _LOOPBACK if address.is_loopback or address.is_unspecified else str(address)
