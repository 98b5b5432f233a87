"""From a goal to what may wait: half of its time for the queue, half for the answer. Pure."""

import math
from typing import Final

from plimsoll.scale.balancer.settings import CONNECTIONS_MOST, Timeouts

WAIT_PART: Final = 0.5


def wait_s_of(goal_s: float | None) -> float:
    """How long a request may wait for a free worker."""
    return Timeouts().queue if goal_s is None else goal_s * WAIT_PART


def queue_bound(carried_per_s: float, wait_s: float) -> int:
    """How many may wait, where workers together answer so many. More than these serve in that time would be refused at
    its end all the same, having waited for nothing."""
    return min(CONNECTIONS_MOST, max(1, math.ceil(carried_per_s * wait_s)))
