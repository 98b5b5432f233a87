"""Means of what was counted, their intervals, and the ratio of two."""

import math
from dataclasses import dataclass
from typing import Final

from plimsoll.core.tuning.applied import Counted
from plimsoll.core.tuning.proof import Interval95

CALLS_MIN: Final = 30  # of either side: of fewer, the mean's spread says little
_Z: Final = 1.96  # of the normal distribution, which means of so many calls have
_WIDE: Final = 0.5  # a mean known no better than that is not known


@dataclass(frozen=True, slots=True)
class Mean:
    """Milliseconds a call with its standard error."""

    calls: int
    ms: float
    error: float

    @property
    def interval(self) -> Interval95:
        return Interval95(self.ms, max(0.0, self.ms - _Z * self.error), self.ms + _Z * self.error)

    @property
    def relative(self) -> float:
        """The error in parts of the mean."""
        return self.error / self.ms if self.ms > 0 else math.inf


def since(before: Counted, now: Counted) -> Counted:
    """What was counted in between. An entry that began anew counts as a whole.

    The squares about a mean are taken apart as they are put together (Chan, Golub, LeVeque 1979)."""
    calls, total = now.calls - before.calls, now.total_ms - before.total_ms
    if calls < 0 or total < 0 or before.calls == 0:
        return now
    if calls == 0:
        return Counted(0, 0.0)
    between = (total / calls - before.total_ms / before.calls) ** 2 * calls * before.calls / now.calls
    return Counted(calls, total, now.m2 - before.m2 - between)


def mean_of(counted: Counted) -> Mean | None:
    """None of too few calls, or where the spread is lost: entries went and came."""
    if counted.calls < CALLS_MIN or counted.m2 < 0:
        return None
    return Mean(
        counted.calls, counted.total_ms / counted.calls, math.sqrt(counted.m2 / (counted.calls - 1) / counted.calls)
    )


def ratio_of(after: Mean, before: Mean) -> Interval95 | None:
    """after / before with its interval, by the logarithm; None where either is not known well enough."""
    if max(after.relative, before.relative) > _WIDE:
        return None
    return interval_of(after.ms / before.ms, math.hypot(after.relative, before.relative))


def interval_of(ratio: float, error: float) -> Interval95:
    """Of a ratio whose logarithm has this standard error."""
    spread = math.exp(min(_Z * error, 50.0))
    return Interval95(ratio, ratio / spread, ratio * spread)
