"""What fills did, counted as they go; adding is one thread's at a time, by the cache's lock."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Upper bounds in seconds: from half a millisecond to ten seconds.
BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Fills:
    """Since the cache was made. `seconds` is the sum; `buckets` how many took at most so many seconds, "inf" the rest.

    `joined`: answers by another's fill. `waited_in_vain`: who waited for one as long as he would, and filled himself.
    `refused`: values that were given to who asked only, by why. `stale`: values given though they had ended
    ("revalidating") or instead of an error ("error").
    """

    fills: int
    failed: int
    seconds: float
    buckets: Mapping[str, int]
    joined: int
    waited_in_vain: int
    refreshed: int
    refreshes_failed: int
    refused: Mapping[str, int]
    stale: Mapping[str, int]


class FillCounts:
    """Counters; a lost update between threads would be a count that is one too low, so the caller holds a lock."""

    def __init__(self) -> None:
        self.failed = self.joined = self.waited_in_vain = self.refreshed = self.refreshes_failed = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(BUCKETS_S) + 1)
        self.refused: dict[str, int] = {}
        self.stale = {"revalidating": 0, "error": 0}

    def took(self, seconds: float) -> None:
        self.seconds += seconds
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1

    def refuse(self, why: str) -> None:
        """`why` is the caller's own words: at most REASONS_MAX different ones are told apart."""
        if why not in self.refused and len(self.refused) >= REASONS_MAX:
            why = "other"
        self.refused[why] = self.refused.get(why, 0) + 1

    def told(self) -> Fills:
        names = (*(f"{bound:g}" for bound in BUCKETS_S), "inf")
        return Fills(
            sum(self.buckets),
            self.failed,
            self.seconds,
            dict(zip(names, self.buckets, strict=True)),
            self.joined,
            self.waited_in_vain,
            self.refreshed,
            self.refreshes_failed,
            dict(self.refused),
            dict(self.stale),
        )


REASONS_MAX: Final = 50
