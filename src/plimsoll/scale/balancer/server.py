"""A server as HAProxy is to have it: in each backend once, and once more there as a last resort."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from plimsoll.scale.balancer.algorithm import EQUAL_WEIGHT, Algorithm
from plimsoll.scale.balancer.settings import BalancerSettings

# The same socket again, unchecked, which gets requests only while every checked server of the backend is down. Where
# the listening socket is held by somebody else they wait in its queue for the next worker, instead of getting 503.
LAST_RESORT: Final = ".last"
LAST_RESORT_NUMBER: Final = 100_000
# Of connections to a worker that idle HAProxy closes so often half of those that the last seconds did not need, so
# that few are used which the worker is about to close. The last one it keeps.
PURGE_S: Final = 1.0

Key = tuple[str, str]  # a backend and a name in it


@dataclass(frozen=True, slots=True)
class Server:
    """`address`: as HAProxy wants it (see `words`). `number`: its place in hash rings, free again once it is gone.
    `weight`: 1 to 256 as was given; `earned`: 1 to 256 as was reckoned. `limit`: requests at once.
    """

    name: str
    address: str
    number: int
    limit: int
    weight: int = EQUAL_WEIGHT
    earned: int = EQUAL_WEIGHT

    def weight_in(self, algorithm: Algorithm) -> int:
        if algorithm is Algorithm.WEIGHTED_ROUND_ROBIN:
            return self.weight
        return self.earned if algorithm is Algorithm.HEALTH_AND_LOAD else EQUAL_WEIGHT


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of one backend: a server, or its last resort."""

    backend: Algorithm
    name: str
    address: str
    weight: int
    limit: int
    more: tuple[str, ...]
    checked: bool

    @property
    def key(self) -> Key:
        return self.backend.value, self.name

    @property
    def path(self) -> str:
        return f"{self.backend.value}/{self.name}"

    def words(self) -> str:
        """What follows `server` in the file, and the path in `add server`."""
        return " ".join([self.address, *self.more, "maxconn", str(self.limit), "weight", str(self.weight)])


def entries(settings: BalancerSettings, servers: Iterable[Server]) -> Iterator[Entry]:
    """All lines of all servers."""
    health = settings.health
    check = ("check", "inter", milliseconds(health.every_s), "fall", str(health.fall), "rise", str(health.rise))
    slow = settings.bounds.slow_start_s
    start = ("slowstart", milliseconds(slow)) if slow else ()
    purge = ("pool-purge-delay", milliseconds(PURGE_S))
    for server in servers:
        for backend in Algorithm:
            cookie = ("cookie", server.name) if backend is Algorithm.COOKIE_AFFINITY else ()
            yield Entry(
                backend,
                server.name,
                server.address,
                server.weight_in(backend),
                server.limit,
                ("id", str(server.number), *check, *start, *cookie, *purge),
                checked=True,
            )
            yield Entry(
                backend,
                server.name + LAST_RESORT,
                server.address,
                EQUAL_WEIGHT,
                server.limit,
                ("id", str(server.number + LAST_RESORT_NUMBER), "backup", *purge),
                checked=False,
            )


def milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
