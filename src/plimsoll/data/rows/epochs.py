"""Moments kept as whole numbers: seconds or milliseconds since 1970."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.drawing import Context
from plimsoll.data.rows.births import micros_or_nan
from plimsoll.data.rows.model import Batch
from plimsoll.data.rows.timing import Birth, between, to_micros

_NOBODYS = "moment of birth, as a number"  # no column: all of a row's numbers rest on the same one


@dataclass(frozen=True, slots=True)
class Epoch:
    """The row's birth where `first`, else something after it; `birth` is the column that says so, if one does."""

    context: Context
    per_second: int
    first: bool
    birth: str | None

    def values(self, batch: Batch, column: Column) -> pl.Series:
        hidden = replace(column, name=_NOBODYS)
        born = batch.column(self.birth) if self.birth else Birth(self.context).values(batch, hidden)
        found = micros_or_nan(born)
        if not self.first:
            now = float(to_micros(pl.Series([self.context.now])).item())
            found = between(found, now, batch, column.name)
        return pl.Series(np.floor(found * (self.per_second / 1e6)), nan_to_null=True).cast(pl.Int64)
