"""Looks at moments that a test sets."""

import asyncio

from plimsoll.core.observation import Moment, Observation
from plimsoll.monitor.collecting.collector import Collector


class Clock:
    """What the collectors take for now."""

    def __init__(self) -> None:
        self.moment = Moment(1_000_000.0, 500.0)

    def __call__(self) -> Moment:
        return self.moment

    def step(self, steady_s: float, wall_s: float | None = None) -> None:
        gone = steady_s if wall_s is None else wall_s
        self.moment = Moment(self.moment.wall_s + gone, self.moment.steady_s + steady_s)


def look(collector: Collector) -> Observation:
    return asyncio.run(collector.collect())


def values(seen: Observation) -> dict[str, float]:
    return {str(key): value for key, value in seen.values.items()}
