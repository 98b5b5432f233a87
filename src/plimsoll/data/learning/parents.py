"""How children are dealt out to parents in a real database: which share the busiest have."""

from dataclasses import dataclass

import numpy as np

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.distribution import key, permutation
from plimsoll.data.deciding.dealing import Weights
from plimsoll.data.drawing import Floats, Numbers
from plimsoll.data.rows.model import Batch, TableModel


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """The share of the children that each parent has, the busiest first: those `stated`, then `others` alike, then
    none. They sum to 1, and take no more memory for more parents.
    """

    stated: Floats
    others: int
    each: float

    @classmethod
    def of(cls, known: ColumnStatistics, rows: int, parents: int) -> "Shares":
        stated = np.asarray(known.frequent_shares, dtype=np.float64)[:parents]
        others = min(known.distinct_of(rows), parents) - len(stated)
        left = max(1.0 - known.null_share - float(stated.sum()), 0.0) if others > 0 else 0.0
        total = float(stated.sum()) + left
        if total <= 0:
            return cls(np.zeros(0), parents, 1.0 / max(parents, 1))
        return cls(stated / total, others, left / total / others if others > 0 else 0.0)

    def at(self, ranks: Numbers) -> Floats:
        """The shares of parents by rank."""
        busiest = len(self.stated)
        alike = np.where(ranks < busiest + self.others, self.each, 0.0)
        return np.where(ranks < busiest, self.stated[np.minimum(ranks, busiest - 1)], alike) if busiest else alike

    def ranks(self, parts: Floats) -> Numbers:
        """The ranks up to which parents have such parts, in [0, 1), of the children."""
        ends = np.cumsum(self.stated)
        found: Numbers = np.searchsorted(ends, parts, side="right").astype(np.int64)
        beyond = parts - (ends[-1] if len(ends) else 0.0)
        if self.each > 0:
            found += np.where(beyond > 0, np.minimum(beyond / self.each, self.others - 1), 0).astype(np.int64)
        return np.minimum(found, max(len(self.stated) + (self.others if self.each > 0 else 0), 1) - 1)


def learned_weights(shares: Shares, parents: int, seed_key: int) -> Weights:
    """What each parent gets; which of them are the busy is shuffled."""
    return lambda n: shares.at(permutation(key(seed_key, "busy parents"), n, parents))


@dataclass(frozen=True, slots=True)
class AsLearned:
    """Parents are drawn with the shares that those of a real database have; which of them are the busy is shuffled."""

    link: str
    parent: TableModel
    known: ColumnStatistics

    def rows(self, batch: Batch) -> Numbers:
        size = self.parent.rows
        if not size:
            return np.full(len(batch), -1, dtype=np.int64)
        shares = Shares.of(self.known, batch.model.rows, size)
        ranks = shares.ranks(batch.draw("link", self.link).floats())
        return permutation(key(batch.model.seed_key, "busy parents", self.link), ranks, size)
