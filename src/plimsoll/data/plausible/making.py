"""From a meaning to a generator of such values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import DataType
from plimsoll.data.distributions import sample
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context, Draw, Generator
from plimsoll.data.meaning import Meaning
from plimsoll.data.plan import Distribution
from plimsoll.data.plausible.text import sentences, titles
from plimsoll.data.sources import fitted
from plimsoll.data.types.numbered import base36, width_for
from plimsoll.data.words import names

Maker = Callable[[Draw, Context], pl.Series]
_SKEW: Final = 0.8  # Zipf's s of names, cities and browsers
_HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$c2VlZGVkIHNhbHQ$4TKQ0nXJ6mWqW5YVb1k6iRz0m0rJr8h5mXb3cG9lYpE"


@dataclass(frozen=True, slots=True)
class Made:
    """Texts by a maker; different ones where `unique` says for how many rows."""

    meaning: Meaning
    context: Context
    unique: int | None
    capacity: int | None = None

    def values(self, draw: Draw) -> pl.Series:
        made = _MAKERS[self.meaning][0](draw, self.context)
        if self.unique is None:
            return made
        number = base36(draw.n, width_for(self.unique))
        return _JOINED.get(self.meaning, _appended)(made, number)


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers by a distribution, as the type keeps them."""

    distribution: Distribution
    type: DataType
    domain: Domain
    capacity: int | None = None

    def values(self, draw: Draw) -> pl.Series:
        return fitted(sample(self.distribution, draw), self.type, self.domain)


@dataclass(frozen=True, slots=True)
class Flags:
    """Mostly true."""

    share: float
    capacity: int | None = 2

    def values(self, draw: Draw) -> pl.Series:
        return pl.Series(draw.floats() < self.share)


def plausible(
    meaning: Meaning, type: DataType, domain: Domain, context: Context, *, unique: bool, rows: int
) -> Generator | None:
    """None where no such value fits the type, the length or the domain: the type alone must do."""
    if domain.choices is not None or domain.patterns or domain.is_null:
        return None
    if meaning in _FIGURES and not unique:
        return Figures(_FIGURES[meaning], type, domain)
    if meaning is Meaning.FLAG and not unique:
        return Flags(0.8)
    if meaning not in _MAKERS or domain.upper_case or (domain.lower_case and meaning not in _LOWER):
        return None
    longest = _MAKERS[meaning][1] + (1 + width_for(rows) if unique else 0)
    limits = [limit for limit in (type.length, domain.length_max) if limit is not None]
    if any(limit < longest for limit in limits) or (domain.length_min or 0) > _MAKERS[meaning][2]:
        return None
    if unique and meaning in _FEW:
        return None
    return Made(meaning, context, max(rows, 1) if unique else None)


def _pick(kind: str, draw: Draw, use: str = "", skew: float = _SKEW) -> pl.Series:
    known = names(kind)
    return pl.Series(known, dtype=pl.String).gather(
        pl.Series(draw.zipf(len(known), skew, f"{kind}{use}").astype(np.uint32))
    )


def _joined(*parts: pl.Series | str) -> pl.Series:
    return pl.select(pl.concat_str([pl.lit(part) for part in parts])).to_series()


def _appended(made: pl.Series, number: pl.Series) -> pl.Series:
    return _joined(made, " ", number)


def _hyphened(made: pl.Series, number: pl.Series) -> pl.Series:
    return _joined(made, "-", number)


def _before_at(made: pl.Series, number: pl.Series) -> pl.Series:
    name = made.str.split("@").list.get(0)
    return _joined(name, ".", number, "@", made.str.split("@").list.get(1))


def _digits(draw: Draw, count: int, use: str = "") -> pl.Series:
    return pl.Series(draw.ints(10**count, f"digits{use}")).cast(pl.String).str.zfill(count)


def _hex(draw: Draw, digits: int) -> pl.Series:
    words = [draw.ints(2**53, f"hex{word}") for word in range(-(-digits // 13))]
    rows = zip(*(word.tolist() for word in words), strict=True)
    return pl.Series(["".join(f"{part:013x}" for part in row)[:digits] for row in rows], dtype=pl.String)


def _text(least: int, most: int, make: Callable[[str, "np.typing.NDArray[np.int64]", Draw], pl.Series]) -> Maker:
    def made(draw: Draw, context: Context) -> pl.Series:
        return make(context.locale[0], least + draw.ints(most - least + 1, "words"), draw)

    return made


def _email(draw: Draw, _: Context) -> pl.Series:
    domains = pl.Series(["example.org", "example.com", "example.net"]).gather(pl.Series(draw.ints(3).astype(np.uint32)))
    return _joined(_pick("given", draw), ".", _pick("surnames", draw), "@", domains)


def _full_name(draw: Draw, _: Context) -> pl.Series:
    return _joined(_titled(_pick("given", draw)), " ", _titled(_pick("surnames", draw)))


def _titled(series: pl.Series) -> pl.Series:
    return series.str.to_titlecase()


def _ip(draw: Draw, _: Context) -> pl.Series:
    parts = [pl.Series(draw.ints(size, use)).cast(pl.String) for size, use in ((256, "b"), (256, "c"), (254, "d"))]
    return _joined("10.", parts[0], ".", parts[1], ".", parts[2])


def _company(draw: Draw, _: Context) -> pl.Series:
    return _joined(_pick("company_heads", draw), " ", _pick("company_tails", draw))


def _slug(draw: Draw, _: Context) -> pl.Series:
    return _joined(_pick("company_heads", draw).str.to_lowercase(), "-", _pick("colours", draw, skew=0.2))


def _street(draw: Draw, _: Context) -> pl.Series:
    return _joined(pl.Series(1 + draw.ints(199)).cast(pl.String), " ", _pick("streets", draw))


def _file_name(draw: Draw, _: Context) -> pl.Series:
    return _joined(_pick("colours", draw), "-", _digits(draw, 3), ".", _pick("endings", draw))


def _version(draw: Draw, _: Context) -> pl.Series:
    return _joined(_digits(draw, 1), ".", _digits(draw, 1, "b"), ".", _digits(draw, 1, "c"))


# How it is made, its greatest length and its least.
_MAKERS: Final[Mapping[Meaning, tuple[Maker, int, int]]] = {
    Meaning.EMAIL: (_email, 36, 15),
    Meaning.USERNAME: (lambda draw, _: _joined(_pick("given", draw), _digits(draw, 2)), 16, 4),
    Meaning.FIRST_NAME: (lambda draw, _: _titled(_pick("given", draw)), 12, 2),
    Meaning.LAST_NAME: (lambda draw, _: _titled(_pick("surnames", draw)), 12, 2),
    Meaning.FULL_NAME: (_full_name, 26, 5),
    Meaning.COMPANY: (_company, 20, 8),
    Meaning.PHONE: (lambda draw, _: _joined("+1 555 01", _digits(draw, 2), " ", _digits(draw, 3, "b")), 15, 15),
    Meaning.STREET: (_street, 20, 8),
    Meaning.CITY: (lambda draw, _: _pick("cities", draw), 12, 4),
    Meaning.COUNTRY: (lambda draw, _: _pick("countries", draw), 14, 5),
    Meaning.COUNTRY_CODE: (lambda draw, _: _pick("country_codes", draw), 2, 2),
    Meaning.POSTCODE: (lambda draw, _: _digits(draw, 5), 5, 5),
    Meaning.URL: (lambda draw, context: _joined("https://www.example.com/", _slug(draw, context)), 42, 24),
    Meaning.SLUG: (_slug, 16, 6),
    Meaning.IP: (_ip, 14, 8),
    Meaning.USER_AGENT: (lambda draw, _: _pick("agents", draw), 120, 60),
    Meaning.LANGUAGE: (lambda draw, _: _pick("languages", draw, skew=1.0), 2, 2),
    Meaning.CURRENCY: (lambda draw, _: _pick("currencies", draw, skew=1.0), 3, 3),
    Meaning.TIME_ZONE: (lambda draw, _: _pick("zones", draw), 20, 3),
    Meaning.TITLE: (_text(2, 6, titles), 90, 4),
    Meaning.SENTENCE: (_text(6, 18, sentences), 240, 12),
    Meaning.PARAGRAPH: (_text(20, 120, sentences), 1500, 40),
    Meaning.FILE_NAME: (_file_name, 18, 8),
    Meaning.MIME_TYPE: (lambda draw, _: _pick("mime_types", draw), 18, 8),
    Meaning.SHA256: (lambda draw, _: _hex(draw, 64), 64, 64),
    Meaning.MD5: (lambda draw, _: _hex(draw, 32), 32, 32),
    Meaning.PASSWORD_HASH: (lambda draw, _: pl.Series([_HASH] * len(draw.n), dtype=pl.String), len(_HASH), 60),
    Meaning.TOKEN: (lambda draw, _: _hex(draw, 32), 32, 32),
    Meaning.COLOUR: (lambda draw, _: _pick("colours", draw), 6, 3),
    Meaning.VERSION: (_version, 5, 5),
    Meaning.JOB_TITLE: (lambda draw, _: _pick("jobs", draw), 10, 5),
}  # fmt: skip
_JOINED: Final[Mapping[Meaning, Callable[[pl.Series, pl.Series], pl.Series]]] = {
    Meaning.EMAIL: _before_at,
    **dict.fromkeys((Meaning.USERNAME, Meaning.SLUG, Meaning.URL, Meaning.FILE_NAME, Meaning.TOKEN), _hyphened),
}
_LOWER: Final = frozenset(
    {Meaning.EMAIL, Meaning.USERNAME, Meaning.SLUG, Meaning.URL, Meaning.SHA256, Meaning.MD5, Meaning.TOKEN}
)
_FEW: Final = frozenset(
    {Meaning.COUNTRY, Meaning.COUNTRY_CODE, Meaning.LANGUAGE, Meaning.CURRENCY, Meaning.TIME_ZONE, Meaning.MIME_TYPE}
    | {Meaning.COLOUR, Meaning.POSTCODE, Meaning.PHONE, Meaning.IP, Meaning.SHA256, Meaning.MD5, Meaning.VERSION}
    | {Meaning.USER_AGENT, Meaning.PASSWORD_HASH}
)
_FIGURES: Final[Mapping[Meaning, Distribution]] = {
    Meaning.LATITUDE: Distribution("normal", {"mean": 45.0, "sd": 12.0}, -85, 85),
    Meaning.LONGITUDE: Distribution("uniform", {"low": -120.0, "high": 150.0}),
    Meaning.MONEY: Distribution("lognormal", {"median": 40.0, "sigma": 1.2}, 0, 1e7),
    Meaning.QUANTITY: Distribution("lognormal", {"median": 3.0, "sigma": 0.9}, 0, 1000),
    Meaning.PERCENTAGE: Distribution("normal", {"mean": 60.0, "sd": 25.0}, 0, 100),
    Meaning.RATING: Distribution("normal", {"mean": 4.0, "sd": 1.0}, 1, 5),
    Meaning.YEAR: Distribution("normal", {"mean": 2015.0, "sd": 8.0}, 1970, 2026),
    Meaning.COUNT: Distribution("lognormal", {"median": 5.0, "sigma": 1.8}, 0, 1e6),
    Meaning.BYTES: Distribution("lognormal", {"median": 40_000.0, "sigma": 1.8}, 0, 1e9),
}
