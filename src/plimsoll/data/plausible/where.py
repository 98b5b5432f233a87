"""Cities, countries and what goes with them: all columns of a row that say where take them from one place."""

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.plausible.asking import Ask, Maker, chosen, glued
from plimsoll.data.words import places

_SKEW: Final = 0.9  # Zipf's s of places
_HOUSES: Final = 199
_CAPITALS: Final = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXY"))


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
    """Patterns with their digits and letters drawn: a column for each character."""
    forms, at = _forms(field), _at(ask)
    letters = []
    for place in range(forms.shape[1]):
        form = forms[at, place]
        fixed = chosen(pl.Series([chr(code) if code else "" for code in range(128)]), form)
        digit = pl.Series(draw.ints(10, f"{field} {place}")).cast(pl.String)
        capital = chosen(_CAPITALS, draw.ints(len(_CAPITALS), f"{field} letter {place}"))
        made = pl.when(pl.Series(form == ord("#"))).then(digit).when(pl.Series(form == ord("@"))).then(capital)
        letters.append(pl.select(made.otherwise(fixed)).to_series())
    return glued(*letters)


@cache
def _values(field: str) -> pl.Series:
    return pl.Series([getattr(place, field) for place in places()], dtype=pl.String)


@cache
def _forms(field: str) -> Numbers:
    """The patterns' characters, a row each, filled up with zeros."""
    texts = [getattr(place, field) for place in places()]
    width = max(map(len, texts))
    return np.array([[ord(letter) for letter in text] + [0] * (width - len(text)) for text in texts], dtype=np.int64)
