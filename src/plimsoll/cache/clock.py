"""The clock of watermarks, as quick to read as can be: it is read for each hit.

CLOCK_BOOTTIME goes on while the machine sleeps, so that what was known before counts as old after it. CLOCK_MONOTONIC
stands still then, and takes a third less to read from Python. Where the kernel knows no way to sleep, the two are one.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from plimsoll.changes.clock import CLOCK, clock_s

POWER: Final = "/sys/power"  # "state" has the ways to sleep now, "freeze mem"; "disk" is there if it can hibernate


def quick_clock(power: str = POWER) -> Callable[[], float]:
    """What gives the same as `clock_s`, and takes least."""
    return time.monotonic if cannot_sleep(power) and clocks_agree() else partial(time.clock_gettime, CLOCK)


def cannot_sleep(power: str) -> bool:
    """Whether the kernel says that it never can. Where it says nothing, as without /sys, it may.

    "disk" is not among the ways as long as something hinders it, and may be later.
    """
    try:
        with open(f"{power}/state", encoding="ascii") as file:  # noqa: PTH123  # pathlib takes 5 ms to import
            return not file.read().strip() and not os.path.exists(f"{power}/disk")  # noqa: PTH110
    except (OSError, ValueError):
        return False


def clocks_agree() -> bool:
    """Whether the two show the same: not where a time namespace sets them apart."""
    before_s, asked_s, after_s = time.monotonic(), clock_s(), time.monotonic()
    return before_s <= asked_s <= after_s
