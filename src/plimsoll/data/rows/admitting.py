"""Picking only rows of the parent that may be picked: for which there is a row that agrees, whose values are listed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from plimsoll.data.checks import admits
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Numbers, in_batches
from plimsoll.data.rows.groups import Signed
from plimsoll.data.rows.model import Batch, Mask, Picker, TableModel
from plimsoll.data.rows.picking import agreeing


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """The rows that may be picked: a byte for each row there is, and 8 for each that fits unless all do or none."""

    fits: Mask
    chosen: Numbers | None

    @classmethod
    def of(cls, counts: Signed) -> "Fitting":
        fits: Mask = counts > 0
        return cls(fits, np.flatnonzero(fits) if fits.any() and not fits.all() else None)

    def instead_of(self, picked: Numbers, earlier_than: Numbers | None = None) -> Numbers:
        """What was picked; where that does not fit, a row that does, an `earlier_than` one if there is such."""
        if self.chosen is None:
            return picked
        fits = (picked < 0) | self.fits[np.maximum(picked, 0)]
        size = len(self.chosen) if earlier_than is None else np.searchsorted(self.chosen, earlier_than)
        return np.where(fits, picked, self.chosen[picked % np.where(size > 0, size, len(self.chosen))])


@dataclass(slots=True)
class Allowed:
    """As another picker, but only rows of the parent for which there is a row that agrees: `other`'s `column`."""

    picker: Picker
    parent: TableModel
    parent_column: str
    other: TableModel
    other_column: str
    _fitting: Fitting | None = field(default=None, init=False)

    def rows(self, batch: Batch) -> Numbers:
        if self._fitting is None:
            self._fitting = Fitting.of(agreeing(self.parent, self.parent_column, self.other, self.other_column))
        return self._fitting.instead_of(self.picker.rows(batch))


@dataclass(slots=True)
class Admitted:
    """As another picker, but only rows of the parent whose values are such as this table's checks list; else none."""

    picker: Picker
    parent: TableModel
    domains: Mapping[str, Domain]  # by the parent's columns
    _fitting: Fitting | None = field(default=None, init=False)

    def rows(self, batch: Batch) -> Numbers:
        if self._fitting is None:
            self._fitting = Fitting.of(self._counts())
        if not self._fitting.fits.any():
            return np.full(len(batch), -1, dtype=np.int64)
        earlier_than = batch.n if self.parent is batch.model else None
        return self._fitting.instead_of(self.picker.rows(batch), earlier_than)

    def _counts(self) -> Signed:
        found: Mask = np.ones(self.parent.rows, dtype=np.bool_)
        for n in in_batches(self.parent.rows):
            for column, domain in self.domains.items():
                texts = self.parent.column(column, n).cast(pl.String)
                wanted = [text for text in texts.unique().drop_nulls().to_list() if admits(domain, text)]
                found[n] &= texts.is_in(wanted).fill_null(False).to_numpy()
        return found.astype(np.int8)
