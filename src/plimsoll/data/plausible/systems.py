"""What systems write of their work: paths, traces, positions; and what goes with a card or an account."""

from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible.asking import Ask, glued, listed, or_else
from plimsoll.data.plausible.things import file_name

_BRANDS: Final = {"4": "visa", "5": "mastercard", "3": "amex"}  # by a card's first digit
_CARD_YEARS: Final = 5  # until it expires
_LINES: Final = 400  # of a file
_BANKS: Final = pl.Series(["DE", "NL", "GB"])


def bic(ask: Ask) -> pl.Series:
    """Of the country of the row's account; a 0 in the eighth place is kept for tests."""
    own = ask.beside.get(Meaning.IBAN)
    country = or_else(None if own is None else own.str.head(2), lambda: _BANKS.gather(ask.draw.zipf(3, 0.7, "bank")))
    return glued("TEST", country, "M0")


def last4(ask: Ask) -> pl.Series:
    own = ask.beside.get(Meaning.CARD_NUMBER)
    return or_else(None if own is None else own.str.tail(4), lambda: ask.digits(4))


def card_brand(ask: Ask) -> pl.Series:
    """By the row's card number."""
    own = ask.beside.get(Meaning.CARD_NUMBER)
    known = None if own is None else own.str.head(1).replace_strict(_BRANDS, default=None, return_dtype=pl.String)
    brands = pl.Series(list(_BRANDS.values()))
    return or_else(known, lambda: brands.gather(ask.draw.zipf(len(brands), 0.9, "brand")))


def card_expiry(ask: Ask) -> pl.Series:
    """MM/YY, in some years."""
    month = pl.Series(1 + ask.draw.ints(12, "month")).cast(pl.String).str.zfill(2)
    year = pl.Series((ask.context.now.year + 1 + ask.draw.ints(_CARD_YEARS, "year")) % 100).cast(pl.String)
    return glued(month, "/", year.str.zfill(2))


def file_extension(ask: Ask) -> pl.Series:
    """Of the row's file."""
    names = ask.beside.get(Meaning.FILE_NAME)
    found = None if names is None else names.str.extract(r"\.([a-z0-9]+)$")
    return or_else(found, lambda: ask.pick("endings"))


def file_path(ask: Ask) -> pl.Series:
    """To the row's file, below two letters as stores spread them."""
    named = or_else(ask.beside.get(Meaning.FILE_NAME), lambda: file_name(ask))
    return glued(ask.pick("folders"), "/", ask.digits(2, "spread"), "/", named)


def endpoint(ask: Ask) -> pl.Series:
    things = ask.pick("endpoint_things")
    number = pl.Series(1 + ask.draw.zipf(10_000, 0.6, "id")).cast(pl.String)
    of_one = glued("/api/v1/", things, "/", number)
    one = pl.Series(ask.draw.floats("one") < 0.5)
    return pl.select(pl.when(one).then(of_one).otherwise(glued("/api/v1/", things))).to_series()


def stack_trace(ask: Ask) -> pl.Series:
    """Three lines: what went wrong, and where."""
    return glued(ask.pick("error"), "\n  at ", _line(ask, "inner"), "\n  at ", _line(ask, "outer"))


def coordinates(ask: Ask) -> pl.Series:
    north = np.round(ask.draw.floats("north") * 100 - 40, 5)
    east = np.round(ask.draw.floats("east") * 270 - 120, 5)
    return glued(pl.Series(north).cast(pl.String), ", ", pl.Series(east).cast(pl.String))


def _line(ask: Ask, use: str) -> pl.Series:
    return glued(ask.pick("trace_files", use), ":", pl.Series(1 + ask.draw.ints(_LINES, use)).cast(pl.String))


def words_of_kind(kind: str, longest: int | None) -> tuple[str, ...]:
    """Those of a list that have room, or of the list for less room."""
    for name in (kind, f"{kind}_short"):
        known = _listed(name)
        fits = tuple(word for word in known if longest is None or len(word) <= longest)
        if len(fits) * 2 > len(known) or name != kind:
            return fits
    return ()


def _listed(kind: str) -> list[str]:
    try:
        return listed(kind).to_list()
    except KeyError:
        return []
