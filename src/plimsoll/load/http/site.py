"""Where a run's requests go: as one picklable value, and as what the users of a process share."""

from dataclasses import dataclass
from pathlib import Path

from plimsoll.load.http.connecting import Connector
from plimsoll.load.http.origin import Origin
from plimsoll.load.http.pool import ConnectionPool
from plimsoll.load.http.tls import context_of
from plimsoll.settings.web import WebSettings


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Nanoseconds: for connecting (TLS has as much again), until the first byte, and for the whole request."""

    connect_ns: int
    first_byte_ns: int
    whole_ns: int


@dataclass(slots=True)
class Site:
    """What the users of a process share: where requests go, and what they may do there.

    `pool` is None where each user has a connection of its own. `directory` is where files to be sent are looked for.
    """

    origin: Origin
    connector: Connector
    pool: ConnectionPool | None
    limits: HttpLimits
    protected: bool
    directory: Path

    def close(self) -> None:
        if self.pool is not None:
            self.pool.close()


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Where requests go and how, for every process alike. A protected site gets GET and HEAD only."""

    origin: Origin
    web: WebSettings
    protected: bool
    directory: Path

    def build(self) -> Site:
        """Raises RefusedError for TLS files that cannot be used."""
        web = self.web
        return Site(
            self.origin,
            Connector(self.origin, context_of(web.tls) if self.origin.scheme == "https" else None),
            ConnectionPool(web.connections) if web.connections is not None else None,
            HttpLimits(_ns(web.connect_timeout_s), _ns(web.first_byte_timeout_s), _ns(web.timeout_s)),
            self.protected,
            self.directory,
        )


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
