"""Numbers and flags as they are found in life."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import DataType
from plimsoll.data.checks import admits
from plimsoll.data.distributions import sample
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Draw, Floats, Generator
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.meaning.naming import TEXT
from plimsoll.data.plan.values import Distribution
from plimsoll.data.rows.sources import INTEGERS, fitted
from plimsoll.data.types.choosing import Choices

_TRUE: Final[Mapping[Meaning, float]] = {Meaning.FLAG: 0.8, Meaning.ANY_FLAG: 0.3, Meaning.RARE_FLAG: 0.04}
_BY_DEFAULT: Final = 0.9  # of flags
_ENDINGS: Final = np.array([0.99, 0.95, 0.0, 0.5, 0.9, 0.49])  # of prices, the commonest first
_EXACT_SHARE: Final = 0.25  # of prices that end as they like: sums, taxes
_NEAR_SHARE: Final = 0.8
_DECIMALS: Final = 3  # of scores and shares
_COARSE: Final = 2  # of prices and measures
_FINE: Final = 6  # of positions and rates of exchange
_FINELY: Final = frozenset({Meaning.LATITUDE, Meaning.LONGITUDE, Meaning.EXCHANGE_RATE})
_WHOLE_DIGITS: Final = 2  # a numeric that has fewer before its point holds shares of 1 rather than of 100

# From what to what figures of a scale are, where nothing says otherwise.
_SCALES: Final[Mapping[Meaning, tuple[float, float]]] = {
    Meaning.PERCENTAGE: (0, 100),
    Meaning.SCORE: (0, 100),
    Meaning.SHARE: (0, 1),
    Meaning.RATING: (1, 5),
    Meaning.LEVEL: (1, 5),
    Meaning.OPTION: (0, 4),
    Meaning.MONTH: (1, 12),
    Meaning.DAY: (1, 28),
    Meaning.QUARTER: (1, 4),
    Meaning.WEEKDAY_NUMBER: (0, 6),
    Meaning.WEEK: (1, 52),
    Meaning.HOUR: (0, 23),
    Meaning.MINUTE: (0, 59),
}
_HIGH: Final = (0.82, 0.15)  # mean and deviation on a scale from 0 to 1: scores and ratings are mostly good
_ALONG: Final[Mapping[Meaning, tuple[float, float]]] = {
    Meaning.PERCENTAGE: (0.4, 0.3), Meaning.LEVEL: (0.35, 0.25), Meaning.OPTION: (0.2, 0.3),
    Meaning.MONTH: (0.5, 0.4), Meaning.DAY: (0.5, 0.4), Meaning.QUARTER: (0.5, 0.5),
    Meaning.WEEKDAY_NUMBER: (0.4, 0.35), Meaning.WEEK: (0.5, 0.4), Meaning.HOUR: (0.58, 0.2),
    Meaning.MINUTE: (0.5, 0.4),
}  # fmt: skip
_FIGURES: Final[Mapping[Meaning, Distribution]] = {
    Meaning.LATITUDE: Distribution("normal", {"mean": 45.0, "sd": 12.0}, -85, 85),
    Meaning.LONGITUDE: Distribution("uniform", {"low": -120.0, "high": 150.0}),
    Meaning.MONEY: Distribution("lognormal", {"median": 40.0, "sigma": 1.2}, 0, 1e7),
    Meaning.QUANTITY: Distribution("lognormal", {"median": 2.0, "sigma": 0.9}, 1, 1000),
    Meaning.YEAR: Distribution("normal", {"mean": 2015.0, "sd": 8.0}, 1970, 2026),
    Meaning.COUNT: Distribution("lognormal", {"median": 3.0, "sigma": 1.3}, 0, 10_000),
    Meaning.VIEWS: Distribution("lognormal", {"median": 60.0, "sigma": 1.8}, 0, 1e7),
    Meaning.REPEATS: Distribution("negative-binomial", {"mean": 0.4, "r": 0.6}, 0, 20),
    Meaning.BYTES: Distribution("lognormal", {"median": 40_000.0, "sigma": 1.8}, 1, 1e9),
    Meaning.DURATION: Distribution("lognormal", {"median": 90.0, "sigma": 1.2}, 1, 1e6),
    Meaning.POSITION: Distribution("exponential", {"mean": 6.0}, 0, 1000),
    Meaning.AGE: Distribution("normal", {"mean": 41.0, "sd": 15.0}, 18, 95),
    Meaning.BODY_HEIGHT: Distribution("normal", {"mean": 170.0, "sd": 9.0}, 150, 200),
    Meaning.BODY_WEIGHT: Distribution("normal", {"mean": 75.0, "sd": 14.0}, 45, 120),
    Meaning.CAPACITY: Distribution("lognormal", {"median": 40.0, "sigma": 1.0}, 1, 5_000),
    Meaning.FEW: Distribution("lognormal", {"median": 2.0, "sigma": 0.45}, 0, 12),
    Meaning.FLOOR: Distribution("exponential", {"mean": 2.5}, 0, 40),
    Meaning.ROOM: Distribution("uniform", {"low": 101.0, "high": 520.0}),
    Meaning.WEIGHT: Distribution("lognormal", {"median": 2.5, "sigma": 1.2}, 0.01, 2_000),
    Meaning.EXTENT: Distribution("lognormal", {"median": 30.0, "sigma": 0.7}, 1, 1_000),
    Meaning.VOLUME: Distribution("lognormal", {"median": 12.0, "sigma": 1.0}, 0.1, 10_000),
    Meaning.TEMPERATURE: Distribution("normal", {"mean": 18.0, "sd": 8.0}, -25, 45),
    Meaning.DISTANCE: Distribution("lognormal", {"median": 12.0, "sigma": 1.2}, 0.1, 20_000),
    Meaning.SPEED: Distribution("normal", {"mean": 55.0, "sd": 25.0}, 0, 180),
    Meaning.EXCHANGE_RATE: Distribution("lognormal", {"median": 1.1, "sigma": 0.35}, 0.05, 200),
}
# The usual ones, the commonest first.
_USUAL: Final[Mapping[Meaning, tuple[int, ...]]] = {
    Meaning.PORT: (443, 5432, 80, 8080, 6379, 22, 3306, 3000, 9200, 5672),
    Meaning.HTTP_STATUS: (200, 201, 404, 302, 304, 401, 500, 204, 403, 422, 400, 503),
    Meaning.PIXELS: (1920, 1280, 1080, 800, 720, 640, 1024, 600, 480, 256),
    Meaning.TIMEOUT: (30, 60, 300, 10, 3600, 15, 120, 900),
    Meaning.PAGE_SIZE: (100, 20, 50, 1000, 10, 25, 500, 200),
    Meaning.TAX_RATE: (19, 20, 7, 21, 10, 25, 0),
    Meaning.TRIES_MAX: (3, 5, 10, 25, 1),
    Meaning.DISCOUNT_RATE: (0, 10, 5, 20, 15, 25, 50, 30),
}
_USUAL_SKEW: Final = 1.0
_CARD_YEARS: Final = 5  # until a card expires


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers by a distribution, as the type keeps them; prices end as prices do."""

    distribution: Distribution
    type: DataType
    domain: Domain
    prices: bool = False
    decimals: int = 9
    capacity: int | None = None

    def values(self, draw: Draw) -> pl.Series:
        drawn = np.round(sample(self.distribution, draw), self.decimals)
        return fitted(_priced(drawn, draw) if self.prices else drawn, self.type, self.domain)


@dataclass(frozen=True, slots=True)
class Flags:
    """True in a share of the rows."""

    share: float
    capacity: int | None = 2

    def values(self, draw: Draw) -> pl.Series:
        return pl.Series(draw.floats() < self.share)


def figures(
    meaning: Meaning, type: DataType, domain: Domain, now: datetime, default: str | None = None
) -> Generator | None:
    """None for what is no number, and where the domain has little to do with numbers of that kind."""
    if meaning in _TRUE:
        return Flags(_true_share(meaning, default))
    if type.base in TEXT:
        return None
    usual = _usual(meaning, now)
    if usual:
        return _listed(usual, type, domain)
    if meaning in _SCALES:
        scale = _scaled(meaning, type, domain)
        if domain.excluded:
            return _but_excluded(scale, type, domain)
        return Figures(scale, type, domain, decimals=_DECIMALS)
    if meaning not in _FIGURES or domain.excluded:
        return None
    distribution, whole = _FIGURES[meaning], type.base in INTEGERS
    if meaning is Meaning.MONEY and whole:
        distribution = Distribution("lognormal", {"median": 4_000.0, "sigma": 1.2}, 0, 1e9)  # cents
    fits = _fits(distribution, domain, type)
    prices, decimals = meaning is Meaning.MONEY and not whole, _FINE if meaning in _FINELY else _COARSE
    return Figures(distribution, type, domain, prices, decimals) if fits else None


def _true_share(meaning: Meaning, default: str | None) -> float:
    """A flag is mostly what it is by default."""
    known = _TRUE[meaning]
    if default is None:
        return known
    return max(known, _BY_DEFAULT) if default in ("true", "t") else min(known, 1 - _BY_DEFAULT)


def _usual(meaning: Meaning, now: datetime) -> tuple[int, ...]:
    years = range(now.year + 1, now.year + _CARD_YEARS)
    return tuple(years) if meaning is Meaning.CARD_YEAR else _USUAL.get(meaning, ())


def _listed(usual: tuple[int, ...], type: DataType, domain: Domain) -> Generator | None:
    """Those of the usual numbers that may be there; None where most may not."""
    numbers = np.array(usual, dtype=np.float64)
    if type.precision is not None and type.precision - (type.scale or 0) < _WHOLE_DIGITS:
        numbers /= 100
    kept = fitted(numbers, type, domain)
    fits = [str(one) not in domain.excluded and one == number for one, number in zip(kept, numbers, strict=True)]
    return Choices(kept.filter(fits), skew=_USUAL_SKEW) if sum(fits) > len(fits) * _NEAR_SHARE / 2 else None


def _scaled(meaning: Meaning, type: DataType, domain: Domain) -> Distribution:
    """Normal on the scale that the checks state, else on the usual one."""
    low, high = _SCALES[meaning]
    whole = None if type.precision is None else type.precision - (type.scale or 0)
    if whole is not None and high >= 10**whole:
        high = 1.0 if whole < _WHOLE_DIGITS else 10.0**whole - 1
    low = low if domain.low is None else float(domain.low.value)  # type: ignore[arg-type]  # of a number
    high = high if domain.high is None else float(domain.high.value)  # type: ignore[arg-type]  # of a number
    if high <= low:
        high = low + 1
    mean, deviation = _ALONG.get(meaning, _HIGH)
    width = high - low
    return Distribution("normal", {"mean": low + mean * width, "sd": deviation * width}, low, high)


def _but_excluded(scale: Distribution, type: DataType, domain: Domain) -> Generator | None:
    """Whole numbers of a scale without those that are excluded."""
    assert scale.low is not None
    assert scale.high is not None
    numbers = [n for n in range(ceil(scale.low), int(scale.high) + 1) if admits(domain, str(n))]
    return Choices(pl.Series(numbers), skew=_USUAL_SKEW) if numbers and type.base in INTEGERS else None


def _fits(distribution: Distribution, domain: Domain, type: DataType) -> bool:
    """Whether most of what would be drawn is within the domain and the type, so that clipping it changes little."""
    drawn = sample(distribution, Draw(0, np.arange(1_000)))
    kept = fitted(drawn, type, replace(domain, excluded=frozenset())).cast(pl.Float64).to_numpy()
    near = np.abs(kept - drawn) <= 0.5 + 0.01 * np.abs(drawn)
    return bool(near.mean() > _NEAR_SHARE)


def _priced(numbers: Floats, draw: Draw) -> Floats:
    ending = _ENDINGS[draw.zipf(len(_ENDINGS), 1.0, "ending")]
    ends_freely = draw.floats("exact") < _EXACT_SHARE
    priced: Floats = np.where(ends_freely, numbers, np.floor(numbers) + ending)
    return priced
