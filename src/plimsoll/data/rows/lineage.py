"""Births that come after those of all rows referred to: other tables', and earlier rows of the same table."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from plimsoll.data.drawing import Floats, Numbers, in_batches
from plimsoll.data.rows.births import TABLE_ROWS_MAX, micros_or_nan
from plimsoll.data.rows.model import Batch, Picker, TableModel
from plimsoll.data.rows.owners import referred

Bear = Callable[[Batch, Floats], Floats]  # the births of rows, given the moments before which they are not (NaN: any)


def parents_birth(batch: Batch) -> Floats:
    """The latest birth of the rows of other tables that each row refers to, in microseconds; NaN for none."""
    latest = np.full(len(batch), np.nan)
    for name, link in batch.model.links.items():
        if _counts(batch.model, link.parent):
            latest = np.fmax(latest, _birth_of(batch, name))
    return latest


def hangs_on_none(model: TableModel) -> bool:
    """Whether no other table's births bound those of this one."""
    return not any(_counts(model, link.parent) for link in model.links.values())


def born(batch: Batch, column: str, bear: Bear) -> Floats:
    """The births that `bear` gives to the rows of a batch, generation by generation from their first ancestors on.

    A row's ancestors are earlier rows of its table: half as early on the whole, so that there are few generations.
    """
    own = [name for name, link in batch.model.links.items() if link.parent is batch.model]
    generations = [batch]
    while own and len(rows := _distinct([_earlier(generations[-1], name) for name in own])):
        generations.append(Batch(batch.model, rows))
    found = _in_their_tries(generations[-1], column, parents_birth(generations[-1]), bear)
    for older, younger in pairwise(reversed(generations)):
        floor = parents_birth(younger)
        for name in own:
            floor = np.fmax(floor, _of(older.n, found, _earlier(younger, name)))
        found = _in_their_tries(younger, column, floor, bear)
    return found


def _counts(model: TableModel, parent: TableModel) -> bool:
    """Whether a parent's birth bounds ours: it has one, comes earlier in the order of filling, and is another table."""
    return parent.birth is not None and parent.place < model.place


def _birth_of(batch: Batch, link: str) -> Floats:
    parent, rows = batch.model.links[link].parent, referred(batch, link)
    found = np.full(len(rows), np.nan)
    known = np.flatnonzero(rows >= 0)
    if len(known):
        found[known] = batch.model.births.of(parent, rows[known])
    return found


def _earlier(batch: Batch, link: str) -> Numbers:
    """The rows of the same table that are referred to, as far as they have smaller numbers; else -1."""
    rows = referred(batch, link)
    return np.where(rows < batch.n, rows, -1)


def _distinct(rows: list[Numbers]) -> Numbers:
    found = np.unique(np.concatenate(rows))
    return found[found >= 0]


def _of(rows: Numbers, births: Floats, wanted: Numbers) -> Floats:
    """The births of those wanted, NaN for -1; `rows` rise."""
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return np.where(wanted < 0, np.nan, births[at])


def _in_their_tries(batch: Batch, column: str, floor: Floats, bear: Bear) -> Floats:
    """Each row's birth in the try that its column is in, which for ancestors may be another."""
    tries = batch.model.tries(column, batch.n)
    if tries is None:
        return bear(batch, floor)
    found = np.empty(len(batch))
    for attempt in np.unique(tries).tolist():
        chosen = tries == attempt
        found[chosen] = bear(Batch(batch.model, batch.n[chosen], attempt), floor[chosen])
    return found


@dataclass(slots=True)
class Older:
    """As another picker, but rows that were born before this one, whose birth rests on no other row's.

    The parent's rows are held by birth, 16 bytes each; not those of very large tables, of which any is taken.
    """

    picker: Picker
    parent: TableModel
    birth: str
    _by_birth: tuple[Floats, Numbers] | None = None

    def rows(self, batch: Batch) -> Numbers:
        picked = self.picker.rows(batch)
        if self.parent.birth is None or self.parent.rows > TABLE_ROWS_MAX:
            return picked
        births, order = self._held()
        older = np.searchsorted(births, micros_or_nan(batch.column(self.birth)), side="right")
        known = batch.model.births.of(self.parent, np.maximum(picked, 0))
        late = (picked >= 0) & (known > micros_or_nan(batch.column(self.birth))) & (older > 0)
        return np.where(late, order[picked % np.maximum(older, 1)], picked)

    def _held(self) -> tuple[Floats, Numbers]:
        if self._by_birth is None:
            parts = [
                micros_or_nan(self.parent.column(self.parent.birth or "", n)) for n in in_batches(self.parent.rows)
            ]
            births = np.concatenate(parts)
            order: Numbers = np.argsort(births, kind="stable")
            self._by_birth = (births[order], order)
        return self._by_birth
