"""How children are dealt out to parents in a real database: how many have any, and which share the busiest have."""

from dataclasses import dataclass

import numpy as np

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.distribution import key, permutation
from plimsoll.data.deciding.dealing import Weights
from plimsoll.data.drawing import Floats, Numbers
from plimsoll.data.rows.model import Batch, Mask
from plimsoll.data.rows.nulling import Share

_ALL = 0.95  # of the parents: the planner's estimate of different values is that far off
_BUSY = 1.05  # times the average, from where on a parent is busier than others
_LISTED = 100  # values the planner usually lists; a shorter list ends where none stands out from the rest
_PIECES = 64  # of the shares beyond the listed ones
_STEEP = 8.0  # the exponent beyond which shares fall no faster
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class FanOut:
    """What is known of a foreign key: its column's statistics, and how many rows both tables have there."""

    known: ColumnStatistics
    rows: int | None = None
    parents: int | None = None

    def having(self, rows: int, parents: int) -> int:
        """How many of so many parents have any of so many children: the same part of them as there."""
        if self.rows is None or not self.parents:
            found = self.known.distinct_of(rows)
        else:
            part = self.known.distinct_of(self.rows) / self.parents
            found = parents if part >= _ALL else round(part * parents)
        return max(1, min(found, parents, rows))


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """The share of the children that each parent has, the busiest first; they sum to 1.

    `ends` is the share of all parents up to each of `edges` (ranks, from 0): between two edges parents are alike. What
    is held does not grow with the parents.
    """

    edges: Floats
    ends: Floats

    @classmethod
    def of(cls, fan_out: FanOut, rows: int, parents: int) -> "Shares":
        """Busiest parents as stated; the others alike, or falling on where the planner's list was too short."""
        having, known = fan_out.having(rows, parents), fan_out.known
        stated = np.asarray(known.frequent_shares, dtype=np.float64) / max(1.0 - known.null_share, 1e-9)
        busy = np.sort(stated[stated > _BUSY / having])[::-1][:having]
        left = max(1.0 - float(busy.sum()), 0.0)
        edges, pieces = _others(busy, len(known.frequent_shares) >= _LISTED, left, having - len(busy), rows)
        ends = np.cumsum([0.0, *busy, *pieces])
        if ends[-1] <= 0:
            return cls(np.array([0.0, max(parents, 1)]), np.array([0.0, 1.0]))
        return cls(np.concatenate([np.arange(len(busy) + 1.0), len(busy) + edges]), ends / ends[-1])

    def at(self, ranks: Numbers) -> Floats:
        """The shares of parents by rank."""
        found: Floats = np.interp(ranks + 1.0, self.edges, self.ends) - np.interp(ranks, self.edges, self.ends)
        return np.maximum(found, 0.0)

    def ranks(self, parts: Floats) -> Numbers:
        """The ranks up to which parents have such parts, in [0, 1), of the children."""
        piece = np.minimum(np.searchsorted(self.ends, parts, side="right"), len(self.ends) - 1)
        low, width = self.edges[piece - 1], self.edges[piece] - self.edges[piece - 1]
        mass = np.maximum(self.ends[piece] - self.ends[piece - 1], 1e-300)
        within = np.floor((parts - self.ends[piece - 1]) / mass * width + 1e-9)
        found: Numbers = (low + np.clip(within, 0, width - 1)).astype(np.int64)
        return found


def _others(busy: Floats, cut_off: bool, left: float, count: int, rows: int) -> tuple[Floats, Floats]:
    """Edges (from the last of the busy on) and shares of what lies between them, for parents that are not listed."""
    if count <= 0:
        return np.zeros(0), np.zeros(0)
    if not (cut_off and len(busy)) or left / count >= busy[-1]:
        return np.array([float(count)]), np.array([left])
    edges = np.unique(np.rint(np.geomspace(1, count + 1, _PIECES)) - 1)
    least = min(1.0 / max(rows, 1), left / count)  # each has a child, if only one
    low, high = 0.0, _STEEP
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        heavier = _falling(edges, busy, least, middle).sum() > left
        low, high = (middle, high) if heavier else (low, middle)
    pieces = _falling(edges, busy, least, high)
    return edges[1:], pieces * left / pieces.sum()


def _falling(edges: Floats, busy: Floats, least: float, exponent: float) -> Floats:
    """Shares that fall by a power of the rank from that of the last of the busy towards `least`."""
    middle = len(busy) + (edges[1:] + edges[:-1] + 1) / 2
    found: Floats = (least + (busy[-1] - least) * (middle / len(busy)) ** -exponent) * np.diff(edges)
    return found


def learned_weights(shares: Shares, parents: int, seed_key: int) -> Weights:
    """What each parent gets; which of them are the busy is shuffled."""
    return lambda n: shares.at(permutation(key(seed_key, "busy parents"), n, parents))


@dataclass(frozen=True, slots=True)
class Dealt:
    """Ranks of parents so that each has its share of the children to within one; a share of `nulls` has none."""

    link: str
    fan_out: FanOut
    nulls: float = 0.0
    fixed: bool = False  # whether no further try changes which are NULL

    def ranks(self, batch: Batch, size: int) -> Numbers:
        return Shares.of(self.fan_out, batch.model.rows, size).ranks(self._parts(batch))

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        """NULL are those that are left over when the others are dealt out."""
        if batch.attempt and not self.fixed:
            return Share(self.nulls, f"foreign key {self.link}").mask(batch, column, mask)
        return mask | (self._places(batch) >= self._referring(batch))

    def _parts(self, batch: Batch) -> Floats:
        if batch.attempt:
            return batch.draw("link", self.link).floats()
        referring = max(1, self._referring(batch))
        found: Floats = (self._places(batch) % referring + 0.5) / referring
        return found

    def _places(self, batch: Batch) -> Numbers:
        return permutation(key(batch.model.seed_key, "dealt", self.link), batch.n, batch.model.rows)

    def _referring(self, batch: Batch) -> int:
        return round(batch.model.rows * (1.0 - self.nulls))
