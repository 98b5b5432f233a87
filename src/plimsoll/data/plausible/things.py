"""Addresses of the net, files, hashes and codes."""

from functools import partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible.asking import Ask, Maker, chosen, glued, listed, or_else, plain
from plimsoll.data.types.characters import DIGITS, HEX, LOWER, random_digits, strings
from plimsoll.data.types.uuids import Uuids

_HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$c2VlZGVkIHNhbHQ$4TKQ0nXJ6mWqW5YVb1k6iRz0m0rJr8h5mXb3cG9lYpE"
NAMING: Final = (  # what a slug is made from, the first that the row has
    *(Meaning.TITLE, Meaning.LABEL, Meaning.PRODUCT, Meaning.TAG, Meaning.COMPANY, Meaning.CITY, Meaning.REGION),
    *(Meaning.COUNTRY, Meaning.FULL_NAME, Meaning.FILE_NAME),
)
_SLUG_MAX: Final = 60


def slug(ask: Ask) -> pl.Series:
    """Of the row's own title or name, where that has Latin letters."""
    own = next((ask.beside[meaning] for meaning in NAMING if meaning in ask.beside), None)
    made = None if own is None else plain(own, "-").str.head(_SLUG_MAX).str.strip_chars("-")
    return or_else(made, lambda: _any_slug(ask))


def url(ask: Ask) -> pl.Series:
    return glued("https://www.example.com/", _any_slug(ask))


def domain(ask: Ask) -> pl.Series:
    """Of the row's company, below a name kept for examples."""
    own = ask.beside.get(Meaning.COMPANY)
    made = None if own is None else plain(own, "-").str.head(_SLUG_MAX).str.strip_chars("-")
    return glued(or_else(made, lambda: _any_slug(ask)), ".example")


def ip(ask: Ask) -> pl.Series:
    """Private ones; some come far more often than others."""
    who = ask.draw.zipf(1 << 18, 0.6, "address")
    parts = [pl.Series(part).cast(pl.String) for part in (who >> 16, (who >> 8) & 255, who & 255)]
    return glued("10.", parts[0], ".", parts[1], ".", parts[2])


def file_name(ask: Ask) -> pl.Series:
    return glued(ask.pick("file_words"), "-", ask.digits(3), ".", ask.pick("endings"))


def mime_type(ask: Ask) -> pl.Series:
    """By the ending of the row's file name."""
    names = ask.beside.get(Meaning.FILE_NAME)
    if names is None:
        return ask.pick("mime_types")
    endings = names.str.extract(r"\.([a-z0-9]+)$")
    known = endings.replace_strict(listed("endings"), listed("mime_types"), default=None, return_dtype=pl.String)
    return or_else(known, lambda: ask.pick("mime_types"))


def version(ask: Ask) -> pl.Series:
    major, minor = (pl.Series(ask.draw.zipf(size, 1.0, use)).cast(pl.String) for size, use in ((9, "a"), (20, "b")))
    return glued(major, ".", minor, ".", pl.Series(ask.draw.zipf(30, 1.2, "c")).cast(pl.String))


def code(ask: Ask) -> pl.Series:
    """ABC-12345."""
    return glued(strings(random_digits(ask.draw.sub("letters"), LOWER.upper(), 3)), "-", _random(ask, DIGITS, 5))


def colour(ask: Ask) -> pl.Series:
    made = ask.pick("palette")
    return made if ask.room is None or ask.room > 6 else made.str.slice(1)


def password_hash(ask: Ask) -> pl.Series:
    """One for all, as nobody wants to reckon so many."""
    return pl.repeat(_HASH, len(ask.draw.n), dtype=pl.String, eager=True)


def identifier(ask: Ask) -> pl.Series:
    return Uuids().values(ask.draw)


def hexadecimal(digits: int) -> Maker:
    return partial(_random, alphabet=HEX, width=digits)


def _random(ask: Ask, alphabet: bytes, width: int) -> pl.Series:
    return strings(random_digits(ask.draw, alphabet, width))


def _any_slug(ask: Ask) -> pl.Series:
    heads = listed("company_heads").str.to_lowercase()
    kinds = listed("product_kinds").str.to_lowercase()
    first, second = (ask.draw.zipf(len(known), 0.4, use) for known, use in ((heads, "head"), (kinds, "kind")))
    return glued(chosen(heads, first), "-", chosen(kinds, second.astype(np.int64)))
