"""Where the server of tier 2 is: one node or a cluster, by URL."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from plimsoll.cache.shared.asking import Address
from plimsoll.core.errors import UsageError

PORT: Final = 6379
SINGLE: Final[Address] = ("", 0)  # what one node is called: processes come to it by different names
TLS_SCHEMES: Final = ("valkeys", "rediss")
SCHEMES: Final = ("valkey", "valkeys", "redis", "rediss", "unix")
FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
OPTIONS: Final = (*FILES, "ssl_cert_reqs", "ssl_check_hostname")
CERT_REQS: Final = ("none", "optional", "required")
_REMEDY: Final = "write valkey://:PASSWORD@HOST:PORT/DB, rediss:// for TLS, unix://PATH; ?cluster=true for a cluster"

Kind = Literal["tcp", "tls", "unix"]


@dataclass(frozen=True, slots=True)
class Place:
    """`shown` is the URL without its password. `options` go to the driver's connections."""

    shown: str
    kind: Kind
    host: str
    port: int
    clustered: bool
    options: dict[str, Any] = field(repr=False)

    @staticmethod
    def parse(url: str) -> "Place":
        """From valkey://, valkeys:// (TLS), redis://, rediss:// (TLS), unix://. Raises UsageError, without secrets."""
        parts = _parts(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        clustered = _truth(query.pop("cluster", "false"), "cluster")
        database = query.pop("db", parts.path.strip("/") if parts.scheme != "unix" else "") or "0"
        if not query.keys() <= set(OPTIONS):
            raise _refused(f"it has another option than cluster, db, {', '.join(OPTIONS)}")
        if query and parts.scheme not in TLS_SCHEMES:
            raise _refused(f"it has {min(query)}, and only {' and '.join(f'{one}://' for one in TLS_SCHEMES)} are TLS")
        if query.get("ssl_cert_reqs", "required") not in CERT_REQS:
            raise _refused(f"its ssl_cert_reqs is not one of {', '.join(CERT_REQS)}")
        if "ssl_keyfile" in query and "ssl_certfile" not in query:
            raise _refused("it has ssl_keyfile without ssl_certfile")
        if not re.fullmatch(r"\d{1,5}", database, re.ASCII):
            raise _refused("its database is no number")
        if clustered and (parts.scheme == "unix" or database != "0"):
            raise _refused("a cluster has hosts, and one database")
        options: dict[str, Any] = {**query, "db": int(database)}
        if "ssl_check_hostname" in options:
            options["ssl_check_hostname"] = _truth(query["ssl_check_hostname"], "ssl_check_hostname")
        for name in ("username", "password"):
            if given := getattr(parts, name):
                options[name] = unquote(given)
        kind, host, port = _where(parts)
        shown = f"{parts.scheme}://{host}" + ("" if kind == "unix" else f":{port}") + f"/{database}" * (database != "0")
        return Place(shown + "?cluster=true" * clustered, kind, host, port, clustered, options)

    def check_files(self) -> None:
        """Raises UsageError with the one that cannot be read: a connection would say that, and not which."""
        for name in FILES:
            path = self.options.get(name)
            try:
                if path is not None:
                    Path(path).open("rb").close()
            except (OSError, ValueError) as error:
                raise _refused(f"its {name} cannot be read: {error}") from None

    def at(self, address: Address) -> dict[str, Any]:
        """What a connection to that node is made with."""
        host, port = (self.host, self.port) if address == SINGLE else address
        return {**self.options, **({"path": host} if self.kind == "unix" else {"host": host, "port": port})}


def _parts(url: str) -> SplitResult:
    """Nothing of the URL is shown: a password that should have been percent-encoded may be anywhere in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refused("it is no URL") from None
    if parts.scheme not in SCHEMES:
        raise _refused(f"it begins with none of {', '.join(f'{one}://' for one in SCHEMES)}")
    return parts


def _where(parts: SplitResult) -> tuple[Kind, str, int]:
    kind: Kind = "unix" if parts.scheme == "unix" else "tls" if parts.scheme in TLS_SCHEMES else "tcp"
    try:
        host, port = unquote((parts.path if kind == "unix" else parts.hostname) or ""), parts.port or PORT
    except ValueError:
        raise _refused("its port is no number up to 65535") from None
    if not host:
        raise _refused("it names no path" if kind == "unix" else "it names no host")
    return kind, host, port


def _truth(told: str, name: str) -> bool:
    if told.lower() in ("true", "1", "yes"):
        return True
    if told.lower() in ("false", "0", "no"):
        return False
    raise _refused(f"its {name} is neither true nor false")


def _refused(why: str) -> UsageError:
    return UsageError("not the URL of a server for a shared cache", why=why, remedy=_REMEDY)
