"""What the balancer counted since somebody asked it to begin at 0, also over its restarts. Pure."""

from collections.abc import Iterable

from plimsoll.core.balancing import Counts, Passed
from plimsoll.core.scaling import BalancerTotals


class Totals:
    """Sums up what passed between looks; `since` is the time at which it began, as seconds since 1970."""

    def __init__(self, since: float) -> None:
        self.since = since
        self._whole = Counts()
        self._refused = self._errors = 0
        self._servers: dict[str, Counts] = {}

    def add(self, passed: Passed) -> None:
        self._whole = self._whole.plus(passed.whole)
        self._refused += passed.refused
        self._errors += passed.lost
        for name, counts in passed.servers.items():
            self._servers[name] = self._servers.get(name, Counts()).plus(counts)
            self._errors += counts.errors

    def keep(self, names: Iterable[str]) -> None:
        """Workers that are gone are forgotten; what they did stays in the whole."""
        there = set(names)
        self._servers = {name: counts for name, counts in self._servers.items() if name in there}

    def of(self, name: str) -> Counts | None:
        return self._servers.get(name)

    def whole(self) -> BalancerTotals:
        return BalancerTotals(self.since, self._whole.requests, self._errors, self._refused, self._whole.retries)
