"""How many requests a server is given at once: Netflix's Gradient2, moved by its response time.

https://github.com/Netflix/concurrency-limits, Gradient2Limit: while requests take as long as they use to, the limit
grows; once they take longer than `tolerance` times that, they wait somewhere, and it shrinks with the ratio.
"""

from dataclasses import dataclass
from typing import Final

GRADIENT_LEAST: Final = 0.5  # one step takes at most half of the share that a step may move
OFTEN: Final = 2.0  # times as long as now: then the long mean is of another time and falls faster
FORGETTING: Final = 0.95


@dataclass(frozen=True, slots=True)
class Limit:
    """What is known of one server: its limit, and the mean of its response times over many steps (None: none yet)."""

    value: float
    long_ms: float | None = None

    @property
    def whole(self) -> int:
        return max(1, round(self.value))


@dataclass(frozen=True, slots=True)
class Gradient2:
    """`queue`: how many may wait at a server that is well; `smoothing`: the share of a new limit in the next one;
    `window`: of the long mean, in steps. 4 and 0.2 are Netflix's; the window is shorter than its 600, since a step is
    a look and not a request. `response_ms_max`: longer is too long whatever was usual. Without it the long mean follows
    an overload that lasts, until that is usual.
    """

    least: int = 4
    most: int = 200
    queue: int = 4
    tolerance: float = 1.5
    smoothing: float = 0.2
    window: int = 100
    response_ms_max: float | None = None

    def begin(self, limit: int) -> Limit:
        return Limit(float(min(self.most, max(self.least, limit))))

    def step(self, limit: Limit, response_ms: float, in_flight: float) -> Limit:
        """After some requests took `response_ms` on average while `in_flight` were there."""
        if response_ms <= 0:
            return limit
        long_ms = response_ms if limit.long_ms is None else limit.long_ms + (response_ms - limit.long_ms) / self.window
        if long_ms / response_ms > OFTEN:
            long_ms *= FORGETTING
        if in_flight < limit.value / 2:
            return Limit(limit.value, long_ms)  # the limit does not bind, so nothing is learnt of it
        usual_ms = self.tolerance * long_ms
        fine_ms = usual_ms if self.response_ms_max is None else min(usual_ms, self.response_ms_max)
        gradient = max(GRADIENT_LEAST, min(1.0, fine_ms / response_ms))
        wanted = limit.value * gradient + self.queue
        value = limit.value * (1 - self.smoothing) + wanted * self.smoothing
        return Limit(min(float(self.most), max(float(self.least), value)), long_ms)
