"""Numbers and flags as they are found in life."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import DataType
from plimsoll.data.distributions import sample
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Draw, Floats, Generator
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plan.values import Distribution
from plimsoll.data.rows.sources import INTEGERS, fitted

_TRUE: Final[Mapping[Meaning, float]] = {Meaning.FLAG: 0.8, Meaning.ANY_FLAG: 0.3, Meaning.RARE_FLAG: 0.04}
_ENDINGS: Final = np.array([0.99, 0.95, 0.0, 0.5, 0.9, 0.49])  # of prices, the commonest first
_EXACT_SHARE: Final = 0.25  # of prices that end as they like: sums, taxes
_NEAR_SHARE: Final = 0.8
_DECIMALS: Final = 3  # of scores and shares
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
}
_HIGH: Final = (0.82, 0.15)  # mean and deviation on a scale from 0 to 1: scores and ratings are mostly good
_ALONG: Final[Mapping[Meaning, tuple[float, float]]] = {
    Meaning.PERCENTAGE: (0.4, 0.3), Meaning.LEVEL: (0.35, 0.25), Meaning.OPTION: (0.2, 0.3),
    Meaning.MONTH: (0.5, 0.4), Meaning.DAY: (0.5, 0.4),
}  # fmt: skip
_FIGURES: Final[Mapping[Meaning, Distribution]] = {
    Meaning.LATITUDE: Distribution("normal", {"mean": 45.0, "sd": 12.0}, -85, 85),
    Meaning.LONGITUDE: Distribution("uniform", {"low": -120.0, "high": 150.0}),
    Meaning.MONEY: Distribution("lognormal", {"median": 40.0, "sigma": 1.2}, 0, 1e7),
    Meaning.QUANTITY: Distribution("lognormal", {"median": 2.0, "sigma": 0.9}, 1, 1000),
    Meaning.YEAR: Distribution("normal", {"mean": 2015.0, "sd": 8.0}, 1970, 2026),
    Meaning.COUNT: Distribution("lognormal", {"median": 5.0, "sigma": 1.8}, 0, 1e6),
    Meaning.REPEATS: Distribution("negative-binomial", {"mean": 0.4, "r": 0.6}, 0, 20),
    Meaning.BYTES: Distribution("lognormal", {"median": 40_000.0, "sigma": 1.8}, 1, 1e9),
    Meaning.DURATION: Distribution("lognormal", {"median": 90.0, "sigma": 1.2}, 1, 1e6),
    Meaning.POSITION: Distribution("exponential", {"mean": 6.0}, 0, 1000),
}


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


def figures(meaning: Meaning, type: DataType, domain: Domain) -> Generator | None:
    """None for what is no number, and where the domain has little to do with numbers of that kind."""
    if meaning in _TRUE:
        return Flags(_TRUE[meaning])
    if meaning in _SCALES:
        return Figures(_scaled(meaning, type, domain), type, domain, decimals=_DECIMALS)
    if meaning not in _FIGURES or domain.excluded:
        return None
    distribution, whole = _FIGURES[meaning], type.base in INTEGERS
    if meaning is Meaning.MONEY and whole:
        distribution = Distribution("lognormal", {"median": 4_000.0, "sigma": 1.2}, 0, 1e9)  # cents
    fits = _fits(distribution, domain, type)
    return Figures(distribution, type, domain, prices=meaning is Meaning.MONEY and not whole) if fits else None


def _scaled(meaning: Meaning, type: DataType, domain: Domain) -> Distribution:
    """Normal on the scale that the checks state, else on the usual one."""
    low, high = _SCALES[meaning]
    if type.precision is not None and type.precision - (type.scale or 0) < _WHOLE_DIGITS:
        high = min(high, 1.0)
    low = low if domain.low is None else float(domain.low.value)  # type: ignore[arg-type]  # of a number
    high = high if domain.high is None else float(domain.high.value)  # type: ignore[arg-type]  # of a number
    if high <= low:
        high = low + 1
    mean, deviation = _ALONG.get(meaning, _HIGH)
    width = high - low
    return Distribution("normal", {"mean": low + mean * width, "sd": deviation * width}, low, high)


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
