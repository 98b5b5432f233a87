"""Requests of a cache, in order, with keys as small numbers. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.eviction.capacity import UNBOUNDED, Capacity

_BLOCK: Final = 65_536  # requests turned into Python's numbers at once: 2.5 MB
NEVER: Final = 2**62  # where a key is not asked again


@dataclass(frozen=True, slots=True)
class Trace:
    """`keys`: a number for each request, 0 to the number of keys − 1, every one of which occurs. `weights`: by key,
    1 for each where sizes are not known (`sized`); else bytes, 0 or more. `stands_for`: how many requests, and of what
    weight, a sample of keys should have by its share; popular keys that it lacks, or has too many of, are hits.

    4 bytes a request, and at most 8 a key.
    """

    keys: NDArray[np.int32]
    weights: Sequence[int]
    sized: bool = False
    stands_for: tuple[float, float] | None = None

    @classmethod
    def of(cls, keys: NDArray[Any], weights: NDArray[Any] | None = None) -> "Trace":
        """Of whole numbers of any size; `weights` by request, of which the first of each key counts."""
        unique, first, numbers = np.unique(keys, return_index=True, return_inverse=True)
        if weights is None:
            return cls(numbers.astype(np.int32), b"\x01" * len(unique))
        return cls(numbers.astype(np.int32), array("q", weights[first].astype(np.int64).tobytes()), sized=True)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def unique(self) -> int:
        return len(self.weights)

    @property
    def unique_weight(self) -> int:
        """What all keys weigh together: a cache of that size keeps everything."""
        return int(np.asarray(self.weights).sum()) if self.sized else self.unique

    @property
    def asked(self) -> tuple[float, float]:
        """Requests and their weight, which ratios are of. A sample's misses are right, its hits are chance: SHARDS-adj
        of Waldspurger, Park, Garthwaite, Ahmad, "Efficient MRC Construction with SHARDS" (FAST 2015)."""
        if self.stands_for is not None:
            return self.stands_for
        return len(self), int(np.asarray(self.weights)[self.keys].sum()) if self.sized else len(self)

    @property
    def repeated(self) -> float:
        """The share of requests that are not the first of their key (0 to 1): no cache can hit more."""
        return max(0.0, 1 - self.unique / self.asked[0])

    def without_sizes(self) -> "Trace":
        """All entries weigh 1."""
        stands_for = (self.stands_for[0], self.stands_for[0]) if self.stands_for else None
        return Trace(self.keys, b"\x01" * self.unique, stands_for=stands_for)

    def requests(self) -> Iterator[int]:
        return chain.from_iterable(part.tolist() for part in _blocks(self.keys))

    def with_next(self) -> Iterator[tuple[int, int]]:
        """Each request's key, and the position at which that is asked next (NEVER: not again)."""
        following = zip(_blocks(self.keys), _blocks(next_positions(self.keys)), strict=True)
        return chain.from_iterable(zip(keys.tolist(), later.tolist(), strict=True) for keys, later in following)

    def capacity(self, share: float) -> Capacity:
        """So large a share of the unique keys, or of what they weigh where that is known."""
        if self.sized:
            return Capacity(UNBOUNDED, max(1, round(self.unique_weight * share)))
        return Capacity(max(1, round(self.unique * share)))


def next_positions(keys: NDArray[np.int32]) -> NDArray[np.int64]:
    order = np.argsort(keys, kind="stable")
    again = keys[order[1:]] == keys[order[:-1]]
    later = np.full(len(keys), NEVER, dtype=np.int64)
    later[order[:-1][again]] = order[1:][again]
    return later


def _blocks(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (values[begin : begin + _BLOCK] for begin in range(0, len(values), _BLOCK))
