"""Drawing values: the vocabulary between what a column needs and what makes it.

**Purity.** A value depends on (seed, table, column, row number, try) alone. So a child knows its parent's values
without looking them up, any part of a table can be made again, and nothing is held in memory but the batch under way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.core.distribution import key, uniform_floats, uniform_ints, zipf_ranks

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
BATCH_ROWS: Final = 20_000


def in_batches(rows: int) -> Iterator[Numbers]:
    """The row numbers of a table, some at a time."""
    return (np.arange(start, min(start + BATCH_ROWS, rows)) for start in range(0, rows, BATCH_ROWS))


@dataclass(frozen=True, slots=True)
class Draw:
    """The values of one column that are wanted: those of the rows `n` (from 0), drawn under `key`.

    `use` names what a draw is for: two uses of the same rows are independent of each other.
    """

    key: int
    n: Numbers

    def floats(self, use: str = "") -> Floats:
        """Uniform in [0, 1)."""
        return uniform_floats(key(self.key, use), self.n)

    def ints(self, size: int, use: str = "") -> Numbers:
        """Uniform in range(size)."""
        return uniform_ints(key(self.key, use), self.n, size)

    def zipf(self, size: int, s: float, use: str = "") -> Numbers:
        """Ranks in range(size), in proportion to 1 / (rank + 1)**s."""
        return zipf_ranks(key(self.key, use), self.n, size, s)

    def normals(self, use: str = "") -> Floats:
        """Standard normal (Box and Muller)."""
        first, second = self.floats(f"{use} radius"), self.floats(f"{use} angle")
        normals: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
        return normals

    def sub(self, use: str) -> "Draw":
        """The same rows for a part of the value."""
        return Draw(key(self.key, "part", use), self.n)

    def at(self, chosen: NDArray[Any]) -> "Draw":
        """Some of the rows only: a mask, or places in `n`."""
        return Draw(self.key, self.n[chosen])


class Generator(Protocol):
    """Makes the values of a column: a series as long as `draw.n`, null where the value is NULL.

    Series are Int64, Float64, Boolean, Date, Datetime("us") (UTC without a zone, for timestamptz and timestamp), Time
    or, for all else, String with PostgreSQL's text form of the value. `capacity` is how many different values there
    are to draw (None: more than any table has rows). A generator made to be unique gives different values for
    different rows in range(capacity).
    """

    @property
    def capacity(self) -> int | None: ...

    def values(self, draw: Draw) -> pl.Series: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What all columns of a fill share. Times lie in the `span_s` seconds before `now` (UTC, without a zone)."""

    now: datetime
    span_s: float
    locale: tuple[str, ...] = ("en",)
