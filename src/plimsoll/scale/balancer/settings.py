"""What is fixed while one HAProxy runs: where it listens, its limits and times. Checked as it is made."""

from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.balancer import words

# RFC 9110, 9.2.2: what may be sent again, should nobody know whether it arrived.
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
NETWORKS_MAX: Final = 64
CONNECTIONS_MOST: Final = 100_000
SECONDS_MOST: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. `request`: until the whole head has come, and the body as far as the buffer holds it, which bounds
    slow clients; `client` and `server`: between two pieces of data; `queue`: for a free worker, then 503; `tunnel`:
    for WebSockets, in place of `client` and `server`.
    """

    connect: float = 2.0
    request: float = 10.0
    client: float = 30.0
    server: float = 60.0
    queue: float = 5.0
    keep_alive: float = 15.0
    tunnel: float = 3600.0

    def __post_init__(self) -> None:
        for name in Timeouts.__slots__:
            _seconds(f"the timeout {name}", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Bounds:
    """`connections`: of clients, whole; beyond them they wait in the kernel. `per_server`: requests at once, where
    nothing else was said of a server. `queue`: requests that wait for a free worker; beyond it 503 with
    `retry_after_s`. `retries`: of one request. `slow_start_s`: until a server that comes up has its whole share.
    HAProxy's slow start counts whole seconds, and until the first is over the server gets one request at once: after
    an outage of all servers that costs more than cold ones do, so none is the default.
    """

    connections: int = 2000
    per_server: int = 50
    queue: int = 1000
    retry_after_s: int = 1
    retries: int = 3
    slow_start_s: float = 0.0
    threads: int = 1

    def __post_init__(self) -> None:
        _whole("connections", self.connections, 1, CONNECTIONS_MOST)
        _whole("requests of a server at once", self.per_server, 1, CONNECTIONS_MOST)
        _whole("requests that wait", self.queue, 1, CONNECTIONS_MOST)
        _whole("seconds of Retry-After", self.retry_after_s, 1, SECONDS_MOST)
        _whole("retries", self.retries, 0, 10)
        _whole("threads", self.threads, 1, 64)
        _seconds("the slow start", self.slow_start_s, least=0.0)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """HAProxy's own look at each server: `fall` failures in a row and it gets nothing new, `rise` and it does."""

    path: str = "/"
    host: str = "localhost"
    every_s: float = 0.2
    within_s: float = 0.5
    fall: int = 2
    rise: int = 1

    def __post_init__(self) -> None:
        words.url_path(self.path)
        words.host(self.host)
        _seconds("the time between health checks", self.every_s)
        _seconds("the time of a health check", self.within_s)
        _whole("failed health checks", self.fall, 1, 100)
        _whole("passed health checks", self.rise, 1, 100)


@dataclass(frozen=True, slots=True)
class BalancerSettings:
    """`listen`: "fd@N", a listening socket that HAProxy is given as descriptor N, or an address with a port.
    `certificate`: a PEM file with the chain, and its key unless `key` has it; with it TLS is spoken. `trusted`:
    networks of peers whose X-Forwarded headers are believed. `retried`: methods that are sent again
    when a server fails before it answers.
    """

    listen: str
    certificate: Path | None = None
    key: Path | None = None
    trusted: tuple[str, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    bounds: Bounds = field(default_factory=Bounds)
    health: HealthCheck = field(default_factory=HealthCheck)
    affinity_cookie: str = "plimsoll_worker"
    affinity_header: str = "x-session-id"
    retried: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")
    access_log: bool = True

    def __post_init__(self) -> None:
        words.listening(self.listen)
        words.cookie(self.affinity_cookie)
        words.header(self.affinity_header)
        if self.key is not None and self.certificate is None:
            raise UsageError("a key without its certificate", where=str(self.key), remedy="name the certificate, too")
        if len(self.trusted) > NETWORKS_MAX:
            raise UsageError(f"more than {NETWORKS_MAX} trusted networks", remedy="join them to larger ones")
        for one in self.trusted:
            words.network(one)
        if wrong := [method for method in self.retried if method not in IDEMPOTENT]:
            raise UsageError(
                f"{str(wrong[0])[:40]!r} is never sent again",
                why="a second time it may do a second thing",
                remedy=f"of these: {', '.join(sorted(IDEMPOTENT))}",
            )


def _seconds(what: str, value: float, *, least: float = 0.001) -> None:
    if not isfinite(value) or not least <= value <= SECONDS_MOST:
        raise UsageError(f"{what} cannot be {value:g} s", remedy=f"between {least:g} and {SECONDS_MOST} seconds")


def _whole(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{value} {what} cannot be", remedy=f"a whole number between {least} and {most}")
