"""Counters become rates: differences of two looks, where nothing was reset in between. Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

PERIODS_MAX: Final = 5.0  # looks farther apart than so many periods have a gap between them, not a rate


@dataclass(frozen=True, slots=True)
class Look(Generic[K]):
    """Counters at one moment. `epoch` changes with every reset that is told (a statistics reset, a server's start)."""

    steady_s: float
    counters: Mapping[K, float]
    epoch: Hashable = None


@dataclass(frozen=True, slots=True)
class Difference(Generic[K]):
    """What was counted between two looks, of counters that are in both and did not go back."""

    seconds: float
    counted: Mapping[K, float]

    def per_s(self, key: K) -> float | None:
        """None where it is not known."""
        counted = self.counted.get(key)
        return None if counted is None else counted / self.seconds

    def per(self, key: K, of: K) -> float | None:
        """So much of the one for each of the other; None where there was none of the other, or it is not known."""
        counted, base = self.counted.get(key), self.counted.get(of)
        return None if counted is None or not base else counted / base


def difference(before: Look[K] | None, after: Look[K], period_s: float) -> Difference[K] | None:
    """None where there is nothing to compare with: the first look, one after a reset, one after a long gap.

    A single counter that went back was reset by itself: it is left out.
    """
    if before is None or before.epoch != after.epoch:
        return None
    seconds = after.steady_s - before.steady_s
    if not 0 < seconds <= period_s * PERIODS_MAX:
        return None
    known = before.counters
    counted = {key: value - known[key] for key, value in after.counters.items() if key in known}
    return Difference(seconds, {key: value for key, value in counted.items() if value >= 0})
