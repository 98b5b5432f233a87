"""Which values are NULL: by share, by what other columns hold, and so that checks on NULLs hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from plimsoll.data.domain import Implication, NullCount, NullTogether
from plimsoll.data.drawing import Draw, Floats
from plimsoll.data.rows.model import Batch, Mask
from plimsoll.data.rows.sources import is_one_of

_POINTS = 2**32  # on a line of length 1
_DIGITS = 9  # of sums of shares: what they fall short of a whole number is an error of reckoning
_NEARLY_NONE = 1e-12  # of shares: too little to be made more of in proportion
RETRY_SHARE = 0.5  # of NULLs in further tries, so that conditions on them are met soon


@dataclass(frozen=True, slots=True)
class Share:
    """A share of NULLs, drawn under one name for all columns that go together (those of one foreign key)."""

    share: float
    use: str
    fixed: bool = False

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        attempt = 0 if self.fixed else batch.attempt
        share = self.share if attempt == 0 or self.share in (0.0, 1.0) else RETRY_SHARE
        return mask | (batch.draw("null", self.use, fixed=self.fixed).floats() < share)


@dataclass(frozen=True, slots=True)
class Where:
    """NULL unless another column has one of `values`; never NULL where it has, if `exactly`."""

    other: str
    values: tuple[str, ...]
    exactly: bool

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        chosen = is_one_of(batch.column(self.other), self.values)
        return ~chosen if self.exactly else mask | ~chosen


@dataclass(frozen=True, slots=True)
class Reached:
    """Never NULL where a status is among the `sure` ones, left as it is where it is among `maybe`, else NULL."""

    status: str
    sure: tuple[str, ...]
    maybe: tuple[str, ...] = ()

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        status = batch.column(self.status)
        hidden: Mask = mask | ~is_one_of(status, self.maybe)
        return hidden & ~is_one_of(status, self.sure)


@dataclass(frozen=True, slots=True)
class With:
    """NULL where another column is; `decided`: where rules say so, for keys, on which the other's value may rest."""

    other: str
    decided: bool = False

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        other = batch.nulls(self.other) if self.decided else batch.column(self.other).is_null().to_numpy()
        hidden: Mask = mask | other
        return hidden


@dataclass(frozen=True, slots=True)
class Implied:
    """What a check says of a column's NULLs where another has certain values."""

    rule: Implication

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        chosen = is_one_of(batch.column(self.rule.column), tuple(self.rule.values))
        if self.rule.negated:
            chosen = ~chosen & batch.column(self.rule.column).is_not_null().to_numpy()
        if self.rule.consequence.is_null:
            return mask | chosen
        return mask & ~chosen if self.rule.consequence.not_null else mask


@dataclass(frozen=True, slots=True)
class Counted:
    """As many of some columns are not NULL as a check demands; which, is drawn. `never` are NULL in no row.

    `shares` say of each column in which share of the rows it is not NULL; without them all are alike.
    """

    rule: NullCount
    never: Collection[str]
    shares: Mapping[str, float] = field(default_factory=dict)

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        """By one point for each row, on a line of all columns' shares: NULL is where no whole step from it falls."""
        columns = self.rule.columns
        draw = batch.draw("how many are not null", ",".join(columns))
        order = np.argsort(np.stack([draw.floats(other) for other in columns]), axis=0)
        ends = np.round(np.cumsum(np.take_along_axis(self._shares(draw), order, axis=0), axis=0), _DIGITS)
        steps = np.maximum(np.ceil(ends - draw.ints(_POINTS, "point") / _POINTS), 0)
        chosen = np.diff(steps, axis=0, prepend=0) > 0
        place = np.argsort(order, axis=0)[columns.index(column)]
        hidden: Mask = ~chosen[place, np.arange(len(batch))]
        return hidden

    def _shares(self, draw: Draw) -> Floats:
        """By column and row."""
        columns, fixed = self.rule.columns, len(self.never)
        least = max(self.rule.least, fixed)
        most = max(least, min(self.rule.most, len(columns)))
        if self.shares:
            fitted = fitting([1.0 if name in self.never else self.shares[name] for name in columns], least, most)
            return np.repeat(fitted[:, None], len(draw.n), axis=1)
        free = (least + draw.ints(most - least + 1) - fixed) / max(1, len(columns) - fixed)
        return np.stack([np.ones(len(draw.n)) if name in self.never else free for name in columns])


def fitting(shares: Sequence[float], least: int, most: int) -> Floats:
    """Shares whose sum is from `least` to `most`: as they are where it is, else in proportion, those of 1 kept.

    Of these, too, there are fewer where they are more than `most`.
    """
    found = np.asarray(shares, dtype=np.float64)
    total = min(max(float(found.sum()), least), most)
    if np.count_nonzero(found >= 1) > total:
        return found * (total / float(found.sum()))
    for _ in shares:  # what would pass 1 leaves the more to the others
        below = found < 1
        rest = float(found[below].sum())
        if rest <= _NEARLY_NONE:
            break
        found = np.where(below, np.minimum(found * (total - np.count_nonzero(~below)) / rest, 1.0), found)
    room = (1 - found).sum()
    missing = total - found.sum()
    return found + (1 - found) * missing / room if missing > 0 and room > 0 else found


@dataclass(frozen=True, slots=True)
class OfLast:
    """NULL in the last row of each group alone, or (not `null`) in all but that."""

    null: bool

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        last = last_of_group(batch)
        return last if self.null else ~last


@dataclass(frozen=True, slots=True)
class Together:
    """NULL with another column, or exactly where that is not."""

    rule: NullTogether

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        other = batch.nulls(self.rule.other)
        return other if self.rule.same else ~other


def last_of_group(batch: Batch) -> Mask:
    """The rows behind which another group begins."""
    groups = batch.model.groups
    assert groups is not None
    found: Mask = groups.place(batch.n) == groups.size(groups.parent(batch.n)) - 1
    return found
