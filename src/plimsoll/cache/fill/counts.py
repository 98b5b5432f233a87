"""What fills did, counted as they go; adding is one thread's at a time, by the cache's lock."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple

from plimsoll.core.time_bounds import FILL_MS

REASONS_MAX: Final = 20  # of the callers' own words; others are counted together


class Fills(NamedTuple):
    """Since the cache was made. `seconds` is the sum of what they took, `took_ms` counts as many as FILL_MS has bounds.

    `joined`: answers by another's fill. `waited_in_vain`: who waited as long as he would, and filled himself.
    `refused`: values that were given to who asked only, by why. `stale`: values given though they had ended
    ("revalidating") or instead of an error ("error"). `shared`: values that tier 2 gave.
    """

    fills: int
    failed: int
    seconds: float
    took_ms: tuple[int, ...]
    joined: int
    waited_in_vain: int
    refreshed: int
    refreshes_failed: int
    refused: Mapping[str, int]
    stale: Mapping[str, int]
    shared: int


class FillCounts:
    """Counters; a lost update between threads would be a count that is one too low, so the caller holds a lock."""

    def __init__(self) -> None:
        self.failed = self.joined = self.waited_in_vain = self.refreshed = self.refreshes_failed = 0
        self.shared = 0
        self.seconds = 0.0
        self.buckets = [0] * len(FILL_MS)
        self.refused: dict[str, int] = {}
        self.stale = {"revalidating": 0, "error": 0}

    def took(self, seconds: float) -> None:
        self.seconds += seconds
        self.buckets[bisect_left(FILL_MS, seconds * 1e3)] += 1

    def refuse(self, why: str) -> None:
        """A value that was given to who asked, and to nobody else."""
        if why not in self.refused and len(self.refused) >= REASONS_MAX:
            why = "other"
        self.refused[why] = self.refused.get(why, 0) + 1

    def told(self) -> Fills:
        return Fills(
            sum(self.buckets),
            self.failed,
            self.seconds,
            tuple(self.buckets),
            self.joined,
            self.waited_in_vain,
            self.refreshed,
            self.refreshes_failed,
            dict(self.refused),
            dict(self.stale),
            self.shared,
        )
