"""From a goal to what may wait: half of its time for the queue, half for the answer. Pure."""

import math
from typing import Final

from plimsoll.scale.balancer.settings import CONNECTIONS_MOST, Bounds, Timeouts

WAIT_PART: Final = 0.5


def queue_bounds(
    goal_s: float | None, carried_per_s: float | None, *, queue: int | None = None, wait_s: float | None = None
) -> tuple[int, float]:
    """How many requests may wait for a free worker, and how long each; both may be given.

    `carried_per_s`: what all workers answer together, where that is known. More than these serve in the time that may
    be waited would be refused at its end all the same, having waited for nothing.
    """
    if wait_s is None:
        wait_s = Timeouts().queue if goal_s is None else goal_s * WAIT_PART
    if queue is None:
        queue = Bounds().queue
        if goal_s is not None and carried_per_s is not None:
            queue = min(CONNECTIONS_MOST, max(1, math.ceil(carried_per_s * wait_s)))
    return queue, wait_s
