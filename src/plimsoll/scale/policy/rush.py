"""Between two ticks: whether more comes than is carried, so surely that the next tick is not waited for.

A tick looks at means of 6 s and more; a load that doubles has then waited for 3 to 4 s. Here a second is enough where
what came is above what is carried by more than chance gives: of Poisson arrivals at 70 % of 50 requests/s not once in
hours, at 10 requests/s once in two hours. Where requests wait, less is.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from plimsoll.core.balancing import Glance
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.decision import Ask

WINDOW_S: Final = 1.0
SECONDS_LEAST: Final = 0.2  # what came in less says nothing of a rate
ANSWERS_LEAST: Final = 10  # while requests wait, for what is carried to be known
SETTLE_S: Final = 2.0  # until a new worker has its whole share: before, what is answered is less than is carried
LOOKS_MOST: Final = 1024  # within the window
CHANCE: Final = 3.0  # standard deviations of what may come
CHANCE_WAITING: Final = 1.0  # where requests wait already


@dataclass(frozen=True, slots=True)
class Rush:
    """What went on in the last `seconds`, about one, before `now`: `rate` came, `queue` requests wait. `settled`: no
    worker came or went for a while. `each`: answers a second of a ready worker while requests waited and all were
    settled; None where they did not, or too few."""

    now: float
    ready: int
    starting: int
    seconds: float
    settled: bool
    rate: float
    queue: int
    each: float | None = None


class Glances:
    """Those of the last second that saw as many workers; a balancer that began to count anew has none before."""

    __slots__ = ("_changed_at", "_ready", "_seen")

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Glance]] = deque(maxlen=LOOKS_MOST)
        self._ready, self._changed_at = 0, -math.inf

    def rush(self, now: float, ready: int, starting: int, glance: Glance) -> Rush | None:
        """None where there is nothing to compare with."""
        seen = self._seen
        if seen and (ready != self._ready or glance.arrived < seen[-1][1].arrived):
            seen.clear()
            self._changed_at = now
        self._ready = ready
        while len(seen) > 1 and seen[1][0] <= now - WINDOW_S:
            seen.popleft()
        seen.append((now, glance))
        since, before = seen[0]
        if (seconds := now - since) < SECONDS_LEAST:
            return None
        rate = (glance.arrived - before.arrived) / seconds
        settled = now - self._changed_at >= SETTLE_S
        each = self._each(now, glance) if settled and ready else None
        return Rush(now, ready, starting, seconds, settled, rate, glance.queued, each)

    def _each(self, now: float, glance: Glance) -> float | None:
        began: tuple[float, Glance] | None = None
        for at, one in self._seen:
            began = (began or (at, one)) if one.queued else None
        answers = glance.answered - began[1].answered if began else 0
        if began is None or answers < ANSWERS_LEAST or now - began[0] < SECONDS_LEAST:
            return None
        return answers / (now - began[0]) / self._ready


def pressing(rush: Rush, capacity: Capacity | None) -> Ask | None:
    """How many workers at once; None where the next tick is soon enough, and while some are starting already.

    Where the capacity is not known, one more than there are.
    """
    if rush.starting or not rush.ready:
        return None
    if capacity is None:
        return Ask(rush.ready + 1, "waiting", {"queue": rush.queue}) if rush.queue and rush.settled else None
    carried = capacity.carries(rush.ready)
    chance = CHANCE_WAITING if rush.queue else CHANCE
    needed = math.ceil(min(capacity.workers_for(rush.rate), capacity.most))
    if rush.rate <= carried + chance * math.sqrt(carried / rush.seconds) or needed <= rush.ready:
        return None
    return Ask(needed, "rush", {"rate": rush.rate, "carried": carried})
