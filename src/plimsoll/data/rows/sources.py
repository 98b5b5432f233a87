"""Where the values of a column come from: drawn, counted, copied from a parent, or made from other columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column, DataType
from plimsoll.data.distributions import sample
from plimsoll.data.domain import Bound, Domain
from plimsoll.data.drawing import Draw, Floats, Generator, Numbers
from plimsoll.data.plan.values import Condition, Distribution
from plimsoll.data.rows.model import Batch, Mask, Source, TableModel
from plimsoll.data.types.choosing import as_series

_READ: Final = frozenset({"bool", "date", "timestamp", "timestamptz"})  # whose text others could not reckon with
_JSON_DTYPES: Final = {"bool": pl.Boolean, "int8": pl.Int64, "float8": pl.Float64, "text": pl.String}
# The largest; of int8 the largest that is a floating-point number too.
INTEGERS: Final[Mapping[str, int]] = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1024}


@dataclass(frozen=True, slots=True)
class Drawn:
    """By chance, row by row."""

    generator: Generator

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return self.generator.values(batch.draw_for(column.name))


@dataclass(frozen=True, slots=True)
class FromParent:
    """A column of the row that a foreign key refers to; NULL where it refers to none."""

    link: str
    referenced: str

    def values(self, batch: Batch, column: Column) -> pl.Series:
        rows = batch.parents(self.link)
        return _of_rows(batch.model.links[self.link].parent, self.referenced, rows)


@dataclass(frozen=True, slots=True)
class PlaceInGroup:
    """A number within the group: `low`, `low` + 1, …"""

    low: int = 1

    def values(self, batch: Batch, column: Column) -> pl.Series:
        groups = batch.model.groups
        assert groups is not None
        return pl.Series(groups.place(batch.n) + self.low)


@dataclass(frozen=True, slots=True)
class ChoiceInGroup:
    """One of `choices`, another for each row of a group."""

    choices: tuple[str, ...]

    def values(self, batch: Batch, column: Column) -> pl.Series:
        groups = batch.model.groups
        assert groups is not None
        offset = Draw(batch.draw_for(column.name).key, groups.parent(batch.n)).ints(len(self.choices))
        return _chosen(self.choices, (offset + groups.place(batch.n)) % len(self.choices))


@dataclass(frozen=True, slots=True)
class Weighted:
    """One of `choices`, as often as `shares` say; `shares` sum to 1."""

    choices: tuple[str, ...]
    shares: tuple[float, ...]
    use: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        cumulated = np.cumsum(self.shares)
        at = np.searchsorted(cumulated, batch.draw_for(column.name).floats(self.use) * cumulated[-1], side="right")
        chosen = np.minimum(at, len(self.choices) - 1).astype(np.int64)
        if column.type.base not in _READ:
            return _chosen(self.choices, chosen)
        return as_series(list(self.choices), column.type).gather(pl.Series(chosen))


@dataclass(frozen=True, slots=True)
class Number:
    """From a distribution, moved into the domain, as exact as the type."""

    distribution: Distribution
    domain: Domain
    type: DataType
    use: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        drawn = sample(self.distribution, batch.draw_for(column.name).sub(f"number{self.use}"))
        return fitted(drawn, self.type, self.domain)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with {n} (the row's number, from 1) and {column}; a column that is NULL leaves its place empty."""

    parts: tuple[str, ...]  # text and names of columns in turn

    def values(self, batch: Batch, column: Column) -> pl.Series:
        made = [
            _text(part, batch) if number % 2 else pl.repeat(part, len(batch), eager=True)
            for number, part in enumerate(self.parts)
        ]
        return pl.select(pl.concat_str([pl.lit(series) for series in made], ignore_nulls=True)).to_series()


@dataclass(frozen=True, slots=True)
class WithNulls:
    """A share of NULLs over another source."""

    source: Source
    share: float
    use: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        made = self.source.values(batch, column)
        return masked(made, batch.draw_for(column.name).floats(f"null{self.use}") < self.share)


@dataclass(frozen=True, slots=True)
class Nothing:
    """NULL."""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return pl.Series([None] * len(batch), dtype=pl.String)


@dataclass(frozen=True, slots=True)
class ByCase:
    """The first case all of whose conditions are met decides; none: `otherwise`."""

    cases: tuple[tuple[tuple[tuple[Source, Condition], ...], Source], ...]
    otherwise: Source

    def values(self, batch: Batch, column: Column) -> pl.Series:
        result = self.otherwise.values(batch, column)
        for when, source in reversed(self.cases):
            chosen = np.ones(len(batch), dtype=np.bool_)
            for asked, condition in when:
                chosen &= meets(asked.values(batch, column), condition)
            result = merged(chosen, source.values(batch, column), result)
        return result


@dataclass(frozen=True, slots=True)
class InTurn:
    """The first rows of a group have a source each; the others `otherwise`."""

    first: tuple[Source, ...]
    otherwise: Source

    def values(self, batch: Batch, column: Column) -> pl.Series:
        groups = batch.model.groups
        assert groups is not None
        places, result = groups.place(batch.n), self.otherwise.values(batch, column)
        for place, source in enumerate(self.first):
            result = merged(places == place, source.values(batch, column), result)
        return result


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object with a value for each key; NULLs are left as null."""

    fields: Mapping[str, tuple[Source, DataType]]

    def values(self, batch: Batch, column: Column) -> pl.Series:
        if not self.fields:
            return pl.repeat("{}", len(batch), eager=True)
        made = [
            source.values(batch, Column(f"{column.name}.{name}", kind)).cast(_JSON_DTYPES[kind.base]).alias(name)
            for name, (source, kind) in self.fields.items()
        ]
        return pl.select(pl.struct(made).struct.json_encode()).to_series()


def is_one_of(series: pl.Series, texts: tuple[str, ...]) -> Mask:
    """Where the value's text is among `texts`; nowhere for NULL."""
    found: Mask = series.cast(pl.String).is_in(list(texts)).fill_null(False).to_numpy()
    return found


def meets(series: pl.Series, condition: Condition) -> Mask:
    """Where the value is as stated; nowhere for NULL."""
    if isinstance(condition, tuple):
        return is_one_of(series, condition)
    found: Mask = np.ones(len(series), dtype=np.bool_)
    for end, below in ((condition.low, False), (condition.high, True)):
        if end is not None:
            held = series.cast(pl.Float64 if isinstance(end, float) else pl.Datetime("us"), strict=False)
            found &= ((held < end) if below else (held >= end)).fill_null(False).to_numpy()
    return found


def masked(series: pl.Series, nulls: Mask) -> pl.Series:
    """The series with NULLs where `nulls` says."""
    if not nulls.any():
        return series
    return pl.select(pl.when(pl.Series(~nulls)).then(series)).to_series()


def merged(chosen: Mask, first: pl.Series, second: pl.Series) -> pl.Series:
    """`first` where chosen, else `second`; of the type of whichever is not all NULL, text if they differ."""
    if first.dtype != second.dtype:
        if second.null_count() == len(second):
            second = second.cast(first.dtype, strict=False)
        elif first.null_count() == len(first):
            first = first.cast(second.dtype, strict=False)
        else:
            first, second = first.cast(pl.String), second.cast(pl.String)
    return pl.select(pl.when(pl.Series(chosen)).then(first).otherwise(second)).to_series()


def fitted(numbers: Floats, type: DataType, domain: Domain) -> pl.Series:
    """Numbers within the domain and the type, rounded to what it keeps."""
    whole = type.base in INTEGERS
    digits = 0 if whole else _digits(type)
    step = 10.0**-digits
    low, high = _limit(domain.low, step), _limit(domain.high, -step)
    if whole:
        most = float(INTEGERS[type.base])
        clipped = np.clip(numbers, max(np.ceil(low), -most), min(np.floor(high), most))
        return pl.Series(np.rint(clipped).astype(np.int64))
    if type.base == "numeric" and type.precision is not None:
        most = 10.0 ** (type.precision - digits) - step
        low, high = max(low, -most), min(high, most)
    return pl.Series(np.clip(np.round(np.clip(numbers, low, high), digits), low, high))


def _digits(type: DataType) -> int:
    """Decimals that the type keeps; where it keeps all, as many as figures of that kind usually have."""
    if type.base == "numeric":
        return 4 if type.scale is None else type.scale
    return 2 if type.base == "money" else 6 if type.base == "float4" else 9


def _limit(bound: Bound | None, step: float) -> float:
    """An end of a domain of numbers, moved inside by a step where it is not itself allowed."""
    if bound is None:
        return -np.inf if step > 0 else np.inf
    assert isinstance(bound.value, Decimal)
    return float(bound.value) + (0.0 if bound.inclusive else step)


def _chosen(choices: tuple[str, ...], at: Numbers) -> pl.Series:
    return pl.Series(choices, dtype=pl.String).gather(pl.Series(at.astype(np.uint32)))


def _of_rows(parent: TableModel, name: str, rows: Numbers) -> pl.Series:
    if not parent.rows:
        return pl.Series([None] * len(rows), dtype=pl.String)
    return masked(parent.column(name, np.maximum(rows, 0)), rows < 0)


def _text(part: str, batch: Batch) -> pl.Series:
    return (pl.Series(batch.n + 1) if part == "n" else batch.column(part)).cast(pl.String)
