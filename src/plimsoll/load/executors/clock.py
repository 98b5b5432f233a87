"""What the executors take for time, so that half an hour of a profile can be tested in milliseconds.

The hot path in `user.py`, and what it shares times with, reads the system's clock directly: it is called for every
statement.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from plimsoll.load.executors.alarm import Alarm, make_alarm


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic nanoseconds, and an alarm on them; see `plimsoll.testing.virtual_time` for another one."""

    now_ns: Callable[[], int] = time.monotonic_ns
    make_alarm: Callable[[Callable[[], None]], Alarm] = make_alarm

    async def wait_until(self, at_ns: int) -> None:
        """Sleeps until a moment has passed: a loop's timer may fire a little early, what waits here must not."""
        while (remaining_ns := at_ns - self.now_ns()) > 0:  # noqa: ASYNC110  # the clock is no event
            await asyncio.sleep(remaining_ns / 1e9)


SYSTEM_CLOCK = Clock()
