"""Rows in groups, one group a parent: which parent a row has, which rows a parent has."""

from dataclasses import dataclass

import numpy as np

from plimsoll.data.drawing import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows 0, 1, … are dealt out to parents in turn: parent k has the rows from `starts[k]` up to `starts[k + 1]`."""

    starts: Numbers

    @classmethod
    def of_sizes(cls, sizes: Numbers) -> "Groups":
        starts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes, out=starts[1:])
        return cls(starts)

    @property
    def rows(self) -> int:
        return int(self.starts[-1])

    def parent(self, n: Numbers) -> Numbers:
        """The parent's row number of each row."""
        found: Numbers = np.searchsorted(self.starts, n, side="right").astype(np.int64) - 1
        return found

    def place(self, n: Numbers) -> Numbers:
        """The place of each row within its group, from 0."""
        return n - self.starts[self.parent(n)]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The rows of a table by what they refer to: those of root k are `rows[starts[k]:starts[k + 1]]`."""

    starts: Numbers
    rows: Numbers

    @classmethod
    def of_roots(cls, roots: Numbers, size: int) -> "Index":
        """From the root (-1: none) of each row; roots are row numbers below `size`."""
        order = np.argsort(roots, kind="stable").astype(np.int64)
        order = order[int(np.count_nonzero(roots < 0)) :]
        counts = np.bincount(roots[roots >= 0], minlength=size)
        return cls(Groups.of_sizes(counts).starts, order)

    def sizes(self, roots: Numbers) -> Numbers:
        """How many rows each root has."""
        return self.starts[roots + 1] - self.starts[roots]

    def pick(self, roots: Numbers, places: Numbers) -> Numbers:
        """The row at a place (any number from 0; counted round) of each root's rows; -1 where a root has none."""
        sizes = self.sizes(roots)
        if not len(self.rows):
            return np.full(len(roots), -1, dtype=np.int64)
        at = self.starts[roots] + places % np.maximum(sizes, 1)
        return np.where(sizes > 0, self.rows[np.minimum(at, len(self.rows) - 1)], -1)
