"""What a server in front is told: where it listens, what stands behind it, who may purge. Checked as it is made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.edge.rules.policy import UNDERSTOOD

PURGE_PATH: Final = "/.plimsoll/purge"
TOKEN_CHARACTERS_MIN: Final = 16
NAMES_MAX: Final = 100

# Cache-Control of what may be kept though it was asked for with Authorization (RFC 9111, 3.5): a word by itself, before
# any quotes.
EVERYBODYS: Final = r'([^"]*,)?[ \t]*(public|must-revalidate|s-maxage=[0-9]+)[ \t]*(,|$)'

# What goes into a configuration as it is: nothing that ends a word, a string or a line there.
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_NAME: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_PATH: Final = re.compile(r"/[A-Za-z0-9._/@+-]{1,500}")
_SIZE: Final = re.compile(r"[1-9][0-9]{0,5}[kmg]")


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @property
    def text(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Front:
    """`origin` is the application, by HTTP; `listen` where the server does. `names` are the hosts that it answers for,
    () for all. `scheme` is what clients use, "https" where something before it ends TLS. `token_file` holds the token
    of who may purge; `cache` is nginx's folder, `size` of what is kept, as 512m or 2g. Purges are taken from this
    machine and from `purgers`."""

    origin: Address
    listen: Address
    names: tuple[str, ...] = ()
    scheme: str = "http"
    token_file: str = "/etc/plimsoll/edge-token"  # noqa: S105  # where it is
    cache: str = "/var/cache/nginx/plimsoll"
    size: str = "1g"
    purgers: tuple[IPv4Network | IPv6Network, ...] = ()

    def __post_init__(self) -> None:
        if self.scheme not in ("http", "https"):
            raise UsageError("wrong --scheme", why=f'"{self.scheme}" is none of http, https', remedy="--scheme https")
        if len(self.names) > NAMES_MAX or not all(map(_NAME.fullmatch, self.names)):
            raise UsageError("wrong --name", why="it is no host's name", remedy="--name www.example.com")
        for option, path in (("--token-file", self.token_file), ("--cache", self.cache)):
            if not _PATH.fullmatch(path):
                why = f'"{path}" is no absolute path of letters, digits and ._/@+-'
                raise UsageError(f"wrong {option}", why=why, remedy=f"{option} /etc/plimsoll/edge-token")
        if not _SIZE.fullmatch(self.size):
            raise UsageError("wrong --size", why=f'"{self.size}" is no size as servers write it', remedy="--size 512m")

    @property
    def host_sent(self) -> str:
        """The port that clients name beside the host, with its colon; "" where it is the scheme's own."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return "" if self.scheme == "https" or self.listen.port == usual else f":{self.listen.port}"


def statuses() -> tuple[int, ...]:
    """Those that may be kept."""
    return tuple(sorted(UNDERSTOOD))


def address_of_origin(url: str) -> Address:
    """Raises UsageError for what is not http://host or http://host:port."""
    remedy = "--origin http://127.0.0.1:8000"
    try:
        parts = urlsplit(url)
        port = 80 if parts.port is None else parts.port
    except ValueError:
        raise UsageError("wrong --origin", why="it is no address", remedy=remedy) from None
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if parts.scheme == "https":
        raise UsageError("wrong --origin", why="these servers speak plain HTTP to what is behind them", remedy=remedy)
    if parts.scheme != "http" or parts.path not in ("", "/") or parts.query or not _HOST.fullmatch(host) or not port:
        raise UsageError("wrong --origin", why="it is not http:// and a host, with a port or none", remedy=remedy)
    return Address(host, port)


def networks(texts: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Raises UsageError for what is no network, as 10.0.0.0/8, and no address."""
    try:
        return tuple(map(ip_network, texts))
    except ValueError as error:
        raise UsageError("wrong --purge-from", why=str(error), remedy="--purge-from 10.0.0.0/8") from None


def address_to_listen(text: str) -> Address:
    """Raises UsageError for what is not HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[1-9][0-9]{0,4}", port, re.ASCII) or int(port) > 65_535:
        raise UsageError("wrong --listen", why=f'"{text}" is no HOST:PORT', remedy="--listen 127.0.0.1:8080")
    return Address(host, int(port))
