"""When rows came to be, kept for their children: what is born of two parents would ask twice as often each level up."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.data.drawing import Floats, Numbers

KEPT_ROWS_MAX: Final = 4_000_000  # of all tables together, 8 bytes each
TABLE_ROWS_MAX: Final = 1_000_000  # of one; a larger one is asked each time
BLOCK_ROWS: Final = 4_096  # are made at a time


class Born(Protocol):
    """A table whose rows have a birth."""

    @property
    def place(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def birth(self) -> str | None: ...

    def column(self, name: str, n: Numbers) -> pl.Series: ...


@dataclass(slots=True)
class _Kept:
    moments: Floats
    made: NDArray[np.bool_]  # by block


@dataclass(slots=True)
class Births:
    """The births of all tables of a fill, by place; those asked for first are dropped first."""

    _kept: dict[int, _Kept] = field(default_factory=dict)

    def of(self, table: Born, n: Numbers) -> Floats:
        """Microseconds since 1970 of the births of rows; NaN for NULL. The table must have a birth."""
        if table.rows > TABLE_ROWS_MAX:
            return _made(table, n)
        kept = self._kept.get(table.place) or self._begun(table)
        blocks = np.unique(n // BLOCK_ROWS)
        for block in blocks[~kept.made[blocks]].tolist():
            rows = np.arange(block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, table.rows))
            kept.moments[rows] = _made(table, rows)
            kept.made[block] = True
        found: Floats = kept.moments[n]
        return found

    def forget(self, place: int) -> None:
        """A table's rows, and what was born of them, are no longer what they were."""
        for known in [known for known in self._kept if known >= place]:
            del self._kept[known]

    def _begun(self, table: Born) -> _Kept:
        while self._kept and sum(len(kept.moments) for kept in self._kept.values()) + table.rows > KEPT_ROWS_MAX:
            del self._kept[next(iter(self._kept))]
        made = _Kept(np.full(table.rows, np.nan), np.zeros(table.rows // BLOCK_ROWS + 1, dtype=np.bool_))
        self._kept[table.place] = made
        return made


def micros_or_nan(series: pl.Series) -> Floats:
    """Microseconds since 1970; NaN for NULL."""
    numbers: Floats = series.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64).fill_null(np.nan).to_numpy()
    return numbers


def _made(table: Born, n: Numbers) -> Floats:
    assert table.birth is not None
    return micros_or_nan(table.column(table.birth, n))
