"""Values of another source, changed where a rule says so: not below another column's, often the default."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.domain import Domain, Ordering
from plimsoll.data.rows.model import Batch, Source
from plimsoll.data.rows.sources import INTEGERS, fitted, masked
from plimsoll.data.rows.timing import MOMENTS
from plimsoll.data.types.choosing import as_series


@dataclass(frozen=True, slots=True)
class Defaulted:
    """The default's text in a share of the rows, else what another source says."""

    source: Source
    text: str
    share: float

    def values(self, batch: Batch, column: Column) -> pl.Series:
        made = self.source.values(batch, column)
        usual = as_series([self.text], column.type).cast(made.dtype)
        often = batch.draw_for(column.name).floats("default") < self.share
        return (
            pl.select(pl.when(pl.Series(often)).then(pl.lit(usual.item())).otherwise(made)).to_series().cast(made.dtype)
        )


@dataclass(frozen=True, slots=True)
class NotBelow:
    """Values that a check wants at or above those of another column: what falls short is mirrored up."""

    source: Source
    rule: Ordering
    domain: Domain
    now: datetime

    def values(self, batch: Batch, column: Column) -> pl.Series:
        upper = self.source.values(batch, column)
        lower = batch.column(self.rule.lower)
        if column.type.base in MOMENTS:
            return _mirrored(upper, lower, self.rule.strict, column, self.now)
        low, high = lower.cast(pl.Float64).to_numpy(), upper.cast(pl.Float64).to_numpy()
        step = 1.0 if column.type.base in INTEGERS else 10.0 ** -(column.type.scale or 2)
        mirrored = np.where(high < low, 2 * low - high, high) + np.where((high == low) & self.rule.strict, step, 0)
        made = fitted(np.where(np.isnan(low) | np.isnan(high), np.nan_to_num(high), mirrored), column.type, self.domain)
        return masked(made, np.isnan(high))


def _mirrored(upper: pl.Series, lower: pl.Series, strict: bool, column: Column, now: datetime) -> pl.Series:
    """What would lie beyond now comes round again."""
    high, low = upper.cast(pl.Datetime("us")), lower.cast(pl.Datetime("us"))
    step = pl.duration(days=1) if column.type.base == "date" else pl.duration(seconds=1)
    left = pl.lit(now) - low
    beyond = pl.when(left > pl.duration(days=1)).then(
        (low - high).cast(pl.Int64) % left.cast(pl.Duration("us")).cast(pl.Int64)
    )
    gap = pl.coalesce(beyond.cast(pl.Duration("us")), low - high)
    mirrored = pl.when(high < low).then(low + gap).otherwise(high)
    if strict:
        mirrored = pl.when(high == low).then(low + step).otherwise(mirrored)
    return pl.select(pl.when(low.is_null()).then(high).otherwise(mirrored)).to_series().cast(upper.dtype)
