"""Which row of its parent a row refers to: by groups, by skew, one to one, earlier rows of itself, or through a root.

**Roots.** Where two foreign keys share a column (the tenant in both), or a value must agree with a grand-parent's, both
ways are traced to the row they come from, the root. An `Index` of the other table by its roots then gives rows to pick.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from plimsoll.core.distribution import key, permutation, uniform_ints
from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.rows.groups import Groups, Index, Signed
from plimsoll.data.rows.model import Batch, Mask, TableModel

CHAIN_ROWS = 5  # that follow each other one to one
OFFSET_MAX = 2**40  # of the place at which a group begins among what it may take


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows come in groups, one a parent."""

    groups: Groups

    def rows(self, batch: Batch) -> Numbers:
        return self.groups.parent(batch.n)


class Law(Protocol):
    """Of which rank, the busiest first, the parents of the rows of a batch are, of so many."""

    def ranks(self, batch: Batch, size: int) -> Numbers: ...


@dataclass(frozen=True, slots=True)
class Zipf:
    """By Zipf's law."""

    link: str
    s: float

    def ranks(self, batch: Batch, size: int) -> Numbers:
        return batch.draw("link", self.link).zipf(size, self.s)


@dataclass(frozen=True, slots=True)
class Skewed:
    """Some parents are busier than others, as `law` says; which of them these are is shuffled.

    By `shuffle`, for all tables alike: an organization with many members has many projects, too.
    """

    link: str
    parent: TableModel
    law: Law
    shuffle: int | None = None

    def rows(self, batch: Batch) -> Numbers:
        size = self.parent.rows
        if not size:
            return np.full(len(batch), -1, dtype=np.int64)
        ranks = self.law.ranks(batch, size)
        own = key(batch.model.seed_key, "busy parents", self.link)
        return permutation(own if self.shuffle is None else self.shuffle, ranks, size)


@dataclass(frozen=True, slots=True)
class OneToOne:
    """No parent has two rows; where a parent that is filled later has fewer, the rows left over refer to none.

    Rows of one table follow each other, a few in a chain, whose first refers to none; to themselves where they `must`.
    """

    link: str
    parent: TableModel
    must: bool = False

    def rows(self, batch: Batch) -> Numbers:
        if self.parent is batch.model:
            return batch.n if self.must else np.where(batch.n % CHAIN_ROWS, batch.n - 1, -1)
        found = np.full(len(batch), -1, dtype=np.int64)
        met = batch.n < self.parent.rows
        found[met] = permutation(batch.draw("link", self.link).key, batch.n[met], self.parent.rows)
        return found


@dataclass(frozen=True, slots=True)
class Earlier:
    """A row refers to an earlier one of its own table; the first to none, or to itself where it must."""

    link: str
    must: bool

    def rows(self, batch: Batch) -> Numbers:
        found: Numbers = (batch.draw("link", self.link).floats() * batch.n).astype(np.int64)
        first = batch.n == 0
        return np.where(first, 0 if self.must else -1, found)


@dataclass(frozen=True, slots=True)
class DistinctInGroup:
    """Rows of one group refer to different rows of `parent`; groups are no larger than that has rows.

    Where the group's own row is one of them (`own`), never to that: a link leads elsewhere. `evenly` goes round all
    rows of `parent`, so that each is referred to as often as the others.
    """

    link: str
    parent: TableModel
    groups: Groups
    own: bool
    evenly: bool = False

    def rows(self, batch: Batch) -> Numbers:
        size, group = self.parent.rows, self.groups.parent(batch.n)
        if self.evenly and not self.own:
            return permutation(batch.model.seed_key, batch.n % size, size)
        offset = uniform_ints(batch.draw("link", self.link).key, group, size)
        if self.own:
            others = max(1, size - 1)
            return (group + 1 + (offset + self.groups.place(batch.n)) % others) % size
        return permutation(batch.model.seed_key, (offset + self.groups.place(batch.n)) % size, size)


@dataclass(frozen=True, slots=True)
class Agreeing:
    """A row of `parent` that agrees with this one in a column: both come from the same root.

    `column` is this table's, `parent_column` the parent's. `distinct` within groups, where there are such. Of rows of
    one table the first refers to none, or to itself where it `must`.
    """

    link: str
    parent: TableModel
    column: str
    parent_column: str
    groups: Groups | None
    must: bool = True

    def rows(self, batch: Batch) -> Numbers:
        roots = roots_of(batch, self.column)
        known = np.maximum(roots, 0)
        draw = batch.draw("link", self.link)
        if self.groups is None:
            places = draw.ints(OFFSET_MAX)
        else:
            offset = uniform_ints(draw.key, self.groups.parent(batch.n), OFFSET_MAX)
            places = offset + self.groups.place(batch.n)
        if self.parent is batch.model and self.column == self.parent_column:
            return self._earlier(batch, known, places, roots < 0)
        return np.where(roots >= 0, self.index.pick(known, places), -1)

    def _earlier(self, batch: Batch, roots: Numbers, places: Numbers, without: Mask) -> Numbers:
        """An earlier row of the same root."""
        before = self.index.place(roots, batch.n)
        picked = self.index.pick(roots, np.where(before > 0, places % np.maximum(before, 1), 0))
        return np.where(without, -1, np.where(before > 0, picked, batch.n if self.must else -1))

    @property
    def index(self) -> Index:
        """The parent's rows by root; built on first use, when the parent's rows are settled, and shared."""
        known = self.parent.indexes
        if self.parent_column not in known:
            known[self.parent_column] = index_by_root(self.parent, self.parent_column)
        return known[self.parent_column]


@dataclass(frozen=True, slots=True)
class Traced:
    """The row that the columns, decided elsewhere, come from."""

    column: str

    def rows(self, batch: Batch) -> Numbers:
        return roots_of(batch, self.column)


@dataclass(frozen=True, slots=True)
class Same:
    """The rows that another foreign key refers to."""

    link: str

    def rows(self, batch: Batch) -> Numbers:
        return batch.parents(self.link)


def root_of(model: TableModel, column: str) -> tuple[TableModel, str]:
    """The table and column that a column's values come from."""
    if column not in model.origin:
        return model, column
    link = model.links[model.origin[column]]
    return root_of(link.parent, link.referenced[link.columns.index(column)])


def roots_of(batch: Batch, column: str) -> Numbers:
    """The row numbers, in the root's table, that the values of a column come from; -1 where it is NULL."""
    model = batch.model
    if column not in model.origin:
        return batch.n
    link = model.links[model.origin[column]]
    rows = np.where(batch.nulls(column), -1, batch.parents(link.name))
    return roots_above(link.parent, link.referenced[link.columns.index(column)], rows)


def roots_above(parent: TableModel, column: str, rows: Numbers) -> Numbers:
    """The roots of a column of some rows of `parent`, -1 for row -1."""
    known = np.flatnonzero(rows >= 0)
    distinct, places = np.unique(rows[known], return_inverse=True)
    above = roots_of(Batch(parent, distinct), column)
    found = np.full(len(rows), -1, dtype=np.int64)
    found[known] = above[places]
    return found


def agreeing(model: TableModel, column: str, other: TableModel, other_column: str) -> Signed:
    """For every row of a table, how many rows of `other` come from the same root by their columns.

    One number for all rows where that cannot be told.
    """
    if root_of(model, column)[0] is not root_of(other, other_column)[0]:
        return np.array(1)
    index = index_by_root(other, other_column)
    counts = np.zeros(model.rows, dtype=np.int32)
    for start, roots in _roots(model, column):
        counts[start : start + len(roots)] = np.where(roots >= 0, index.sizes(np.maximum(roots, 0)), 0)
    return counts


def index_by_root(model: TableModel, column: str) -> Index:
    """All rows of a table by the root of one of its columns."""
    size = root_of(model, column)[0].rows
    roots: Signed = np.empty(model.rows, dtype=np.int32 if size < 2**31 else np.int64)
    for start, part in _roots(model, column):
        roots[start : start + len(part)] = part
    return Index.of_roots(roots, size)


def _roots(model: TableModel, column: str) -> Iterator[tuple[int, Numbers]]:
    """The roots of all rows, part by part, each with the number of its first row."""
    for start in range(0, model.rows, BATCH_ROWS):
        n: Numbers = np.arange(start, min(start + BATCH_ROWS, model.rows), dtype=np.int64)
        yield start, roots_of(Batch(model, n), column)
