"""Names of people and how to write to them; a row's e-mail, user name and full name agree."""

from typing import Final

import polars as pl

from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible.asking import Ask, glued, or_else, plain, where

_PARTS: Final = frozenset({Meaning.FIRST_NAME, Meaning.LAST_NAME})
_NAMES: Final = _PARTS | {Meaning.FULL_NAME}
_DOTTED_SHARE: Final = 0.5
HOST_MAX: Final = 18  # characters of a mail host, with the @


def first_name(ask: Ask) -> pl.Series:
    return ask.pick("given")


def last_name(ask: Ask) -> pl.Series:
    return ask.pick("surnames")


def full_name(ask: Ask) -> pl.Series:
    """First and last name of the row, where it has them."""
    return glued(_first(ask), " ", _last(ask))


def username(ask: Ask) -> pl.Series:
    """As the name is: anna.smith, annasmith42."""
    name = _dotted(ask)
    joined = glued(name.str.replace_all(".", "", literal=True), ask.digits(2))
    return where(ask.draw.floats("form") < _DOTTED_SHARE, name, joined)


def email(ask: Ask) -> pl.Series:
    """Of the row's name or, where it has none, of its user name."""
    login = None if _NAMES & set(ask.beside) else ask.beside.get(Meaning.USERNAME)
    name = _dotted(ask) if login is None else or_else(plain(login, "."), lambda: _dotted(ask))
    if ask.room is not None:
        name = name.str.head(ask.room - HOST_MAX).str.strip_chars_end(".")
    return glued(name, "@", ask.pick("mail_hosts", skew=1.0))


def _dotted(ask: Ask) -> pl.Series:
    """anna.smith; what has no Latin letters is replaced by what has."""
    full = None if _PARTS & set(ask.beside) else ask.beside.get(Meaning.FULL_NAME)
    if full is not None:
        return or_else(plain(full, "."), lambda: _parts(ask))
    return _parts(ask)


def _parts(ask: Ask) -> pl.Series:
    first = or_else(plain(_first(ask), "."), lambda: plain(ask.pick("given"), "."))
    last = or_else(plain(_last(ask), "."), lambda: plain(ask.pick("surnames"), "."))
    return glued(first, ".", last)


def _first(ask: Ask) -> pl.Series:
    return or_else(ask.beside.get(Meaning.FIRST_NAME), lambda: ask.pick("given"))


def _last(ask: Ask) -> pl.Series:
    return or_else(ask.beside.get(Meaning.LAST_NAME), lambda: ask.pick("surnames"))
