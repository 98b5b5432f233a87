"""Requests over time in bins of equal width that grow as the time does: bounded, whatever a file holds.

Latencies are kept in buckets of 1 %, exact below 128 ms; a request belongs to the bin in which it ended. Concurrency is
exact: from starts and ends, and where in their bins they lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.histogram import Histogram, bucket_indexes, nearest_rank

BINS_MAX: Final = 2_400  # forty minutes by the second; beyond, bins are joined in pairs
POINTS_MAX: Final = 600
EXACT_MS: Final = 128
GROWTH: Final = 1.01
BUCKETS: Final = 1_300  # up to 3 hours
NOTHING: Final[tuple[None, None, None]] = (None, None, None)
_LOG: Final = float(np.log(GROWTH))

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TimePoint:
    """`requests` ended in it, `errors` among them; `latency_s` is the sum of theirs; `concurrency` the mean in flight,
    `in_flight` at its end. `start_s` counts from the first request's start."""

    start_s: float
    width_s: float
    requests: int
    errors: int
    latency_s: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    concurrency: float
    in_flight: int
    buckets: NDArray[np.int32] = field(repr=False, compare=False)

    @property
    def latency(self) -> Histogram:
        """To 1 %; of the failed, too."""
        at = np.flatnonzero(self.buckets)
        if not len(at):
            return Histogram()
        us = np.array([round(1000 * bucket_ms(int(bucket))) for bucket in at], np.int64)
        counts = self.buckets[at].astype(np.int64)
        return Histogram.from_buckets(
            bucket_indexes(us), counts, min_us=int(us[0]), max_us=int(us[-1]), sum_us=int((us * counts).sum())
        )


@dataclass(slots=True)
class _Bins:
    """Sums by bin. Offsets are milliseconds since the bin's start."""

    ended: Ints
    errors: Ints
    latency_ms: Ints
    end_offset: Ints
    started: Ints
    start_offset: Ints
    buckets: NDArray[np.int32]

    @classmethod
    def of(cls, count: int) -> "_Bins":
        sums = {name: np.zeros(count, np.int64) for name in cls.__slots__ if name != "buckets"}
        return cls(**sums, buckets=np.zeros((count, BUCKETS), np.int32))

    def columns(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in self.__slots__}

    def padded(self, before: int, after: int) -> "_Bins":
        wide = {
            name: np.concatenate([_zeros(values, before), values, _zeros(values, after)])
            for name, values in self.columns().items()
        }
        return _Bins(**wide)

    def joined(self, group: int, width_ms: int) -> "_Bins":
        """Every `group` bins as one."""
        even = self.padded(0, -len(self.ended) % group)
        sums = {name: np.add.reduceat(v, np.arange(0, len(v), group)) for name, v in even.columns().items()}
        shift = np.arange(len(even.ended)) % group * width_ms
        for counts, offsets in (("ended", "end_offset"), ("started", "start_offset")):
            moved = getattr(even, offsets) + getattr(even, counts) * shift
            sums[offsets] = np.add.reduceat(moved, np.arange(0, len(moved), group))
        return _Bins(**sums)


class Timeline:
    def __init__(self) -> None:
        self._bins = _Bins.of(0)
        self._base_ms = 0
        self._width_ms = 1_000

    def add(self, start_ms: Ints, elapsed_ms: Ints, failed: NDArray[np.bool_]) -> None:
        """Requests in any order; none is before 1970."""
        if not len(start_ms):
            return
        end_ms = start_ms + elapsed_ms
        self._make_room(int(start_ms.min()), int(end_ms.max()))
        bins = self._bins
        at, offset = self._places(end_ms)
        begun_at, begun_offset = self._places(start_ms)
        count = len(bins.ended)
        bins.ended += np.bincount(at, minlength=count)
        bins.errors += np.bincount(at[failed], minlength=count)
        bins.latency_ms += _sums(at, elapsed_ms, count)
        bins.end_offset += _sums(at, offset, count)
        bins.started += np.bincount(begun_at, minlength=count)
        bins.start_offset += _sums(begun_at, begun_offset, count)
        low, high = int(at.min()), int(at.max()) + 1
        flat = (at - low) * BUCKETS + bucket_of(elapsed_ms)
        found = np.bincount(flat, minlength=(high - low) * BUCKETS).reshape(high - low, BUCKETS)
        bins.buckets[low:high] += found.astype(np.int32)

    def points(self, most: int = BINS_MAX) -> Sequence[TimePoint]:
        """In the order of time, at most so many."""
        bins, width_ms = self._bins, self._width_ms
        group = -(-len(bins.ended) // most)
        if group > 1:
            bins, width_ms = bins.joined(group, width_ms), width_ms * group
        in_flight = np.cumsum(bins.started - bins.ended)
        before = in_flight - bins.started + bins.ended
        busy_ms = before * width_ms + (bins.started * width_ms - bins.start_offset)
        busy_ms -= bins.ended * width_ms - bins.end_offset
        quantiles = [_quantiles(row) if ended else NOTHING for row, ended in zip(bins.buckets, bins.ended, strict=True)]
        return [
            TimePoint(
                start_s=at * width_ms / 1000,
                width_s=width_ms / 1000,
                requests=int(bins.ended[at]),
                errors=int(bins.errors[at]),
                latency_s=int(bins.latency_ms[at]) / 1000,
                p50_ms=p50,
                p95_ms=p95,
                p99_ms=p99,
                concurrency=float(busy_ms[at] / width_ms),
                in_flight=int(in_flight[at]),
                buckets=bins.buckets[at],
            )
            for at, (p50, p95, p99) in enumerate(quantiles)
        ]

    def _places(self, at_ms: Ints) -> tuple[Ints, Ints]:
        """The bin of each time, and where in it."""
        since = at_ms - self._base_ms
        bins = since // self._width_ms
        return bins, since - bins * self._width_ms

    def _make_room(self, low_ms: int, high_ms: int) -> None:
        if not len(self._bins.ended):
            self._base_ms = low_ms
        while self._needed(low_ms, high_ms) > BINS_MAX:
            if len(self._bins.ended):
                self._bins = self._bins.joined(2, self._width_ms)
            self._width_ms *= 2
        before = max(0, -((low_ms - self._base_ms) // self._width_ms))
        after = max(0, (high_ms - self._base_ms) // self._width_ms + 1 - len(self._bins.ended))
        if before or after:
            self._bins = self._bins.padded(before, after)
            self._base_ms -= before * self._width_ms

    def _needed(self, low_ms: int, high_ms: int) -> int:
        low = min(0, (low_ms - self._base_ms) // self._width_ms)
        high = max(len(self._bins.ended), (high_ms - self._base_ms) // self._width_ms + 1)
        return high - low


def bucket_of(elapsed_ms: Ints) -> Ints:
    large = np.maximum(elapsed_ms, EXACT_MS)
    logs = EXACT_MS + (np.log(large / EXACT_MS) / _LOG).astype(np.int64)
    return np.where(elapsed_ms < EXACT_MS, elapsed_ms, np.minimum(logs, BUCKETS - 1))


def bucket_ms(bucket: int) -> float:
    """The middle of a bucket."""
    return float(bucket) if bucket < EXACT_MS else round(EXACT_MS * GROWTH ** (bucket - EXACT_MS + 0.5), 1)


def _quantiles(counts: NDArray[np.int32]) -> tuple[float, float, float]:
    sums = np.cumsum(counts)
    ranks = [nearest_rank(q, int(sums[-1])) for q in (0.5, 0.95, 0.99)]
    p50, p95, p99 = (bucket_ms(int(at)) for at in np.searchsorted(sums, ranks))
    return p50, p95, p99


def _sums(at: Ints, values: Ints, count: int) -> Ints:
    """Exact: the floats of a batch stay far below 2**53."""
    return np.bincount(at, weights=values, minlength=count).astype(np.int64)


def _zeros(values: NDArray[Any], count: int) -> NDArray[Any]:
    return np.zeros((count, *values.shape[1:]), values.dtype)
