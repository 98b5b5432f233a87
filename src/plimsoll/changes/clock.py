"""The clock of watermarks, one for all who say how old something is."""

import time
from typing import Final

# Goes on while the machine sleeps, where Linux's CLOCK_MONOTONIC stands still; on macOS that goes on by itself.
CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock_s() -> float:
    """Now, in seconds: never set, and not stopped by suspend."""
    return time.clock_gettime(CLOCK)
