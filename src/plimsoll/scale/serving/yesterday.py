"""Yesterday, of what an earlier supervisor recorded: a forecast must not begin anew with each restart."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

from plimsoll.scale.forecast.seasonal import DAY_S, SeasonalFloor
from plimsoll.scale.policy.hybrid import RECENT_S
from plimsoll.scale.policy.windows import MeanWindow
from plimsoll.scale.serving import load_log
from plimsoll.scale.serving.load_log import Tick
from plimsoll.scale.serving.steering import Steering

REMEMBERED_S = 2 * DAY_S  # today's level is held against yesterday's


async def recall(steering: Steering, directory: Path) -> None:
    """Reads some 100,000 lines at most, about half a second of CPU beside what else is done. The first five minutes are
    not over by then: nothing that was seen meanwhile is missed."""
    wall, now = time.time(), asyncio.get_running_loop().time()
    ticks = load_log.read(directory, since=wall - REMEMBERED_S)
    steering.recall(await asyncio.to_thread(remembered, ticks, wall, now))


def remembered(ticks: Iterable[Tick], wall: float, now: float) -> SeasonalFloor:
    """As the policy would remember it. `wall` (seconds since 1970) and `now` (the policy's clock) are the same moment.
    What was recorded while the clock was ahead is left out."""
    floor, recent, last = SeasonalFloor(), MeanWindow(RECENT_S), float("-inf")
    for tick in ticks:
        at = tick.at - wall + now
        if last < at <= now:
            recent.put(at, tick.requests / tick.seconds)
            floor.put(at, recent.mean)
            last = at
    return floor
