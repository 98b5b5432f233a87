"""Rows of one owner: a ticket's author and its project belong to one organization, by whatever way each leads there.

Unlike what `picking` has for columns that two keys share, no constraint demands this: where an owner has no row to
offer, a row of another's is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from plimsoll.core.distribution import uniform_ints
from plimsoll.data.drawing import Floats, Numbers, in_batches
from plimsoll.data.rows.admitting import Fitting
from plimsoll.data.rows.followed import SAMPLE_ROWS, Followed
from plimsoll.data.rows.groups import Groups, Index, Signed
from plimsoll.data.rows.model import Batch, Mask, Picker, TableModel
from plimsoll.data.rows.picking import OFFSET_MAX

Way = tuple[str, ...]  # names of links, one after another upwards
KEPT_ROWS_MAX = 4_000_000  # of one table, 4 bytes each for a link on some way; larger tables are asked each time


@dataclass(frozen=True, slots=True, eq=False)
class Tie:
    """A foreign key whose rows belong to the same `owner` as those of another key, `base`.

    `down` leads from the other key's parent to the owner, `up` from this one's; `ties` are all of the table.
    """

    key: str
    parent: TableModel
    base: str
    base_parent: TableModel
    down: Way
    up: Way
    owner: TableModel
    optional: bool
    ties: "Ties"

    @property
    def index(self) -> Index:
        """The parent's rows by owner, those alone that fit what follows this key; built on first use, and shared."""
        after = self.ties.after(self.key)
        name = f"owner by {'.'.join(self.up)}" + (f" for {self.ties.table}.{self.key}" if after else "")
        if name not in self.parent.indexes:
            self.parent.indexes[name] = self._built(after)
        return self.parent.indexes[name]

    def counts(self, rows: Numbers) -> Numbers:
        """How many rows there are to pick for each of some rows of the other key's parent."""
        owners = along(self.base_parent, rows, self.down)
        sizes = np.where(owners >= 0, self.index.sizes(np.maximum(owners, 0)), 0)
        return np.maximum(sizes - 1, 0) if self.siblings else sizes

    @property
    def siblings(self) -> bool:
        """Whether both keys refer to the same table, as sender and receiver; they differ then."""
        return self.parent is self.base_parent

    def _built(self, after: Sequence["Tie"]) -> Index:
        owners = _whole(self.parent, self.up)
        return Index.of_roots(np.where(fits(self.parent, after), owners, -1) if after else owners, self.owner.rows)


@dataclass(slots=True)
class Ties:
    """Those of a table by key, and `within`: for a key of the table to itself, the key in which both rows agree."""

    table: str = ""
    by_key: dict[str, Tie] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)

    def after(self, key: str) -> list[Tie]:
        return [tie for tie in self.by_key.values() if tie.base == key]


@dataclass(frozen=True, slots=True)
class Tied:
    """Rows of the owner that the other key leads to, by Zipf's law with `s`; where it has none, as `otherwise`.

    `groups` are given where the rows of a group refer to different ones, `followed` where shares were learned.
    """

    tie: Tie
    otherwise: Picker
    s: float
    groups: Groups | None = None
    followed: Followed | None = None

    def rows(self, batch: Batch) -> Numbers:
        tie, others = self.tie, referred(batch, self.tie.base)
        owners = along(tie.base_parent, others, tie.down)
        known = np.maximum(owners, 0)
        sizes = np.where(owners >= 0, tie.index.sizes(known) - tie.siblings, 0)
        places = self._places(batch, known, sizes)
        if tie.siblings:  # all but the other key's, counted from behind that
            places = tie.index.place(known, np.maximum(others, 0)) + 1 + places % np.maximum(sizes, 1)
        picked = np.where(sizes > 0, tie.index.pick(known, places), -1)
        free = owners < 0 if tie.optional else picked < 0
        return np.where(free, self.otherwise.rows(batch), picked) if free.any() else picked

    def _places(self, batch: Batch, owners: Numbers, sizes: Numbers) -> Numbers:
        draw = batch.draw("link", self.tie.key)
        if self.groups is None and self.followed is not None:
            return self.followed.places(self.tie.index, owners, draw.floats(), partial(self._owned, batch.model))
        if self.groups is None:
            return ranks_within(draw.floats(), sizes, self.s) + uniform_ints(draw.key, owners, OFFSET_MAX)
        group = self.groups.parent(batch.n)
        return uniform_ints(draw.key, group, OFFSET_MAX) + self.groups.place(batch.n)

    def _owned(self, model: TableModel) -> Floats:
        """How many of the first rows of a table each owner has."""
        rows = referred(Batch(model, np.arange(min(model.rows, SAMPLE_ROWS))), self.tie.base)
        owners = along(self.tie.base_parent, rows, self.tie.down)
        return np.bincount(owners[owners >= 0], minlength=self.tie.owner.rows).astype(np.float64)


@dataclass(slots=True)
class Serving:
    """As another picker, but only rows of the parent whose owners have what the keys that follow it need."""

    picker: Picker
    parent: TableModel
    key: str
    ties: Ties
    _fitting: Fitting | None = field(default=None, init=False)

    def rows(self, batch: Batch) -> Numbers:
        if self._fitting is None:
            self._fitting = Fitting.of(fits(self.parent, self.ties.after(self.key)).astype(np.int8))
        return self._fitting.instead_of(self.picker.rows(batch))


@dataclass(slots=True)
class EarlierOfOwner:
    """A row refers to an earlier one of its own table that refers to the same row by `base`; the first as must be."""

    link: str
    base: str
    must: bool
    _index: Index | None = field(default=None, init=False)
    _of: Signed | None = field(default=None, init=False)  # what the index was made of: further tries change it

    def rows(self, batch: Batch) -> Numbers:
        owners = batch.parents(self.base)
        index, known = self._indexed(batch.model), np.maximum(owners, 0)
        before = np.where(owners >= 0, index.place(known, batch.n), 0)
        picked = index.pick(known, (batch.draw("link", self.link).floats() * before).astype(np.int64))
        return np.where(before > 0, picked, batch.n if self.must else -1)

    def _indexed(self, model: TableModel) -> Index:
        owners = parents_kept(model, self.base)
        if self._index is None or self._of is not owners:
            self._of, self._index = owners, Index.of_roots(owners, model.links[self.base].parent.rows)
        return self._index


def fits(parent: TableModel, after: Sequence[Tie]) -> Mask:
    """The rows of a parent whose owners have a row for each key that follows and may not be NULL."""
    found: Mask = np.ones(parent.rows, dtype=np.bool_)
    for tie in after:
        for n in in_batches(0 if tie.optional else parent.rows):
            found[n] &= tie.counts(n) > 0
    return found


def referred(batch: Batch, link: str) -> Numbers:
    """The rows that a foreign key refers to, -1 where it is NULL."""
    rows = batch.parents(link)
    for name in batch.model.links[link].columns:
        rows = np.where(batch.nulls(name), -1, rows)
    return rows


def along(model: TableModel, rows: Numbers, way: Way) -> Numbers:
    """The rows that some rows of a table lead to; -1 leads to none."""
    for name in way:
        rows = np.where(rows >= 0, _above(model, name, np.maximum(rows, 0)), -1)
        model = model.links[name].parent
    return rows


def parents_kept(model: TableModel, link: str) -> Signed:
    """The row that each row of a table refers to, kept for its children."""
    if link not in model.ancestry:
        found: Signed = np.empty(model.rows, dtype=np.int32 if model.links[link].parent.rows < 2**31 else np.int64)
        for n in in_batches(model.rows):
            found[n] = referred(Batch(model, n), link)
        model.ancestry[link] = found
    return model.ancestry[link]


def ranks_within(parts: Floats, sizes: Numbers, s: float) -> Numbers:
    """Ranks below each of `sizes`, in proportion to 1 / (rank + 1)**s nearly, from parts in [0, 1).

    By the continuous density x**-s from 0.5 up: of 10 ranks at 0.7, the first's share is 27 % instead of 24 %.
    """
    most = np.maximum(sizes, 1) + 0.5
    if s == 1:
        x = 0.5 * (2 * most) ** parts
    else:
        low, high = 0.5 ** (1 - s), most ** (1 - s)
        x = (low + parts * (high - low)) ** (1 / (1 - s))
    return np.clip(np.floor(x - 0.5), 0, most - 1.5).astype(np.int64)


def _above(model: TableModel, link: str, rows: Numbers) -> Numbers:
    if not model.rows:
        return np.full(len(rows), -1, dtype=np.int64)
    if model.rows <= KEPT_ROWS_MAX:
        return parents_kept(model, link)[rows].astype(np.int64)
    distinct, places = np.unique(rows, return_inverse=True)
    found: Numbers = referred(Batch(model, distinct), link)[places]
    return found


def _whole(model: TableModel, way: Way) -> Signed:
    """What all rows of a table lead to."""
    found: Signed = np.empty(model.rows, dtype=np.int64)
    for n in in_batches(model.rows):
        found[n] = along(model, n, way)
    return found
