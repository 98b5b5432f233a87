"""Values by a row's place in its group, or among all combinations, so that they differ as unique keys demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import permutation
from plimsoll.core.schema import Column
from plimsoll.data.drawing import Context, Draw, Numbers
from plimsoll.data.rows.model import Batch, Source, TableModel
from plimsoll.data.rows.nulling import last_of_group
from plimsoll.data.rows.sources import merged
from plimsoll.data.rows.timing import micros
from plimsoll.data.types.choosing import as_series

_DAY_US: Final = 86_400_000_000
_WEIGHED_MAX: Final = 100  # choices; more of them are taken in turn, as each row of a batch takes 8 bytes for each


@dataclass(frozen=True, slots=True)
class ChosenInGroup:
    """One of `choices`, another for each row of a group: which come first is drawn by `shares`, none of them 0."""

    choices: tuple[str, ...]
    shares: tuple[float, ...]

    def values(self, batch: Batch, column: Column) -> pl.Series:
        groups = batch.model.groups
        assert groups is not None
        group, place = groups.parent(batch.n), groups.place(batch.n)
        draw = Draw(batch.draw_for(column.name).key, group)
        if len(self.choices) > _WEIGHED_MAX:
            return _chosen(self.choices, (draw.ints(len(self.choices)) + place) % len(self.choices), column)
        # Each waits an exponential time, by its share: they come as if drawn one after another (Efraimidis, Spirakis).
        waits = [-np.log1p(-draw.floats(f"{at}")) / share for at, share in enumerate(self.shares)]
        order = np.argsort(np.stack(waits, axis=1), axis=1, kind="stable")
        return _chosen(self.choices, order[np.arange(len(place)), place % len(self.choices)], column)


@dataclass(frozen=True, slots=True)
class Crossed:
    """A column's part of all combinations of several columns' choices, each once; `stride` is how many rows keep one.

    `size` is the number of combinations.
    """

    choices: tuple[str, ...]
    stride: int
    size: int

    def values(self, batch: Batch, column: Column) -> pl.Series:
        at = permutation(batch.model.seed_key, batch.n, self.size) // self.stride % len(self.choices)
        return _chosen(self.choices, at, column)


@dataclass(frozen=True, slots=True)
class DayInGroup:
    """Another day for each row of a group, one after another from its parent's birth on until now.

    Where there are fewer days than rows, the first ones come before that.
    """

    link: str
    context: Context

    def values(self, batch: Batch, column: Column) -> pl.Series:
        groups, parent = batch.model.groups, batch.model.links[self.link].parent
        assert groups is not None
        group, place = groups.parent(batch.n), groups.place(batch.n)
        size = groups.size(group).astype(np.int64)
        days = np.maximum(days_lived(parent, group, self.context), size)
        first, following = place * days // size, (place + 1) * days // size
        within = (batch.draw_for(column.name).floats() * (following - first)).astype(np.int64)
        today = int(micros(self.context.now)) // _DAY_US
        return pl.Series(today + 1 - days + first + within).cast(pl.Int32).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class LastOfGroup:
    """A group's last row has a source of its own."""

    last: Source
    others: Source

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return merged(last_of_group(batch), self.last.values(batch, column), self.others.values(batch, column))


def days_lived(model: TableModel, rows: Numbers, context: Context) -> Numbers:
    """From the births of some rows until now, both days counted; without a birth, the time that rows are of."""
    born = np.full(len(rows), micros(context.now) - context.span_s * 1e6)
    if model.birth is not None:
        born = np.fmax(born, model.births.of(model, rows))
    days: Numbers = int(micros(context.now)) // _DAY_US + 1 - (born // _DAY_US).astype(np.int64)
    return days


def crossed(choices: Sequence[tuple[str, ...]], place: int) -> Crossed:
    """The column at a place among those that are crossed, all of whose choices are given."""
    sizes = [len(some) for some in choices]
    return Crossed(choices[place], prod(sizes[:place]), prod(sizes))


def _chosen(choices: tuple[str, ...], at: Numbers, column: Column) -> pl.Series:
    return as_series(list(choices), column.type).gather(pl.Series(at.astype(np.int64)))
