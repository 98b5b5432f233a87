"""Arrays, composites, ranges and multiranges, made of values of other types."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import DataType
from plimsoll.data.checks import domain_of, intersect
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Draw, Generator
from plimsoll.data.types.choosing import Nulls
from plimsoll.data.types.literals import array_literal, quoted, row_literal
from plimsoll.data.types.texts import Words
from plimsoll.data.types.wanted import Wanted

Make = Callable[[Wanted], Generator]
_ITEMS: Final = 4
_VECTORS: Final = ("int2vector", "oidvector")  # arrays to the catalog, but with a text form of their own
_QUARTER_US: Final = 900_000_000
_STEPS: Final = 96  # a range is at most so many of a type's steps long
_SKEW: Final = 3.0
_LAST: Final = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1, "time": 86_400_000_000_000 - 1}


@dataclass(frozen=True, slots=True)
class Arrays:
    """From `least` to `most` items; the first one tells unique rows apart."""

    first: Generator
    item: Generator
    base: str
    least: int
    most: int
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return self.first.capacity if self.unique else None

    def values(self, draw: Draw) -> pl.Series:
        counts = draw.ints(self.most - self.least + 1, "count") + self.least
        items = [(self.item if place else self.first).values(draw.sub(f"item {place}")) for place in range(self.most)]
        return array_literal(items, counts, base=self.base)


@dataclass(frozen=True, slots=True)
class Rows:
    """Values of a composite type; one field tells unique rows apart."""

    fields: tuple[tuple[str, Generator, str], ...]  # name, values, base type
    distinct: str | None = None

    @property
    def capacity(self) -> int | None:
        return next((made.capacity for name, made, _ in self.fields if name == self.distinct), None)

    def values(self, draw: Draw) -> pl.Series:
        parts = [made.values(draw.sub(f"field {name}")) for name, made, _ in self.fields]
        return row_literal(parts, bases=[base for _, _, base in self.fields])


@dataclass(frozen=True, slots=True)
class Ranges:
    """From a value up to one some steps later; of one value only, where nothing is known of the steps."""

    lower: Generator
    base: str
    last: int | None  # as `_as_steps` counts
    several: bool = False  # a multirange
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return self.lower.capacity if self.unique else None

    def values(self, draw: Draw) -> pl.Series:
        first = self._ranges(draw.sub("first"))
        if not self.several:
            return first
        if self.unique:
            return "{" + first + "}"
        second = pl.lit("," + self._ranges(draw.sub("second")))
        more = pl.when(pl.lit(pl.Series(draw.ints(2, "several") == 1))).then(second)
        return pl.select(pl.concat_str(pl.lit("{" + first), more, pl.lit("}"), ignore_nulls=True)).to_series()

    def _ranges(self, draw: Draw) -> pl.Series:
        return self.from_each(self.lower.values(draw.sub("lower")), draw)

    def from_each(self, lower: pl.Series, draw: Draw) -> pl.Series:
        """A range, none of several, that begins with each of some values."""
        text = quoted(lower, self.base)
        point = pl.lit("[" + text + "," + text + "]")
        if lower.dtype == pl.String:
            return pl.select(point).to_series()
        length = (draw.floats("length") ** _SKEW * _STEPS).astype(np.int64) + 1
        upper = _later(lower, length)
        fits = upper > lower
        if self.last is not None:
            fits = fits & (upper.to_physical() <= self.last)
        span = pl.lit("[" + text + "," + quoted(upper, self.base) + ")")
        return pl.select(pl.when(fits).then(span).otherwise(point)).to_series()


def arrays(wanted: Wanted, make: Make) -> Generator:
    """Raises Unsatisfiable as the items' type does."""
    element = _element(wanted.type)
    least = max(wanted.domain.items_min or 0, int(wanted.unique or "{}" in wanted.domain.excluded))
    most = least + _ITEMS if least else _ITEMS
    if wanted.domain.items_max is not None:
        most = min(most, wanted.domain.items_max)
    if most < least:
        raise Unsatisfiable(f"no array has at least {least} and at most {most} items")
    item = _short(make(_item(wanted, element)))
    first = _short(make(_item(wanted, element, unique=True))) if wanted.unique else item
    return Arrays(first, item, element.base if element.kind == "base" else "", least, most, wanted.unique)


def rows(wanted: Wanted, make: Make) -> Generator:
    """Raises Unsatisfiable if a field cannot be made, or none of them can tell the rows apart."""
    fields = [
        (name, make(_part(wanted, type)), type.base if type.kind == "base" else "") for name, type in wanted.type.fields
    ]
    if not fields:
        raise Unsatisfiable(f"{wanted.type.name} has no fields")
    if not wanted.unique:
        return Rows(tuple(fields))
    for place, (name, type) in enumerate(wanted.type.fields):
        try:
            fields[place] = (name, make(_part(wanted, type, unique=True)), fields[place][2])
        except Unsatisfiable:
            continue
        return Rows(tuple(fields), distinct=name)
    raise Unsatisfiable(f"{wanted.rows:,} rows must differ, but no field of {wanted.type.name} has as many values")


def ranges(wanted: Wanted, make: Make) -> Generator:
    """Ranges and multiranges. Raises Unsatisfiable as their subtype does."""
    element = _element(wanted.type)
    lower = make(_part(wanted, element, unique=wanted.unique))
    if isinstance(lower, Nulls):
        raise Unsatisfiable(f"a value of {element.name} must be null")
    base = element.base if element.kind == "base" else ""
    return Ranges(lower, base, _last(element), wanted.type.kind == "multirange", wanted.unique)


def _part(wanted: Wanted, type: DataType, *, unique: bool = False) -> Wanted:
    return Wanted(type, domain_of(type), wanted.context, unique, wanted.rows if unique else 0)


def _item(wanted: Wanted, type: DataType, *, unique: bool = False) -> Wanted:
    part = _part(wanted, type, unique=unique)
    return replace(part, domain=intersect(part.domain, Domain(choices=wanted.domain.item_choices)))


def _short(item: Generator) -> Generator:
    """Texts of an array are tags or names rather than phrases."""
    return replace(item, words_max=1) if isinstance(item, Words) else item


def _element(type: DataType) -> DataType:
    if type.element is None or type.name in _VECTORS:
        raise Unsatisfiable(f"nothing is known of what {type.name} is made of")
    return type.element


def _last(element: DataType) -> int | None:
    """The greatest value of the type, for numbers of Python's kind; None where there is no such or it is far."""
    high = domain_of(element).high
    known = [_LAST.get(element.base)]
    if element.base == "numeric" and element.precision is not None:
        known.append(int(10 ** (element.precision - (element.scale or 0))) - 1)
    if high is not None and isinstance(high.value, Decimal):
        known.append(ceil(high.value) - 1)
    return min([last for last in known if last is not None], default=None)


def _later(lower: pl.Series, length: "np.typing.NDArray[np.int64]") -> pl.Series:
    """Integers and days later, or quarters of an hour; a wrapped-round sum is less than `lower`."""
    if isinstance(lower.dtype, pl.Datetime):
        return lower + pl.Series(length * _QUARTER_US).cast(pl.Duration("us"))
    if lower.dtype == pl.Time:
        nanoseconds = lower.to_physical() + pl.Series(length * _QUARTER_US * 1000)
        return nanoseconds.clip(upper_bound=_LAST["time"]).cast(pl.Time)
    if lower.dtype == pl.Date:
        return (lower.to_physical().cast(pl.Int64) + pl.Series(length)).cast(pl.Int32).cast(pl.Date)
    return (lower + pl.Series(length)).round(6) if lower.dtype == pl.Float64 else lower + pl.Series(length)
