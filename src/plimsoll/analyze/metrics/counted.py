"""Times as whole milliseconds with how often each came: percentiles of these are exact. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.histogram import Histogram, bucket_indexes, nearest_rank
from plimsoll.core.summary import Spread

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True, slots=True)
class Times:
    """`ms` ascending and distinct."""

    ms: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def merged(cls, parts: "Sequence[Times]") -> "Times":
        if not parts:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))
        values, where = np.unique(np.concatenate([part.ms for part in parts]), return_inverse=True)
        counts = np.bincount(where, weights=np.concatenate([part.counts for part in parts]), minlength=len(values))
        return cls(values, counts.astype(np.int64))

    @property
    def count(self) -> int:
        return int(self.counts.sum())

    @property
    def sum_ms(self) -> int:
        return int((self.ms * self.counts).sum())

    def at_rank(self, rank: int) -> int:
        return int(self.ms[np.searchsorted(np.cumsum(self.counts), rank)])

    def quantile(self, q: float) -> float | None:
        count = self.count
        return float(self.at_rank(nearest_rank(q, count))) if count else None

    def within(self, ms: float) -> int:
        """How many took at most so long."""
        return int(self.counts[self.ms <= ms].sum())

    def spread(self) -> Spread:
        if not self.count:
            return Spread.of(Histogram())
        p50, p90, p95, p99, p999 = (self.quantile(q) for q in QUANTILES)
        return Spread(round(self.sum_ms / self.count, 3), p50, p90, p95, p99, p999, float(self.ms[-1]))

    def histogram(self) -> Histogram:
        """For goals: right to 0.1 %."""
        if not self.count:
            return Histogram()
        us = self.ms * 1000
        low, high = int(us[0]), int(us[-1])
        return Histogram.from_buckets(
            bucket_indexes(us), self.counts, min_us=low, max_us=high, sum_us=self.sum_ms * 1000
        )


def apdex(times: Times, failed: int, satisfied_ms: float, tolerated_ms: float) -> float | None:
    """`times` of those that succeeded: (satisfied + tolerating / 2) / all; who failed is frustrated."""
    count = times.count + failed
    if not count:
        return None
    satisfied = times.within(satisfied_ms)
    return round((satisfied + (times.within(tolerated_ms) - satisfied) / 2) / count, 4)
