"""Cities, countries and what goes with them: all columns of a row that say where take them from one place."""

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.plausible.asking import Ask, Maker, chosen, glued
from plimsoll.data.types.characters import DIGITS, Codes, random_digits, strings
from plimsoll.data.words import places

_SKEW: Final = 0.9  # Zipf's s of places
_HOUSES: Final = 199
_CAPITALS: Final = b"ABCDEFGHJKLMNPRSTUVWXY"


def of_place(field: str) -> Maker:
    """A field of the row's place: its city, its currency."""
    return partial(_field, field)


def street(ask: Ask) -> pl.Series:
    return glued(pl.Series(1 + ask.draw.ints(_HOUSES)).cast(pl.String), " ", ask.pick("streets"))


def postcode(ask: Ask) -> pl.Series:
    return _formed(ask, "postcode", ask.place)


def phone(ask: Ask) -> pl.Series:
    return _formed(ask, "phone", ask.draw)


def country_code(ask: Ask) -> pl.Series:
    return _field("code3" if ask.room == 3 else "code", ask)


def _field(field: str, ask: Ask) -> pl.Series:
    return chosen(_values(field), _at(ask))


def _at(ask: Ask) -> Numbers:
    return ask.place.zipf(len(places()), _SKEW, "place")


def _formed(ask: Ask, field: str, draw: Draw) -> pl.Series:
    """Patterns with their digits and letters drawn."""
    made = _forms(field)[_at(ask)]
    for mark, alphabet in ((b"#", DIGITS), (b"@", _CAPITALS)):
        drawn = random_digits(draw.sub(f"{field} {mark.decode()}"), alphabet, made.shape[1])
        made = np.where(made == mark[0], drawn, made)
    return strings(made).str.strip_chars_end(" ")


@cache
def _values(field: str) -> pl.Series:
    return pl.Series([getattr(place, field) for place in places()], dtype=pl.String)


@cache
def _forms(field: str) -> Codes:
    """The patterns' characters, a row each, filled up with blanks."""
    texts = [getattr(place, field) for place in places()]
    width = max(map(len, texts))
    return np.array([list(text.ljust(width).encode()) for text in texts], dtype=np.uint8)
