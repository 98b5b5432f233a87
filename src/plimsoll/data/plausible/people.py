"""Names of people and how to write to them; a row's e-mail, user name and full name agree."""

import polars as pl

from plimsoll.data.meaning import Meaning
from plimsoll.data.plausible.asking import Ask, glued, or_else, plain, where


def first_name(ask: Ask) -> pl.Series:
    return ask.pick("given")


def last_name(ask: Ask) -> pl.Series:
    return ask.pick("surnames")


def full_name(ask: Ask) -> pl.Series:
    """First and last name of the row, where it has them."""
    return glued(_first(ask), " ", _last(ask))


def username(ask: Ask) -> pl.Series:
    """As the name is: anna.smith, annasmith42."""
    name = plain(_name(ask), ".")
    joined = glued(name.str.replace_all(".", "", literal=True), ask.digits(2))
    return where(ask.draw.floats("form") < 0.5, name, joined)


def email(ask: Ask) -> pl.Series:
    return glued(mail_name(ask), "@", ask.pick("mail_hosts", skew=1.0))


def mail_name(ask: Ask) -> pl.Series:
    """What stands before the @."""
    if not {Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME} & set(ask.beside):
        known = ask.beside.get(Meaning.USERNAME)
        if known is not None:
            return or_else(plain(known, "."), lambda: plain(_drawn(ask), "."))
    return or_else(plain(_name(ask), "."), lambda: plain(_drawn(ask), "."))


def _name(ask: Ask) -> pl.Series:
    if {Meaning.FIRST_NAME, Meaning.LAST_NAME} & set(ask.beside):
        return glued(_first(ask), " ", _last(ask))
    return or_else(ask.beside.get(Meaning.FULL_NAME), lambda: _drawn(ask))


def _first(ask: Ask) -> pl.Series:
    return or_else(ask.beside.get(Meaning.FIRST_NAME), lambda: ask.pick("given"))


def _last(ask: Ask) -> pl.Series:
    return or_else(ask.beside.get(Meaning.LAST_NAME), lambda: ask.pick("surnames"))


def _drawn(ask: Ask) -> pl.Series:
    return glued(ask.pick("given"), " ", ask.pick("surnames"))
