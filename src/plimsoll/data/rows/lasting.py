"""Ranges of times: a row lasts from some moment on that is after the births of all rows it refers to."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.distributions import moments
from plimsoll.data.drawing import Context
from plimsoll.data.rows.lineage import parents_birth
from plimsoll.data.rows.model import Batch
from plimsoll.data.rows.timing import MOMENTS, as_moments, between, micros, settled, to_micros, whole_span
from plimsoll.data.types.containers import Ranges


@dataclass(frozen=True, slots=True)
class Lasting:
    """As `made` has them, but from such a moment; of rows that refer to none, from any of the context's span."""

    made: Ranges
    context: Context

    def values(self, batch: Batch, column: Column) -> pl.Series:
        element, draw, now = column.type.element, batch.draw_for(column.name), micros(self.context.now)
        assert element is not None
        lower = between(parents_birth(batch), now, batch, column.name)
        unbound = np.flatnonzero(np.isnan(lower))
        if len(unbound):
            lower[unbound] = to_micros(moments(whole_span(self.context), draw.at(unbound).sub("moment")))
        one = Column(column.name, element)
        return self.made.from_each(as_moments(settled(lower, one, now), one), draw.sub("first"))


def may_last(column: Column) -> bool:
    """Whether it is a range of plain moments, whatever checks say of it as a whole."""
    element = column.type.element
    plain = element is not None and element.kind == "base" and element.base in MOMENTS and not element.checks
    return column.type.kind == "range" and plain
