"""How far another machine's monotonic clock is from ours, and how surely we know it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One round trip: our clock when it was asked and when the answer came, and theirs in between (nanoseconds)."""

    asked_ns: int
    theirs_ns: int
    answered_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Theirs minus ours; the truth is at most `uncertainty_ns` away."""

    offset_ns: int
    uncertainty_ns: int

    @property
    def uncertainty_ms(self) -> float:
        return self.uncertainty_ns / 1e6


def estimate(readings: Sequence[Reading]) -> Offset:
    """What all readings allow: each bounds the offset by its own round trip, whichever way was the slower one.

    Should they contradict each other (clocks run at slightly different speeds), the quickest one counts.
    """
    low = max(one.theirs_ns - one.answered_ns for one in readings)
    high = min(one.theirs_ns - one.asked_ns for one in readings)
    if low > high:
        best = min(readings, key=lambda one: one.answered_ns - one.asked_ns)
        low, high = best.theirs_ns - best.answered_ns, best.theirs_ns - best.asked_ns
    return Offset((low + high) // 2, -(-(high - low) // 2))
