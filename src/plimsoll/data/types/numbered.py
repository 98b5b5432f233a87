"""Values that differ because the row numbers do."""

from dataclasses import dataclass

import polars as pl

from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.types.characters import BASE36, digits, strings


def base36(n: Numbers, width: int) -> pl.Series:
    """Numbers from 0 up as `width` digits and lower-case letters; injective below 36**width."""
    return strings(digits(n, BASE36, width))


def width_for(count: int) -> int:
    """How many base-36 digits tell `count` numbers apart."""
    width = 1
    while 36**width < count:
        width += 1
    return width


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """Surrogate keys: row n has start + n * step."""

    start: int = 1
    step: int = 1

    @property
    def capacity(self) -> int | None:
        return None

    def values(self, draw: Draw) -> pl.Series:
        return pl.Series(draw.n * self.step + self.start)
