"""Columns as statistics have them: frequent values in their shares, others by histogram, in the order of the rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.schema import Column, DataType
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Draw, Floats, Generator, Numbers
from plimsoll.data.learning.quantiles import Quantiles
from plimsoll.data.meaning.naming import TEXT
from plimsoll.data.rows.births import micros_or_nan
from plimsoll.data.rows.lineage import born
from plimsoll.data.rows.model import Batch
from plimsoll.data.rows.sources import INTEGERS, fitted
from plimsoll.data.rows.timing import MOMENTS, as_moments, latest_of, micros, settled
from plimsoll.data.types.numbered import base36

Spans = tuple[tuple[float, float], ...]  # of microseconds, both ends within; they rise

_NUMBERS: Final = frozenset({*INTEGERS, "numeric", "float4", "float8"})
_EXACT: Final = 2.0**53  # whole numbers beyond it are not told apart by floats
_DAY_US: Final = 86_400_000_000
_DECIMALS_MAX: Final = 9
LISTED_MAX: Final = 50_000  # values of a pool that are held: some 10 MB of text
_ORDER_MIN: Final = 0.1  # a weaker correlation with the place in the table is none


@dataclass(frozen=True, slots=True)
class LearnedNumbers:
    """Numbers, with as many decimals as those that were read."""

    quantiles: Quantiles
    correlation: float
    decimals: int
    domain: Domain

    def values(self, batch: Batch, column: Column) -> pl.Series:
        found = self.quantiles.at(positions(batch, column.name, self.correlation))
        return fitted(np.round(found, self.decimals), column.type, self.domain)


@dataclass(frozen=True, slots=True)
class LearnedMoments:
    """Moments; none before those of the columns that it follows or, of a birth, those of parents.

    What follows a moment that was learned, too, is as late among its like as that one is. What else would lie before
    lies after instead.
    Where `spans` are given, what would lie in none of them is moved on to the next.
    """

    quantiles: Quantiles
    correlation: float
    follows: tuple[str, ...] = ()
    birth: bool = False
    spans: Spans = ()

    def values(self, batch: Batch, column: Column) -> pl.Series:
        if self.birth:
            return as_moments(born(batch, column.name, partial(self._after, column)), column)
        return as_moments(self._after(column, batch, latest_of(batch, self.follows)), column)

    def _after(self, column: Column, batch: Batch, floor: Floats) -> Floats:
        quantiles = positions(batch, column.name, self.correlation)
        like = [_like(batch, name) for name in self.follows]
        latest = np.fmax.reduce([np.full(len(batch), np.nan), *like])
        quantiles = np.where(np.isnan(latest), quantiles, latest)
        if not np.isnan(floor).all():
            start = np.where(np.isnan(floor), 0.0, self.quantiles.share_below(np.nan_to_num(floor)))
            late = start + (1 - start) * quantiles / np.maximum(start, 1e-12)
            quantiles = np.where(quantiles < start, np.minimum(late, 1 - 2.0**-53), quantiles)
        found = self.quantiles.at(quantiles)
        if column.type.base == "date":
            found = np.floor(found / _DAY_US) * _DAY_US
        found = settled(np.fmax(found, floor), column, self.quantiles.at(np.array([1 - 2.0**-53])).item())
        return _moved_into(found, self.spans) if self.spans else found


@dataclass(frozen=True, slots=True)
class LearnedTexts:
    """Texts that were read, in their shares; between the bounds of a histogram, as many others as there are."""

    texts: tuple[str, ...]
    ends: Floats
    bounds: tuple[str, ...]
    distinct: int
    correlation: float
    length_max: int | None = None

    def values(self, batch: Batch, column: Column) -> pl.Series:
        position = positions(batch, column.name, self.correlation)
        at = np.searchsorted(self.ends, position, side="right")
        frequent = at < len(self.texts)
        found = pl.Series([*self.texts, ""], dtype=pl.String).gather(pl.Series(np.minimum(at, len(self.texts))))
        if frequent.all() or not self.bounds:
            return found.set(pl.Series(~frequent), self.texts[-1]) if not frequent.all() else found
        others = self._others(batch.draw_for(column.name).floats("other"))
        return pl.select(pl.when(pl.Series(frequent)).then(found).otherwise(others)).to_series()

    def _others(self, part: Floats) -> pl.Series:
        number = np.floor(part * self.distinct).astype(np.int64)
        bucket = number * len(self.bounds) // self.distinct
        within = number - -(-bucket * self.distinct // len(self.bounds))
        bound = pl.Series(self.bounds, dtype=pl.String).gather(pl.Series(bucket))
        suffix = base36(within, 4)
        whole = pl.select(pl.when(pl.Series(within == 0)).then(bound).otherwise(bound + suffix)).to_series()
        return whole if self.length_max is None else whole.str.slice(0, self.length_max)


@dataclass(frozen=True, slots=True)
class LearnedPool:
    """Values of our own making in place of those withheld: as many different ones, as frequent as those are."""

    ends: Floats
    distinct: int
    pool: "Pool"

    def values(self, batch: Batch, column: Column) -> pl.Series:
        part = batch.draw_for(column.name).floats("learned")
        frequent = len(self.ends)
        at = np.searchsorted(self.ends, part, side="right")
        others = frequent + np.floor(batch.draw_for(column.name).floats("other") * max(1, self.distinct - frequent))
        number = np.where(at < frequent, at, np.minimum(others, self.distinct - 1)).astype(np.int64)
        return self.pool.values(number)


@dataclass(frozen=True, slots=True, eq=False)  # series have no equality of this kind
class Pool:
    """Different values by number: as listed, else as the generator makes them."""

    draw_key: int
    generator: Generator
    listed: pl.Series | None = None

    @classmethod
    def of(cls, draw_key: int, distinct: int, plain: Generator, unique: Generator) -> "Pool":
        """Lists what `plain` makes, as far as enough of it differs; where it does not, `unique` tells them apart."""
        if distinct > LISTED_MAX:
            return cls(draw_key, unique)
        made = plain.values(Draw(draw_key, np.arange(3 * distinct + 20))).unique(maintain_order=True).drop_nulls()
        return cls(draw_key, unique, made[:distinct] if len(made) >= distinct else None)

    def values(self, number: Numbers) -> pl.Series:
        if self.listed is not None:
            return self.listed.gather(pl.Series(number))
        return self.generator.values(Draw(self.draw_key, number))


def _like(batch: Batch, name: str) -> Floats:
    """Where in what was learned of another column its moment is, from 0 to 1; NaN where that is not known."""
    source = batch.model.sources[name]
    if not isinstance(source, LearnedMoments):
        return np.full(len(batch), np.nan)
    moments = micros_or_nan(batch.column(name))
    place = np.minimum(source.quantiles.share_below(np.nan_to_num(moments)), 1 - 2.0**-53)
    found: Floats = np.where(np.isnan(moments), np.nan, place)
    return found


def positions(batch: Batch, use: str, correlation: float) -> Floats:
    """A place from 0 to 1 in the order of values: that of the row in its table, as often as they correlate."""
    draw = batch.draw_for(use).sub("learned")
    free = draw.floats()
    if abs(correlation) < _ORDER_MIN or not batch.model.rows or batch.attempt:
        return free
    place = (batch.n + draw.floats("within the row")) / batch.model.rows
    found: Floats = np.where(
        draw.floats("in order") < abs(correlation), place if correlation > 0 else 1 - 2.0**-53 - place, free
    )
    return np.clip(found, 0.0, 1 - 2.0**-53)


def learned_numbers(known: ColumnStatistics, type: DataType, domain: Domain, rows: int) -> LearnedNumbers | None:
    """None for what is not numbers, was withheld, or is too large to be exact."""
    if type.kind != "base" or type.base not in _NUMBERS or known.withheld:
        return None
    read = [number for number in map(_decimal, (*known.frequent, *known.bounds)) if number is not None]
    if len(read) < len(known.frequent) + len(known.bounds) or any(abs(number) > _EXACT for number in read):
        return None
    numbers = [float(number) for number in read]
    quantiles = _quantiles(known, numbers[: len(known.frequent)], numbers[len(known.frequent) :], rows)
    decimals = max((-int(number.as_tuple().exponent) for number in read), default=0)
    if quantiles is None:
        return None
    return LearnedNumbers(quantiles, known.correlation, min(max(decimals, 0), _DECIMALS_MAX), domain)


def learned_moments(
    known: ColumnStatistics,
    type: DataType,
    rows: int,
    follows: tuple[str, ...] = (),
    *,
    birth: bool = False,
    spans: Spans = (),
) -> LearnedMoments | None:
    """None for what is no date or timestamp or was withheld. Infinite ones are left out."""
    if type.kind != "base" or type.base not in MOMENTS or known.withheld:
        return None
    frequent = [(moment, share) for text, share in zip(known.frequent, known.frequent_shares, strict=True)
                if (moment := _micros(text)) is not None]  # fmt: skip
    bounds = [moment for moment in map(_micros, known.bounds) if moment is not None]
    quantiles = _quantiles(known, [one for one, _ in frequent], bounds, rows, [share for _, share in frequent])
    return None if quantiles is None else LearnedMoments(quantiles, known.correlation, follows, birth, spans)


def learned_texts(known: ColumnStatistics, type: DataType, domain: Domain, rows: int) -> LearnedTexts | None:
    """None for what was withheld, or has no frequent values that may be here."""
    if known.withheld or type.kind not in ("base", "enum") or domain.patterns:
        return None
    fits = [(text, share) for text, share in zip(known.frequent, known.frequent_shares, strict=True)
            if _allowed(text, type, domain)]  # fmt: skip
    if not fits:
        return None
    listed = type.kind == "enum" or type.base == "bool" or domain.choices is not None
    bounds = () if listed else tuple(text for text in known.bounds if _allowed(text, type, domain))
    order = sorted(fits, key=lambda one: type.labels.index(one[0]) if type.kind == "enum" else one[0])
    shares = np.array([share for _, share in order])
    rest = max(1.0 - known.null_share - sum(known.frequent_shares), 0.0) if bounds else 0.0
    distinct = max(1, known.distinct_of(rows) - len(known.frequent))
    if type.base not in TEXT:  # of which nothing is known but what was read
        distinct = min(distinct, max(1, len(bounds)))
    texts = tuple(_as_copied(text, type) for text, _ in order)
    limits = [limit for limit in (type.length, domain.length_max) if limit is not None]
    ends = np.cumsum(shares) / (shares.sum() + rest)
    if not bounds:
        ends[-1] = 1.0
    return LearnedTexts(texts, ends, bounds, distinct, known.correlation, min(limits, default=None))


def pool_ends(known: ColumnStatistics) -> Floats:
    """Of the shares of frequent values among those that are not NULL."""
    stated = np.asarray(known.frequent_shares, dtype=np.float64)
    ends: Floats = np.cumsum(stated / max(1.0 - known.null_share, stated.sum(), 1e-9))
    return ends


def _moved_into(moments: Floats, spans: Spans) -> Floats:
    """What lies in no span, at the beginning of the next; after the last, at its end."""
    lows, highs = np.array([low for low, _ in spans]), np.array([high for _, high in spans])
    following = np.minimum(np.searchsorted(highs, moments, side="left"), len(spans) - 1)
    return np.clip(moments, lows[following], highs[following])


def _quantiles(
    known: ColumnStatistics, values: list[float], bounds: list[float], rows: int, shares: list[float] | None = None
) -> Quantiles | None:
    rest = 1.0 - known.null_share - sum(known.frequent_shares)
    distinct = known.distinct_of(rows) - len(known.frequent)
    return Quantiles.of(values, known.frequent_shares if shares is None else shares, bounds, rest, distinct)


def _allowed(text: str, type: DataType, domain: Domain) -> bool:
    if type.kind == "enum" and text not in type.labels:
        return False
    if domain.choices is not None and _as_copied(text, type) not in domain.choices:
        return False
    return text not in domain.excluded


def _as_copied(text: str, type: DataType) -> str:
    """pg_stats has booleans as t and f."""
    return {"t": "true", "f": "false"}.get(text, text) if type.base == "bool" else text


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _micros(text: str) -> float | None:
    """Of an ISO date or time; None for infinity and times before Christ."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return micros(moment.replace(tzinfo=None))
