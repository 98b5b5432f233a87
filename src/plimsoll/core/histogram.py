"""Mergeable latency histograms: three significant digits from 1 µs to 1 h, sparse, exact to merge.

The bucket layout is HdrHistogram's (lowest 1, highest 3,600,000,000, three digits; http://hdrhistogram.org): values
below 2,048 µs have a bucket each, above that every doubling is cut into 1,024 equal buckets, so that a bucket is never
wider than 0.1 % of its values. Dense that would be 188 KB; here only buckets that hold something are kept, about 12
bytes each, because a run has one histogram for every step and second.
"""

import math
import struct
import zlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HIGHEST_US: Final = 3_600_000_000
_SUB_BUCKET_BITS: Final = 11  # 2,048 sub-buckets: the least power of two that resolves 2 * 10**3
_HALF_BITS: Final = _SUB_BUCKET_BITS - 1
_BUCKETS: Final = 23 << _HALF_BITS  # 22 doublings reach the highest value; fits uint16

# magic, bytes of a count, buckets, min, max, sum, CRC of all the rest
_HEADER: Final = struct.Struct("<2sBHqqQI")
_MAGIC: Final = b"H1"
_COUNT_TYPES: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<u1"),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
    8: np.dtype("<u8"),
}

_NO_INDEXES: Final = np.zeros(0, np.int32)
_NO_COUNTS: Final = np.zeros(0, np.int64)


def bucket_indexes(values_us: NDArray[Any]) -> NDArray[np.int32]:
    """The bucket of each value (int32, same shape). Integer microseconds; above an hour means the highest bucket.

    Raises ValueError for a negative value and TypeError for values that are not integers.
    """
    if values_us.dtype.kind not in "iu":
        raise TypeError(f"a histogram takes integer microseconds, not {values_us.dtype}")
    if values_us.size and int(values_us.min()) < 0:
        raise ValueError("a histogram takes no negative time")
    values = np.minimum(values_us.astype(np.int64), HIGHEST_US)
    # frexp's exponent is the bit length, exactly, for integers below 2**53
    bit_lengths = np.frexp((values | ((1 << _SUB_BUCKET_BITS) - 1)).astype(np.float64))[1]
    doublings = bit_lengths.astype(np.int64) - _SUB_BUCKET_BITS
    indexes: NDArray[np.int32] = ((doublings << _HALF_BITS) + (values >> doublings)).astype(np.int32)
    return indexes


def nearest_rank(q: float, count: int) -> int:
    """The 1-based rank of quantile `q` (0..1) among `count` values: ceil(q * count), at least 1.

    A product such as 0.07 * 100 = 7.000000000000001 does not count as above 7. Raises ValueError outside 0..1.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"a quantile is between 0 and 1, not {q}")
    return min(max(1, math.ceil(q * count * (1 - 1e-15))), max(1, count))


class Histogram:
    """An immutable distribution of integer microseconds. `Histogram()` is empty; equality is by value.

    `count`, `min_us`, `max_us` and `sum_us` are exact (also for values above an hour); quantiles are right to 0.1 %.
    `min_us` and `max_us` are None where there is nothing.
    """

    __slots__ = ("_counts", "_indexes", "count", "max_us", "min_us", "sum_us")

    count: int
    min_us: int | None
    max_us: int | None
    sum_us: int

    def __init__(self) -> None:
        self._indexes: NDArray[np.int32] = _NO_INDEXES
        self._counts: NDArray[np.int64] = _NO_COUNTS
        self.count = 0
        self.min_us = None
        self.max_us = None
        self.sum_us = 0

    @classmethod
    def of_us(cls, values: NDArray[Any]) -> "Histogram":
        """The distribution of `values` (integers, any shape, microseconds, not negative)."""
        if not values.size:
            return cls()
        indexes, counts = np.unique(bucket_indexes(values), return_counts=True)
        return cls._of(indexes, counts, int(values.min()), int(values.max()), int(values.sum(dtype=np.int64)))

    @classmethod
    def from_buckets(
        cls, indexes: NDArray[Any], counts: NDArray[Any], *, min_us: int, max_us: int, sum_us: int
    ) -> "Histogram":
        """A histogram from bucket indexes (any order, may repeat) with their counts, and the exact extremes and sum.

        For whoever has folded many samples in one pass; counts of 0 are left out. Raises ValueError where an index
        or count is impossible.
        """
        wanted = counts > 0
        if not wanted.any():
            return cls()
        if int(counts.min()) < 0 or int(indexes.min()) < 0 or int(indexes.max()) >= _BUCKETS:
            raise ValueError("bucket indexes or counts out of range")
        return cls._of(*_folded(indexes[wanted], counts[wanted]), int(min_us), int(max_us), int(sum_us))

    @classmethod
    def merged(cls, histograms: Iterable["Histogram"]) -> "Histogram":
        """The distribution of all values together: exactly as if they had been recorded in one."""
        parts = [part for part in histograms if part.count]
        if len(parts) < 2:
            return parts[0] if parts else cls()
        indexes, counts = _folded(
            np.concatenate([part._indexes for part in parts]), np.concatenate([part._counts for part in parts])
        )
        lowest = min(part.min_us for part in parts if part.min_us is not None)
        highest = max(part.max_us for part in parts if part.max_us is not None)
        return cls._of(indexes, counts, lowest, highest, sum(part.sum_us for part in parts))

    def without(self, part: "Histogram") -> "Histogram":
        """What is left of the distribution without a part of it; its extremes are those of its buckets."""
        if not part.count:
            return self
        indexes, counts = _folded(
            np.concatenate([self._indexes, part._indexes]), np.concatenate([self._counts, -part._counts])
        )
        if self.min_us is None or self.max_us is None or not (left := counts > 0).any():
            return Histogram()
        used = indexes[left].astype(np.int32)
        low, high = max(self.min_us, int(_lower_us(used[:1])[0])), min(self.max_us, int(_upper_us(used[-1:])[0]))
        return self._of(used, counts[left], low, high, self.sum_us - part.sum_us)

    @classmethod
    def _of(cls, indexes: NDArray[Any], counts: NDArray[Any], min_us: int, max_us: int, sum_us: int) -> "Histogram":
        made = cls()
        made._indexes = indexes.astype(np.int32, copy=False)
        made._counts = counts.astype(np.int64, copy=False)
        made._indexes.flags.writeable = False
        made._counts.flags.writeable = False
        made.count = int(made._counts.sum())
        made.min_us, made.max_us, made.sum_us = min_us, max_us, sum_us
        return made

    @property
    def mean_us(self) -> float | None:
        """The exact mean, or None where there is nothing."""
        return self.sum_us / self.count if self.count else None

    def quantile_us(self, q: float) -> float | None:
        """The value at nearest rank ceil(q * count): its bucket's highest, never above `max_us`; None if empty."""
        return self.at_rank_us(nearest_rank(q, self.count))

    def at_rank_us(self, rank: int) -> float | None:
        """The value at the 1-based `rank` in ascending order, as `quantile_us` gives it; None where there are fewer."""
        if self.max_us is None or rank > self.count:
            return None
        if rank == self.count:
            return float(self.max_us)
        at = int(np.searchsorted(np.cumsum(self._counts), rank))
        return float(min(int(_upper_us(self._indexes[at : at + 1])[0]), self.max_us))

    def count_above_us(self, us: float) -> int:
        """How many values lie above `us`, to the resolution of a bucket: the bucket that holds `us` is not above."""
        if self.min_us is None or self.max_us is None or us >= self.max_us:
            return 0
        if us < self.min_us:
            return self.count
        bucket = bucket_indexes(np.array([int(us)]))[0]
        return int(self._counts[np.searchsorted(self._indexes, bucket, side="right") :].sum())

    def buckets(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(lowest, highest, count) of every bucket that holds something, ascending; both ends belong to the bucket."""
        return _lower_us(self._indexes), _upper_us(self._indexes), self._counts

    def to_bytes(self) -> bytes:
        """A compact form: 33 bytes, and for each bucket in use 2 and as many as the greatest count needs."""
        most = int(self._counts.max()) if self.count else 0
        width = next(width for width in _COUNT_TYPES if most < 1 << (8 * width))
        body: bytes = self._indexes.astype("<u2").tobytes() + self._counts.astype(_COUNT_TYPES[width]).tobytes()
        low, high = (-1 if end is None else end for end in (self.min_us, self.max_us))
        head = (_MAGIC, width, len(self._indexes), low, high, self.sum_us)
        return _HEADER.pack(*head, _checksum(head, body)) + body

    @classmethod
    def from_bytes(cls, data: bytes) -> "Histogram":
        """The histogram that `to_bytes` wrote. Raises ValueError for anything else, cut off or altered."""
        if len(data) < _HEADER.size:
            raise ValueError("not a histogram: too short")
        *head, checksum = _HEADER.unpack_from(data)
        magic, width, buckets, low, high, total = head
        body = data[_HEADER.size :]
        if magic != _MAGIC or width not in _COUNT_TYPES or len(body) != buckets * (2 + width):
            raise ValueError("not a histogram, or cut off")
        if checksum != _checksum(head, body):
            raise ValueError("a damaged histogram: its checksum is wrong")
        indexes = np.frombuffer(body, "<u2", buckets).astype(np.int32)
        counts = np.frombuffer(body, _COUNT_TYPES[width], buckets, 2 * buckets).astype(np.int64)
        return cls._of(indexes, counts, low, high, total) if buckets else cls()

    def __reduce__(self) -> tuple[object, ...]:
        """Crossing to another process costs what `to_bytes` costs."""
        return Histogram.from_bytes, (self.to_bytes(),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (
            (self.min_us, self.max_us, self.sum_us) == (other.min_us, other.max_us, other.sum_us)
            and np.array_equal(self._indexes, other._indexes)
            and np.array_equal(self._counts, other._counts)
        )

    def __hash__(self) -> int:
        return hash((self.count, self.min_us, self.max_us, self.sum_us))

    def __repr__(self) -> str:
        return f"Histogram(count={self.count}, min_us={self.min_us}, max_us={self.max_us}, sum_us={self.sum_us})"


def _folded(indexes: NDArray[Any], counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sorted distinct indexes with their summed counts. Neither argument may be empty.

    Counting into a dense array (up to 188 KB, gone at return) is several times as fast as sorting when an hour's
    seconds are merged. Its sums are floats, and exact: they stay below 2**53.
    """
    dense = np.bincount(indexes, weights=counts)
    used = np.flatnonzero(dense)
    return used, dense[used]


def _doublings(indexes: NDArray[np.int32]) -> NDArray[np.int64]:
    doublings: NDArray[np.int64] = np.maximum((indexes.astype(np.int64) >> _HALF_BITS) - 1, 0)
    return doublings


def _lower_us(indexes: NDArray[np.int32]) -> NDArray[np.int64]:
    doublings = _doublings(indexes)
    return (indexes.astype(np.int64) - (doublings << _HALF_BITS)) << doublings


def _upper_us(indexes: NDArray[np.int32]) -> NDArray[np.int64]:
    return _lower_us(indexes) + (1 << _doublings(indexes)) - 1


def _checksum(head: Iterable[Any], body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(_HEADER.pack(*head, 0)))
