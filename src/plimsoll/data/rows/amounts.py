"""Amounts of one row that follow from each other: sums, products and shares of other columns of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Floats
from plimsoll.data.rows.model import Batch, Source
from plimsoll.data.rows.sources import fitted

TAX_RATES: Final = (0.19, 0.2, 0.07, 0.21, 0.1, 0.25, 0.0)  # the commonest first
DISCOUNTS: Final = (0.0, 0.1, 0.05, 0.2, 0.15, 0.25)
PAID: Final = (1.0, 0.0, 0.5, 0.25)
_SKEW: Final = 1.0
_PERCENT_MIN: Final = 1.0  # rates from here on are in hundredths


@dataclass(frozen=True, slots=True)
class Summed:
    """`plus` less `minus`; what is NULL counts as nothing."""

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    domain: Domain

    def values(self, batch: Batch, column: Column) -> pl.Series:
        total = sum((numbers(batch, name) for name in self.plus), np.zeros(len(batch)))
        less = sum((numbers(batch, name) for name in self.minus), np.zeros(len(batch)))
        return fitted(total - less, column.type, self.domain)


@dataclass(frozen=True, slots=True)
class Multiplied:
    """One column times another."""

    first: str
    second: str
    domain: Domain

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return fitted(numbers(batch, self.first) * numbers(batch, self.second), column.type, self.domain)


@dataclass(frozen=True, slots=True)
class ShareOf:
    """A share of another column: one of `shares`, the first most often, or what a column of rates says."""

    of: str
    shares: tuple[float, ...]
    domain: Domain
    rate: str | None = None

    def values(self, batch: Batch, column: Column) -> pl.Series:
        if self.rate is None:
            drawn = batch.draw_for(column.name).zipf(len(self.shares), _SKEW, "share")
            share: Floats = np.asarray(self.shares)[drawn]
        else:
            said = numbers(batch, self.rate)
            share = np.where(said >= _PERCENT_MIN, said / 100, said)
        return fitted(numbers(batch, self.of) * np.minimum(share, 1.0), column.type, self.domain)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The lower or the upper of what two columns would hold each by itself."""

    own: Source
    other: Source
    beside: str
    domain: Domain
    upper: bool

    def values(self, batch: Batch, column: Column) -> pl.Series:
        beside = batch.model.table.column(self.beside)
        both = [
            made.cast(pl.Float64).to_numpy()
            for made in (self.own.values(batch, column), self.other.values(batch, beside))
        ]
        return fitted((np.fmax if self.upper else np.fmin)(*both), column.type, self.domain)


def numbers(batch: Batch, name: str) -> Floats:
    """A column's, 0 for NULL."""
    found: Floats = batch.column(name).cast(pl.Float64).fill_null(0.0).to_numpy()
    return found
