"""Values that are listed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import polars as pl

from plimsoll.core.distribution import key, permutation
from plimsoll.core.schema import DataType
from plimsoll.data.domain import Unsatisfiable
from plimsoll.data.drawing import Draw
from plimsoll.data.types.wanted import Wanted

_SKEW: Final = 0.8  # the first of four choices gets about 40 %
_INTEGERS: Final = ("int2", "int4", "int8")
_TRUE: Final = frozenset({"t", "true", "on", "yes", "1"})
_FALSE: Final = frozenset({"f", "false", "off", "no", "0"})
_TEXTS: Final = ("varchar", "bpchar", "text")


@dataclass(frozen=True, slots=True, eq=False)  # series have no equality of this kind
class Choices:
    """One of a list, the first most often."""

    choices: pl.Series
    unique: bool = False
    skew: float = _SKEW

    @property
    def capacity(self) -> int | None:
        return len(self.choices)

    def values(self, draw: Draw) -> pl.Series:
        count = len(self.choices)
        places = permutation(key(draw.key, "choice"), draw.n, count) if self.unique else self._places(draw)
        return self.choices.gather(pl.Series(places))

    def _places(self, draw: Draw) -> pl.Series:
        return pl.Series(draw.zipf(len(self.choices), self.skew, "choice"))


@dataclass(frozen=True, slots=True)
class Nulls:
    """NULL in every row."""

    @property
    def capacity(self) -> int | None:
        return None

    def values(self, draw: Draw) -> pl.Series:
        return pl.Series([None] * len(draw.n), dtype=pl.String)


def chosen(wanted: Wanted, choices: tuple[str, ...], skew: float = _SKEW) -> Choices:
    """Those of the texts that the type and the domain allow. Raises Unsatisfiable if none is left."""
    allowed = [
        text for text in dict.fromkeys(choices) if text not in wanted.domain.excluded and _fits(text, wanted.type)
    ]
    if not allowed:
        raise Unsatisfiable(f"none of the values listed may be in {wanted.type.name}")
    return Choices(as_series(allowed, wanted.type), wanted.unique, skew)


def booleans(wanted: Wanted) -> Choices:
    """Boolean."""
    return chosen(wanted, ("false", "true"), 0.0)


def enum_labels(wanted: Wanted) -> Choices:
    """The first labels most often."""
    return chosen(wanted, wanted.type.labels)


def _fits(text: str, type: DataType) -> bool:
    if type.kind == "enum":
        return text in type.labels
    return type.kind != "base" or type.base not in _TEXTS or type.length is None or len(text) <= type.length


def as_series(texts: list[str], type: DataType) -> pl.Series:
    """As the type's series are, where the texts can be read so; else as they are."""
    try:
        return _read(texts, type)
    except ValueError:
        return pl.Series(texts, dtype=pl.String)


def _read(texts: list[str], type: DataType) -> pl.Series:
    base = type.base if type.kind == "base" else ""
    if base in _INTEGERS:
        return pl.Series([int(text) for text in texts], dtype=pl.Int64)
    if base == "bool":
        return pl.Series([_boolean(text) for text in texts], dtype=pl.Boolean)
    if base in ("float4", "float8"):
        return pl.Series([float(text) for text in texts], dtype=pl.Float64)
    if base == "date":
        return pl.Series([date.fromisoformat(text) for text in texts], dtype=pl.Date)
    if base in ("timestamp", "timestamptz"):
        return pl.Series([_utc(datetime.fromisoformat(text)) for text in texts], dtype=pl.Datetime("us"))
    return pl.Series(texts, dtype=pl.String)


def _boolean(text: str) -> bool:
    """Raises ValueError for what is neither."""
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(f"{text!r} is no boolean")
    return text.lower() in _TRUE


def _utc(moment: datetime) -> datetime:
    """Without a zone; one that has none is UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
