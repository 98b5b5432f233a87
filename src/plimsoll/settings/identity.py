"""Which database a target really is, whatever name it was given: the key by which protected ones are known.

Pure text: nothing is resolved over the network, so an alias in DNS or a tunnel to another host is not seen through.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final, TypeAlias

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
    if host == _LOOPBACK:
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
    """A host in one spelling: case, trailing dot, the many ways to write this machine, its name and its sockets."""
    host = host.strip().lower().rstrip(".")
    if host.startswith(("/", "@")) or not host:  # a folder of sockets, or an abstract one
        return _LOOPBACK
    if host in (_LOOPBACK, socket.gethostname().lower()) or host.endswith(".localhost"):
        return _LOOPBACK
    try:
        address = ipaddress.ip_address(_written_out(host.strip("[]")))
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return _LOOPBACK if address.is_loopback or address.is_unspecified else str(address)


def _written_out(host: str) -> str:
    """127.1, 0x7f000001 and 2130706433 as resolvers read them."""
    if not host[:1].isdigit() or ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host
