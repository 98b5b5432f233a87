"""Times that agree with each other: a row is born after its parents, and whatever happens to it comes after that."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.distributions import moments, sample
from plimsoll.data.drawing import Context, Floats, Numbers
from plimsoll.data.plan.values import Distribution, TimePattern
from plimsoll.data.rows.births import micros_or_nan
from plimsoll.data.rows.lineage import born, hangs_on_none
from plimsoll.data.rows.model import Batch, Source
from plimsoll.data.types.spaces import Counted
from plimsoll.data.types.times import unit_us

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # of moments without a time zone
_EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS: Final = frozenset({"timestamp", "timestamptz", "date"})
EARLY: Final = 3.0  # exponent: half of what follows an event comes in the first eighth of the time that is left
WORKING_DAYS: Final = (5.0, 5.0, 5.0, 5.0, 4.5, 1.0, 1.0)
WORKING_HOURS: Final = (
    *(0.4, 0.3, 0.2, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 6.0, 6.5, 6.0),
    *(5.0, 5.5, 6.5, 6.5, 6.0, 5.0, 3.0, 2.0, 1.6, 1.3, 1.0, 0.7),
)


@dataclass(frozen=True, slots=True)
class Birth:
    """When a row came to be: after the births of all rows it refers to, else at any time of the context's span.

    In the order of their numbers: the rows of a table that hangs on no other, else those of a group.
    """

    context: Context

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return as_moments(born(batch, column.name, partial(self._born, column)), column)

    def _born(self, column: Column, batch: Batch, floor: Floats) -> Floats:
        now = micros(self.context.now)
        draw, alone = batch.draw_for(column.name), hangs_on_none(batch.model)
        parts = in_order(batch, draw.floats("part of the time that is left"), alone=alone)
        late = _between(floor, now, parts)
        unbound = np.flatnonzero(np.isnan(floor) | alone)
        if len(unbound):
            ordered = parts[unbound] if alone or batch.model.groups is not None else None
            drawn = moments(whole_span(self.context), draw.at(unbound).sub("moment"), ordered)
            late[unbound] = np.fmax(to_micros(drawn), floor[unbound])
        return settled(late, column, now)


@dataclass(frozen=True, slots=True)
class Within:
    """A birth that checks, partitions or a unique key bound: among the values that `own` has, as early as it may be.

    `rows` is given where no two may be equal: the values are dealt out to the rows in turn, round after round.
    """

    own: Counted
    rows: int | None = None

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return as_moments(born(batch, column.name, partial(self._born, column)), column)

    def _born(self, column: Column, batch: Batch, floor: Floats) -> Floats:
        return self.after(batch, column, floor)

    def after(self, batch: Batch, column: Column, floor: Floats) -> Floats:
        """Moments that are not before `floor`, where there are such."""
        draw, space = batch.draw_for(column.name), self.own.space
        least = np.ceil(np.nan_to_num(floor, nan=float(-(2**62))) / unit_us(column.type)).astype(np.int64)
        first = np.minimum(space.place_from(least), space.size - 1)
        part = draw.floats("part of the time that is left")
        if self.rows is None:
            drawn = draw.ints(space.size, "place")
            later = first + (part**EARLY * (space.size - first)).astype(np.int64)
            place = np.where(drawn >= first, drawn, later)
        else:
            rounds = max(space.size // self.rows, 1)
            earliest = np.clip(-((batch.n - first) // self.rows), 0, rounds - 1)
            place = (earliest + (part * (rounds - earliest)).astype(np.int64)) * self.rows + batch.n
        return micros_or_nan(self.own.form(space.at(place)))


@dataclass(frozen=True, slots=True)
class Moment:
    """By a pattern of days and hours."""

    pattern: TimePattern

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return as_type(moments(self.pattern, batch.draw_for(column.name).sub("moment")), column)


@dataclass(frozen=True, slots=True)
class Later:
    """Between the latest of other columns' moments, as far as they are known, and now; NULL where none of them is.

    Exactly when that of the column `end` was, where it was; `within` what checks leave, if they do not leave all.
    Where none is known, the first column's moment is taken as it would be, if `always`.
    """

    columns: tuple[str, ...]
    now: datetime
    end: str | None = None
    within: Within | None = None
    always: bool = False

    def values(self, batch: Batch, column: Column) -> pl.Series:
        start, now = latest_of(batch, self.columns), micros(self.now)
        if self.always and np.isnan(start).any():
            start = np.where(np.isnan(start), micros_or_nan(batch.beneath(self.columns[0])), start)
        if self.within is not None:
            return as_moments(self.within.after(batch, column, start), column)
        found = settled(between(start, now, batch, column.name), column, now)
        if self.end is not None:
            ended = micros_or_nan(batch.column(self.end))
            found = np.where(np.isnan(ended), found, ended)
        return as_moments(found, column)


def latest_of(batch: Batch, columns: tuple[str, ...]) -> Floats:
    """The latest of some columns' moments in each row; NaN where none is known."""
    latest = np.full(len(batch), np.nan)
    for name in columns:
        latest = np.fmax(latest, micros_or_nan(batch.column(name)))
    return latest


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
            end = _squeezed(start, delay, micros(self.latest))
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


def whole_span(context: Context) -> TimePattern:
    """Working hours, growing: what is known of nothing in particular."""
    start = datetime.fromtimestamp(context.now.timestamp() - context.span_s)  # noqa: DTZ006  # both without a zone
    return TimePattern(start, context.now, WORKING_DAYS, WORKING_HOURS, growth=2.0)


def between(start: Floats, now: float, batch: Batch, use: str) -> Floats:
    """Moments from `start` to now, most of them early; at `start` where that is past now."""
    return _between(start, now, batch.draw_for(use).floats("part of the time that is left"))


def in_order(batch: Batch, parts: Floats, *, alone: bool) -> Floats:
    """Parts in [0, 1) that rise with the rows of a table that is `alone`, else with those of a group, where there are.

    Of all together they are spread as `parts`, by which the rows of one place differ. A row that a check refused is
    tried at any time.
    """
    if batch.attempt:
        return parts
    groups = batch.model.groups
    if groups is not None:
        group = groups.parent(batch.n)
        return np.asarray((groups.place(batch.n) + parts) / groups.size(group))
    return np.asarray((batch.n + parts) / max(batch.model.rows, 1)) if alone else parts


def _between(start: Floats, now: float, parts: Floats) -> Floats:
    moved: Floats = start + np.floor(parts**EARLY * np.maximum(now - start, 0.0))
    return moved


def as_type(series: pl.Series, column: Column) -> pl.Series:
    """Moments as the column's type holds them."""
    if column.type.base == "date" and series.dtype != pl.Date:
        return series.cast(pl.Date)
    return series


def settled(moments: Floats, column: Column, now: float) -> Floats:
    """The next moments that the column's type keeps, of those that are over by now: a day tells of its beginning.

    The day that begins now is not one that is over: all that follows would happen at this very moment.
    """
    unit = unit_us(column.type)
    if unit == 1:
        return moments
    following = np.ceil(moments / unit) * unit
    found: Floats = np.where((following >= now) & (moments < now), np.floor(moments / unit) * unit, following)
    return found


def as_moments(micros: Floats, column: Column) -> pl.Series:
    """Moments as the column's type holds them, from microseconds; NULL for NaN."""
    return as_type(_series(micros), column)


def to_micros(series: pl.Series) -> Numbers:
    """Microseconds since 1970 of a series without NULLs."""
    return series.cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()


def micros(moment: datetime) -> float:
    """Microseconds since 1970; of a moment without a time zone as if it were UTC's."""
    return float((moment - (_EPOCH if moment.tzinfo is None else _EPOCH_UTC)) // timedelta(microseconds=1))


def _series(micros: Floats) -> pl.Series:
    """Moments; NULL for NaN. Exact to the microsecond until the year 2255 (2**53)."""
    return pl.Series(micros, nan_to_null=True).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
