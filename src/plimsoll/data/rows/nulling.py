"""Which values are NULL: by share, by what other columns hold, and so that checks on NULLs hold."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from plimsoll.data.domain import Implication, NullCount, NullTogether
from plimsoll.data.drawing import Draw
from plimsoll.data.rows.model import Batch, Mask
from plimsoll.data.rows.sources import is_one_of

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
    """As many of some columns are NULL as a check demands; which, is drawn. `never` can not be."""

    rule: NullCount
    never: Collection[str]

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        name = ",".join(self.rule.columns)
        draw = batch.draw("how many are not null", name)
        least = max(self.rule.least, len(self.never))
        most = max(least, min(self.rule.most, len(self.rule.columns)))
        wanted = least + draw.ints(most - least + 1)
        scores = np.stack([self._scores(draw, other) for other in self.rule.columns])
        rank = (scores < scores[self.rule.columns.index(column)]).sum(axis=0)
        hidden: Mask = rank >= wanted
        return hidden

    def _scores(self, draw: Draw, column: str) -> "np.typing.NDArray[np.float64]":
        return draw.floats(column) - (1.0 if column in self.never else 0.0)


@dataclass(frozen=True, slots=True)
class Together:
    """NULL with another column, or exactly where that is not."""

    rule: NullTogether

    def mask(self, batch: Batch, column: str, mask: Mask) -> Mask:
        other = batch.nulls(self.rule.other)
        return other if self.rule.same else ~other
