"""How children are dealt out to parents in a real database: which share the busiest have."""

from dataclasses import dataclass

import numpy as np

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.distribution import key, permutation
from plimsoll.data.drawing import Floats, Numbers
from plimsoll.data.model import Batch, TableModel


def parent_shares(known: ColumnStatistics, rows: int, parents: int) -> Floats:
    """The share of the children of each parent, the busiest first; those without children have 0."""
    stated = np.asarray(known.frequent_shares, dtype=np.float64)[:parents]
    shares = np.zeros(parents)
    shares[: len(stated)] = stated
    others = min(known.distinct_of(rows), parents) - len(stated)
    if others > 0:
        left = max(1.0 - known.null_share - stated.sum(), 0.0)
        shares[len(stated) : len(stated) + others] = left / others
    total = shares.sum()
    return shares / total if total > 0 else np.full(parents, 1.0 / max(parents, 1))


def shuffled(shares: Floats, seed_key: int) -> Floats:
    """The same shares, dealt out to rows by chance."""
    found = np.empty(len(shares))
    found[permutation(key(seed_key, "busy parents"), np.arange(len(shares)), len(shares))] = shares
    return found


@dataclass(slots=True)
class AsLearned:
    """Parents are drawn with the shares that those of a real database have; which of them are the busy is shuffled."""

    link: str
    parent: TableModel
    known: ColumnStatistics
    _ends: Floats | None = None

    def rows(self, batch: Batch) -> Numbers:
        size = self.parent.rows
        if not size:
            return np.full(len(batch), -1, dtype=np.int64)
        if self._ends is None:
            self._ends = np.cumsum(parent_shares(self.known, batch.model.rows, size))
        mass = batch.draw("link", self.link).floats() * self._ends[-1]
        ranks = np.minimum(np.searchsorted(self._ends, mass, side="right"), size - 1).astype(np.int64)
        return permutation(key(batch.model.seed_key, "busy parents", self.link), ranks, size)
