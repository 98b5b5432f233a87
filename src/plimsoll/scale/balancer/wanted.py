"""The servers as they are wanted: who, with which weight and limit, who is kept out. Changed in one place, by name."""

from collections.abc import Iterable
from dataclasses import replace

from plimsoll.core.errors import UsageError
from plimsoll.scale.balancer import words
from plimsoll.scale.balancer.admission import ALL
from plimsoll.scale.balancer.algorithm import EQUAL_WEIGHT, HEAVIEST, Algorithm
from plimsoll.scale.balancer.server import LAST_RESORT, LAST_RESORT_NUMBER, Entry, Key, Server, entries
from plimsoll.scale.balancer.settings import CONNECTIONS_MOST, BalancerSettings

SERVERS_MAX = 256  # each is twelve in HAProxy


class Wanted:
    """What HAProxy is to have."""

    def __init__(self, settings: BalancerSettings, algorithm: Algorithm) -> None:
        self.settings = settings
        self.algorithm = algorithm
        self.admit = ALL  # requests a second
        self.held: set[str] = set()
        self.leaving: dict[Key, int] = {}  # what HAProxy could not forget yet, with its numbers
        self._servers: dict[str, Server] = {}

    @property
    def servers(self) -> tuple[Server, ...]:
        return tuple(self._servers.values())

    @property
    def state(self) -> tuple[object, ...]:
        """All that HAProxy is to be told, to compare."""
        return self.servers, frozenset(self.held), self.algorithm, self.admit

    @property
    def serving(self) -> tuple[Server, ...]:
        """Those that a HAProxy which starts now is to know."""
        return tuple(server for name, server in self._servers.items() if name not in self.held)

    @property
    def leaving_names(self) -> set[str]:
        return {name.removesuffix(LAST_RESORT) for _, name in self.leaving}

    def entries(self) -> list[Entry]:
        return list(entries(self.settings, self.servers))

    def add(self, name: str, address: str, weight: int = EQUAL_WEIGHT) -> None:
        """One that is there stays as it is, and is held no longer."""
        words.name(name)
        if name in self._servers:
            self.held.discard(name)
            return
        if len(self._servers) >= SERVERS_MAX:
            raise UsageError(f"there are {SERVERS_MAX} servers already", remedy="remove one first")
        limit = self.settings.bounds.per_server
        self._servers[name] = Server(name, address, self._free_number(), limit, _weight(weight))

    def is_elsewhere(self, name: str, address: str) -> bool:
        """Whether a server of that name is known at another address."""
        known = self._servers.get(name)
        return known is not None and known.address != address

    def restore(self, servers: Iterable[Server]) -> None:
        """Take over what was wanted by somebody before."""
        self._servers = {server.name: server for server in servers}

    def remove(self, name: str) -> None:
        self._servers.pop(name, None)
        self.held.discard(name)

    def hold(self, name: str) -> None:
        self._known(name)
        self.held.add(name)

    def release(self, name: str) -> None:
        self._known(name)
        self.held.discard(name)

    def weigh(self, name: str, weight: int) -> None:
        self._servers[name] = replace(self._known(name), weight=_weight(weight))

    def limit(self, name: str, limit: int) -> None:
        if not 1 <= limit <= CONNECTIONS_MOST:
            raise UsageError(f"a server cannot have a limit of {limit}", remedy=f"between 1 and {CONNECTIONS_MOST}")
        self._servers[name] = replace(self._known(name), limit=limit)

    def earn(self, name: str, weight: int) -> None:
        self._servers[name] = replace(self._known(name), earned=weight)

    def __contains__(self, name: str) -> bool:
        return name in self._servers

    def _known(self, name: str) -> Server:
        if (server := self._servers.get(name)) is None:
            there = ", ".join(self._servers) or "none"
            raise UsageError(f"there is no server {name[:60]!r}", why=f"there are: {there}")
        return server

    def _free_number(self) -> int:
        """The least that is free: who comes for one that went takes over its place in the hash ring."""
        taken = {server.number for server in self._servers.values()}
        taken |= {number % LAST_RESORT_NUMBER for number in self.leaving.values()}
        return next(number for number in range(1, LAST_RESORT_NUMBER) if number not in taken)


def _weight(weight: int) -> int:
    if not 1 <= weight <= HEAVIEST:
        raise UsageError(f"a server cannot have a weight of {weight}", remedy=f"between 1 and {HEAVIEST}")
    return weight
