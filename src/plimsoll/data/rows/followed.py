"""How often each row of a parent is referred to, where it must be one of an owner that another key leads to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from plimsoll.data.drawing import Floats, Numbers
from plimsoll.data.rows.groups import Index

PARENTS_MAX: Final = 4_000_000  # 8 bytes each; of larger tables an owner's rows are referred to alike
SAMPLE_ROWS: Final = 100_000  # by which owners are weighed
_LEAST: Final = 1e-12  # what a row weighs that would have none: its owner may have no other


@dataclass(slots=True)
class Followed:
    """`shares` are those of so many parents, the busiest first, as they were learned.

    The busy belong to the owners that have much: as far as these leave room for it, each has its share.
    """

    shares: Callable[[int], Floats]
    _ends: Floats | None = field(default=None, init=False)

    def places(self, index: Index, owners: Numbers, parts: Floats, weigh: Callable[[], Floats]) -> Numbers:
        """Places among each owner's rows, from parts in [0, 1). `weigh` tells each owner's share of all rows."""
        if self._ends is None:
            self._ends = weights(index, weigh(), self.shares)
        starts = index.starts.astype(np.int64)
        first, last = starts[owners], np.maximum(starts[owners + 1], starts[owners] + 1)
        low = self._ends[first]
        wanted = low + parts * (self._ends[np.minimum(last, len(self._ends) - 1)] - low)
        found = np.searchsorted(self._ends, wanted, side="right") - 1
        return np.asarray(np.clip(found, first, last - 1) - first)


def weights(index: Index, owned: Floats, shares: Callable[[int], Floats]) -> Floats:
    """The ends, summed up in the order of the index, of what each row weighs; an owner's first rows are its busiest."""
    sizes = index.sizes(np.arange(len(index.starts) - 1))
    place = np.arange(sizes.sum()) - np.repeat(index.starts[:-1].astype(np.int64), sizes)
    rank = np.empty(len(place), dtype=np.int64)
    rank[np.argsort(-np.repeat(owned, sizes) / (place + 1), kind="stable")] = np.arange(len(place))
    return np.concatenate([[0.0], np.cumsum(shares(len(place))[rank] + _LEAST)])
