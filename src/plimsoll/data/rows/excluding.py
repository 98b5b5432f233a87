"""Exclusion constraints: ranges that must not overlap are dealt out as slots, one a row; areas as fields of a grid."""

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import numpy as np
import polars as pl

from plimsoll.core.schema import Column, DataType, Exclusion, Table
from plimsoll.data.drawing import Context, Floats
from plimsoll.data.rows.model import Batch, Source

_OVERLAP: Final = "&&"
_TIMES: Final = ("timestamp", "timestamptz")
_WHOLE: Final = ("int2", "int4", "int8")
_WIDTH: Final = 10  # of a slot of numbers, in units
_FILLED_LEAST: Final = 0.3  # of a slot, the part that is taken
_SHAPES: Final = {"box": "({},{}),({},{})", "polygon": "(({},{}),({},{}))", "circle": "<({},{}),{}>"}


@dataclass(frozen=True, slots=True)
class Slot:
    """The slot of each row, or one of its ends: `rows` slots side by side."""

    part: Literal["range", "low", "high"]
    type: DataType
    context: Context
    rows: int
    use: str

    def values(self, batch: Batch, column: Column) -> pl.Series:
        taken = _FILLED_LEAST + (1 - _FILLED_LEAST) * batch.draw("slot", self.use, fixed=True).floats()
        low, high = self._ends(batch, taken)
        if self.part != "range":
            return low if self.part == "low" else high
        texts = [pl.lit("["), pl.lit(_quoted(low)), pl.lit(","), pl.lit(_quoted(high)), pl.lit(")")]
        return pl.select(pl.concat_str(texts)).to_series()

    def _ends(self, batch: Batch, taken: Floats) -> tuple[pl.Series, pl.Series]:
        if self.type.base in _TIMES:
            start = pl.Series([self.context.now - timedelta(seconds=self.context.span_s)]).cast(pl.Datetime("us"))
            width = max(2, int(self.context.span_s * 1e6 / max(self.rows, 1)))
            low = batch.n * width + start.cast(pl.Int64).item()
            high = low + np.maximum(1, (taken * width).astype(np.int64))
            return pl.Series(low).cast(pl.Datetime("us")), pl.Series(high).cast(pl.Datetime("us"))
        if self.type.base == "date":
            first = self.context.now.date() - timedelta(days=2 * self.rows)
            low = batch.n * 2 + pl.Series([first]).cast(pl.Int32).item()
            return pl.Series(low.astype(np.int32)).cast(pl.Date), pl.Series((low + 1).astype(np.int32)).cast(pl.Date)
        low = batch.n * _WIDTH + 1
        return pl.Series(low), pl.Series(low + np.maximum(1, (taken * _WIDTH).astype(np.int64)))


@dataclass(frozen=True, slots=True)
class Field:
    """A box, a polygon or a circle within the row's own field of a grid as wide as it is high."""

    shape: str
    rows: int
    use: str

    def values(self, batch: Batch, column: Column) -> pl.Series:
        side = max(1, math.isqrt(max(self.rows - 1, 0)) + 1)
        taken = _FILLED_LEAST + (0.9 - _FILLED_LEAST) * batch.draw("field", self.use, fixed=True).floats()
        x, y = batch.n % side, batch.n // side
        corners = [pl.Series(np.round(end, 6)).cast(pl.String) for end in (x, y, x + taken, y + taken)]
        middle = [pl.Series(np.round(end, 6)).cast(pl.String) for end in (x + 0.5, y + 0.5, taken / 2)]
        return pl.select(pl.format(_SHAPES[self.shape], *(middle if self.shape == "circle" else corners))).to_series()


def slots(table: Table, context: Context, rows: int) -> dict[str, Source]:
    """The columns that exclusion constraints by overlap decide, with their sources."""
    found: dict[str, Source] = {}
    for exclusion in table.exclusions:
        found |= {name: source for name, source in _of(exclusion, table, context, rows).items() if name not in found}
    return found


def _of(exclusion: Exclusion, table: Table, context: Context, rows: int) -> dict[str, Source]:
    for element, operator in exclusion.elements:
        columns = _mentioned(element, table) if operator == _OVERLAP else []
        ranges = [column for column in columns if column.type.kind == "range" and column.type.element is not None]
        if ranges:
            one = ranges[0]
            assert one.type.element is not None
            return {one.name: Slot("range", one.type.element, context, rows, exclusion.name)}
        areas = [column for column in columns if column.type.base in _SHAPES and column.type.kind == "base"]
        if areas:
            return {areas[0].name: Field(areas[0].type.base, rows, exclusion.name)}
        ends = [column for column in columns if column.type.base in (*_TIMES, *_WHOLE, "date", "numeric")]
        if len(ends) == 2:
            low, high = ends
            return {
                low.name: Slot("low", low.type, context, rows, exclusion.name),
                high.name: Slot("high", high.type, context, rows, exclusion.name),
            }
    return {}


def _mentioned(element: str, table: Table) -> list[Column]:
    """The columns of an expression, in its order."""
    names = [bare or quoted.replace('""', '"') for quoted, bare in re.findall(r'"((?:[^"]|"")+)"|(\w+)', element)]
    known = {column.name: column for column in table.columns if not column.generated}
    return [known[name] for name in dict.fromkeys(names) if name in known]


def _quoted(ends: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit('"'), pl.lit(ends.cast(pl.String)), pl.lit('"'))).to_series()
