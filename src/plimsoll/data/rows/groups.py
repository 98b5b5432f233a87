"""Rows in groups, one group a parent: which parent a row has, which rows a parent has.

Held in 4 bytes a parent or row (8 where there are more than 2**32 of them): what grows with a table must be small.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.data.drawing import BATCH_ROWS, Numbers

Counts = NDArray[np.unsignedinteger[Any]]
Signed = NDArray[np.signedinteger[Any]]
_NARROW_MAX: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows 0, 1, … are dealt out to parents in turn: parent k has the rows from `starts[k]` up to `starts[k + 1]`."""

    starts: Counts

    @classmethod
    def of_sizes(cls, sizes: NDArray[Any]) -> "Groups":
        total = int(sizes.sum(dtype=np.uint64))
        starts = np.zeros(len(sizes) + 1, dtype=narrowest(total))
        np.cumsum(sizes, out=starts[1:], dtype=starts.dtype)
        return cls(starts)

    @property
    def rows(self) -> int:
        return int(self.starts[-1])

    def parent(self, n: Numbers) -> Numbers:
        """The parent's row number of each row."""
        wanted = n.astype(self.starts.dtype)  # in the same type: else all of the starts would be converted
        found: Numbers = np.searchsorted(self.starts, wanted, side="right").astype(np.int64) - 1
        return found

    def size(self, parents: Numbers) -> Numbers:
        """How many rows each parent has."""
        return self.starts[parents + 1].astype(np.int64) - self.starts[parents].astype(np.int64)

    def place(self, n: Numbers) -> Numbers:
        """The place of each row within its group, from 0."""
        return n - self.starts[self.parent(n)].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The rows of a table by what they refer to: those of root k are `rows[starts[k]:starts[k + 1]]`.

    Without `rows` they are in the order of their roots: those of root k are numbered from `starts[k]` on.
    """

    starts: Counts
    rows: Counts | None

    @classmethod
    def of_roots(cls, roots: Signed, size: int) -> "Index":
        """From the root (-1: none) of each row; roots are row numbers below `size`."""
        counts = np.zeros(size, dtype=narrowest(len(roots)))
        for _, part in _parts(roots):
            distinct, many = np.unique(part[part >= 0], return_counts=True)
            counts[distinct] += many.astype(counts.dtype)
        starts = Groups.of_sizes(counts).starts
        return cls(starts, None if _in_order(roots) else _ordered(roots, starts))

    def sizes(self, roots: Numbers) -> Numbers:
        """How many rows each root has."""
        return self.starts[roots + 1].astype(np.int64) - self.starts[roots].astype(np.int64)

    def place(self, roots: Numbers, rows: Numbers) -> Numbers:
        """How many of each root's rows have lower numbers than a row, by halving."""
        low = self.starts[roots].astype(np.int64)
        if self.rows is None:
            places: Numbers = np.clip(rows - low, 0, self.sizes(roots))
            return places
        first: Numbers = low
        high: Numbers = self.starts[roots + 1].astype(np.int64)
        while (low < high).any():
            middle = (low + high) // 2
            below = (low < high) & (self.rows[np.minimum(middle, len(self.rows) - 1)] < rows)
            low, high = np.where(below, middle + 1, low), np.where(below, high, np.minimum(middle, high))
        found: Numbers = low - first
        return found

    def pick(self, roots: Numbers, places: Numbers) -> Numbers:
        """The row at a place (any number from 0; counted round) of each root's rows; -1 where a root has none."""
        sizes, known = self.sizes(roots), int(self.starts[-1])
        at = np.minimum(self.starts[roots].astype(np.int64) + places % np.maximum(sizes, 1), known - 1)
        if not known or self.rows is None:
            return np.where(sizes > 0, at, -1)
        return np.where(sizes > 0, self.rows[at].astype(np.int64), -1)


def narrowest(most: int) -> type[np.unsignedinteger[Any]]:
    """The type that holds whole numbers from 0 to `most` in the fewest bytes, of four or eight."""
    return np.uint32 if most <= _NARROW_MAX else np.uint64


def _parts(roots: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    for start in range(0, len(roots), BATCH_ROWS):
        yield start, roots[start : start + BATCH_ROWS]


def _in_order(roots: NDArray[Any]) -> bool:
    """Whether every row has a root, none below that of the row before."""
    before = 0
    for _, part in _parts(roots):
        if part[0] < before or (part[1:] < part[:-1]).any():
            return False
        before = part[-1]
    return True


def _ordered(roots: NDArray[Any], starts: Counts) -> Counts:
    """The row numbers by root, part by part: sorting all at once would take 24 bytes a row."""
    rows = np.empty(int(starts[-1]), dtype=narrowest(len(roots)))
    free = starts[:-1].copy()
    for start, part in _parts(roots):
        order = np.argsort(part, kind="stable")
        order = order[np.count_nonzero(part < 0) :]
        distinct, first, many = np.unique(part[order], return_index=True, return_counts=True)
        within = np.arange(len(order)) - np.repeat(first, many)
        rows[np.repeat(free[distinct], many) + within.astype(free.dtype)] = (start + order).astype(rows.dtype)
        free[distinct] += many.astype(free.dtype)
    return rows
