"""Times that agree with each other: a row is born after its parents, and whatever happens to it comes after that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.distributions import moments, sample
from plimsoll.data.drawing import Context, Floats, Numbers
from plimsoll.data.plan.values import Distribution, TimePattern
from plimsoll.data.rows.births import micros_or_nan
from plimsoll.data.rows.model import Batch, Source, TableModel

MOMENTS: Final = frozenset({"timestamp", "timestamptz", "date"})
EARLY: Final = 3.0  # exponent: half of what follows an event comes in the first eighth of the time that is left
WORKING_DAYS: Final = (5.0, 5.0, 5.0, 5.0, 4.5, 1.0, 1.0)
WORKING_HOURS: Final = (
    *(0.4, 0.3, 0.2, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 6.0, 6.5, 6.0),
    *(5.0, 5.5, 6.5, 6.5, 6.0, 5.0, 3.0, 2.0, 1.6, 1.3, 1.0, 0.7),
)


@dataclass(frozen=True, slots=True)
class Birth:
    """When a row came to be: after the births of all rows it refers to, else at any time of the context's span."""

    context: Context

    def values(self, batch: Batch, column: Column) -> pl.Series:
        after = parents_birth(batch)
        free = moments(whole_span(self.context), batch.draw_for(column.name).sub("moment"))
        if after is None:
            return as_type(free, column)
        now = to_micros(pl.Series([self.context.now])).item()
        late = between(after, now, batch, column.name)
        return as_type(_where(np.isnan(after), to_micros(free).astype(np.float64), late), column)


@dataclass(frozen=True, slots=True)
class Moment:
    """By a pattern of days and hours."""

    pattern: TimePattern

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return as_type(moments(self.pattern, batch.draw_for(column.name).sub("moment")), column)


@dataclass(frozen=True, slots=True)
class Later:
    """Between another column's moment and now; NULL with it."""

    column: str
    now: datetime

    def values(self, batch: Batch, column: Column) -> pl.Series:
        start = micros_or_nan(batch.column(self.column))
        return as_type(_series(between(start, _micros(self.now), batch, column.name)), column)


@dataclass(frozen=True, slots=True)
class After:
    """A delay (seconds) after a moment of this row or its parent, no later than `latest` and `before`; NULL with it."""

    start: Source
    delay: Distribution
    latest: datetime | None
    use: str = ""
    before: Source | None = None

    def values(self, batch: Batch, column: Column) -> pl.Series:
        start = micros_or_nan(self.start.values(batch, column))
        delay = sample(self.delay, batch.draw_for(column.name).sub(f"delay{self.use}")) * 1e6
        end = start + np.maximum(delay, 0)
        if self.latest is not None:
            end = _squeezed(start, delay, _micros(self.latest))
        if self.before is not None:
            end = np.fmin(end, micros_or_nan(self.before.values(batch, column)))
        end = np.where(np.isnan(start), np.nan, np.maximum(start, end))
        return as_type(_series(end), column)


@dataclass(frozen=True, slots=True)
class OfRow:
    """Another column of the same row, as it is."""

    name: str

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return batch.column(self.name)


def _squeezed(start: Floats, delay: Floats, latest: float) -> Floats:
    """What would end after `latest` ends in the second half of the time until then, longer delays later.

    Cut off, all of it would end at that very moment.
    """
    room = np.maximum(latest - start, 0.0)
    part = 1 - room / np.maximum(2 * delay, 1.0)
    end: Floats = start + np.where(delay > room, np.floor(part * room), np.maximum(delay, 0))
    return end


def parents_birth(batch: Batch) -> Floats | None:
    """The latest birth of the rows that each row refers to, in microseconds; NaN where none is known."""
    found = [_birth_of(batch, name) for name, link in batch.model.links.items() if _counts(batch, link.parent)]
    if not found:
        return None
    latest = found[0]
    for other in found[1:]:
        latest = np.fmax(latest, other)
    return latest


def whole_span(context: Context) -> TimePattern:
    """Working hours, growing: what is known of nothing in particular."""
    start = datetime.fromtimestamp(context.now.timestamp() - context.span_s)  # noqa: DTZ006  # both without a zone
    return TimePattern(start, context.now, WORKING_DAYS, WORKING_HOURS, growth=2.0)


def between(start: Floats, now: float, batch: Batch, use: str) -> Floats:
    """Moments from `start` to now, most of them early; at `start` where that is past now."""
    part = batch.draw_for(use).floats("part of the time that is left") ** EARLY
    moved: Floats = start + np.floor(part * np.maximum(now - start, 0.0))
    return moved


def as_type(series: pl.Series, column: Column) -> pl.Series:
    """Moments as the column's type holds them."""
    if column.type.base == "date" and series.dtype != pl.Date:
        return series.cast(pl.Date)
    return series


def as_moments(micros: Floats, column: Column) -> pl.Series:
    """Moments as the column's type holds them, from microseconds; NULL for NaN."""
    return as_type(_series(micros), column)


def to_micros(series: pl.Series) -> Numbers:
    """Microseconds since 1970 of a series without NULLs."""
    return series.cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()


def _counts(batch: Batch, parent: TableModel) -> bool:
    """Whether a parent's birth bounds ours: it has one, comes earlier in the order of filling, and is another table."""
    return parent.birth is not None and parent.place < batch.model.place


def _birth_of(batch: Batch, link: str) -> Floats:
    parent = batch.model.links[link].parent
    rows = np.where(batch.nulls(batch.model.links[link].columns[0]), -1, batch.parents(link))
    found = np.full(len(rows), np.nan)
    known = np.flatnonzero(rows >= 0)
    if len(known) and parent.birth is not None:
        found[known] = batch.model.births.of(parent, rows[known])
    return found


def _micros(moment: datetime) -> float:
    return float(to_micros(pl.Series([moment])).item())


def _where(chosen: "np.typing.NDArray[np.bool_]", first: Floats, second: Floats) -> pl.Series:
    return _series(np.where(chosen, first, second))


def _series(micros: Floats) -> pl.Series:
    """Moments; NULL for NaN. Exact to the microsecond until the year 2255 (2**53)."""
    return pl.Series(micros, nan_to_null=True).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
