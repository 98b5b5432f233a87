"""Values that a plan takes from another table: of rows that agree with this one, meet conditions, are not used yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from plimsoll.core.distribution import uniform_ints
from plimsoll.core.errors import UsageError
from plimsoll.core.schema import Column
from plimsoll.data.drawing import Numbers, in_batches
from plimsoll.data.plan.values import Condition
from plimsoll.data.rows.admitting import Fitting
from plimsoll.data.rows.groups import Groups, Index, Signed
from plimsoll.data.rows.model import Batch, Mask, Picker, Source, TableModel
from plimsoll.data.rows.picking import OFFSET_MAX, Grouped, Same, root_of, roots_above, roots_of
from plimsoll.data.rows.sources import masked, meets


@dataclass(frozen=True, slots=True)
class By:
    """The column in which rows agree: `ours` of this table, or of the row that the link `through` refers to."""

    ours: str
    theirs: str
    through: str | None = None

    def root(self, model: TableModel) -> TableModel:
        """The table that our side of it comes from."""
        return root_of(model if self.through is None else model.links[self.through].parent, self.ours)[0]

    def roots(self, batch: Batch) -> Numbers:
        if self.through is None:
            return roots_of(batch, self.ours)
        return roots_above(batch.model.links[self.through].parent, self.ours, batch.parents(self.through))


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows of `other` for the value `take`; -1 where none is left. `by` None: any row, the first ones by Zipf's `skew`.

    `groups` are given where the rows of a group take different ones. `where` names the place in the plan, for errors.
    """

    link: str
    other: TableModel
    take: str
    by: By | None
    conditions: Mapping[str, Condition]
    groups: Groups | None
    not_this: Source | None
    column: Column
    skew: float = 0.0
    where: str = ""

    def rows(self, batch: Batch) -> Numbers:
        roots = np.zeros(len(batch), dtype=np.int64) if self.by is None else self.by.roots(batch)
        index = self.indexed(batch.model)
        left = index.sizes(np.maximum(roots, 0)) if len(index.starts) > 1 else np.zeros(len(batch), dtype=np.int64)
        places, spare, before, size = self._places(batch, left)
        picked = self._picked(index, roots, places, before < left)
        if self.not_this is None:
            return picked
        again = self._picked(index, roots, spare, size < left)
        picked = np.where(self._forbidden(batch, picked), again, picked)
        return np.where(self._forbidden(batch, picked), -1, picked)

    def _places(self, batch: Batch, left: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Which to take, which else if that is forbidden, how many others are taken before, and how many in all."""
        draw = batch.draw("link", self.link)
        if self.groups is None:
            places = (
                draw.zipf(max(1, int(left.max(initial=1))), self.skew) if self.by is None else draw.ints(OFFSET_MAX)
            )
            return places, places + 1, np.zeros_like(left), np.ones_like(left)
        group = self.groups.parent(batch.n)
        offset = uniform_ints(draw.key, group, OFFSET_MAX)
        size = self.groups.size(group)
        place = self.groups.place(batch.n)
        # The one that is forbidden gives way to the one behind the whole group's, which nobody else of it takes.
        return offset + place, offset + size, place, size

    def _picked(self, index: Index, roots: Numbers, places: Numbers, there: Mask) -> Numbers:
        return np.where((roots >= 0) & there, index.pick(np.maximum(roots, 0), places), -1)

    def _forbidden(self, batch: Batch, picked: Numbers) -> Mask:
        assert self.not_this is not None
        if not self.other.rows:
            return np.zeros(len(batch), dtype=np.bool_)
        taken = masked(self.other.column(self.take, np.maximum(picked, 0)), picked < 0).cast(pl.String)
        others = self.not_this.values(batch, self.column).cast(pl.String)
        found: Mask = (taken == others).fill_null(False).to_numpy()
        return found

    def indexed(self, model: TableModel) -> Index:
        """Built on first use, when the rows of the other table are settled, and shared."""
        known, name = self.other.indexes, f"{self.by and self.by.theirs} where {self.conditions}"
        if name not in known:
            known[name] = self._built(model)
        return known[name]

    def _built(self, model: TableModel) -> Index:
        root = None if self.by is None else root_of(self.other, self.by.theirs)[0]
        if self.by is not None and self.by.root(model) is not root:
            why = f"{self.by.ours!r} of both tables does not come from the same table's rows"
            raise UsageError(
                "the seed plan does not fit", where=self.where, why=why, remedy="name a foreign key's column"
            )
        size = 1 if root is None else root.rows
        roots: Signed = np.empty(self.other.rows, dtype=np.int32 if size < 2**31 else np.int64)
        for n in in_batches(self.other.rows):
            batch = Batch(self.other, n)
            of_rows = np.zeros(len(batch), dtype=np.int64) if self.by is None else roots_of(batch, self.by.theirs)
            roots[n] = np.where(all_met(batch, self.conditions), of_rows, -1)
        return Index.of_roots(roots, size)


@dataclass(slots=True)
class Offering:
    """As another picker, but only rows of `parent` for which there is a row to take, by the parent's `column`."""

    picker: Picker
    parent: TableModel
    column: str
    taken: Taken
    _fitting: Fitting | None = field(default=None, init=False)

    def rows(self, batch: Batch) -> Numbers:
        if self._fitting is None:
            self._fitting = Fitting.of(self._counts(self.taken.indexed(batch.model)))
        return self._fitting.instead_of(self.picker.rows(batch))

    def _counts(self, index: Index) -> Signed:
        found: Signed = np.zeros(self.parent.rows, dtype=np.int32)
        for n in in_batches(self.parent.rows):
            roots = roots_of(Batch(self.parent, n), self.column)
            found[n] = np.where(roots >= 0, index.sizes(np.maximum(roots, 0)), 0)
        return found


def offer(model: TableModel, needed: Iterable[Taken]) -> None:
    """Has the foreign keys by which rows are taken that must be there refer to what has such.

    A key of which the plan itself says which rows it takes is left as it is.
    """
    for taken in needed:
        by = taken.by
        link = None if by is None else model.links.get(by.through or model.origin.get(by.ours, ""))
        if by is None or link is None:
            continue
        column = by.ours if by.through else link.referenced[link.columns.index(by.ours)]
        if isinstance(link.picker, Same):
            link = model.links[link.picker.link]
        if link.parent is not model and link.name != taken.link and not _is_settled(link.picker):
            link.picker = Offering(link.picker, link.parent, column, taken)


def _is_settled(picker: Picker) -> bool:
    return isinstance(picker, Grouped) or (isinstance(picker, Taken) and bool(picker.by or picker.conditions))


def all_met(batch: Batch, conditions: Mapping[str, Condition]) -> Mask:
    """The rows that meet conditions on columns of their own."""
    found: Mask = np.ones(len(batch), dtype=np.bool_)
    for name, condition in conditions.items():
        found &= meets(batch.column(name), condition)
    return found
