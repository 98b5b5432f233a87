"""What changes by itself: each server's limit by its response time, and its weight by health and load."""

from collections.abc import Iterable

from plimsoll.core.balancing import BalancerFigures, Counts, passed
from plimsoll.scale.balancer.limit import Gradient2, Limit
from plimsoll.scale.balancer.server import Server
from plimsoll.scale.balancer.weights import Work, reckon


class Adapting:
    """Remembers the figures before. `gradient` None: limits stay as they were given."""

    def __init__(self, gradient: Gradient2 | None) -> None:
        self._gradient = gradient
        self._limits: dict[str, Limit] = {}
        self._before: tuple[BalancerFigures, float] | None = None
        self._counts: dict[str, Counts] = {}
        self._seconds = 0.0

    def forget(self, name: str) -> None:
        self._limits.pop(name, None)

    def look(self, figures: BalancerFigures, now: float) -> bool:
        """Take what passed since the look before; False where there was none, or no time has passed."""
        before, self._before = self._before, (figures, now)
        if before is None or now <= before[1]:
            return False
        since = passed(before[0], figures, now - before[1])
        self._counts, self._seconds = since.servers, since.seconds
        return True

    def limits(self, figures: BalancerFigures, servers: Iterable[Server]) -> dict[str, int]:
        """The next limit of each server that had requests since the last look."""
        if self._gradient is None:
            return {}
        for server in servers:
            one, counts = figures.server(server.name), self._counts.get(server.name)
            if one is None or one.state != "up" or counts is None or not counts.answers:
                continue
            limit = self._limits.get(server.name) or self._gradient.begin(server.limit)
            self._limits[server.name] = self._gradient.step(limit, one.times.response_ms, one.in_flight + one.queued)
        return {name: limit.whole for name, limit in self._limits.items()}

    def weights(self, figures: BalancerFigures, servers: Iterable[Server]) -> dict[str, int]:
        """The next reckoned weights."""
        earned = {server.name: server.earned for server in servers}
        work = {
            one.name: Work(
                up=one.state == "up",
                requests=counts.requests,
                wrong=counts.errors + counts.failures,
                at_once=counts.requests / self._seconds * one.times.response_ms / 1000,
            )
            for one in figures.servers
            if one.name in earned and one.state != "held" and (counts := self._counts.get(one.name)) is not None
        }
        return reckon(earned, work)
