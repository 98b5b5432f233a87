"""Texts by their meaning, within what the column allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import polars as pl

from plimsoll.data.drawing import Context, Draw
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible.asking import Ask, Maker, chosen, glued

Join = Callable[[pl.Series, pl.Series], pl.Series]


@dataclass(frozen=True, slots=True)
class Made:
    """Texts by a maker, cut to `room` characters; with a number where those of `unique` rows must differ."""

    meaning: Meaning
    maker: Maker
    context: Context
    room: int | None = None
    unique: int | None = None
    lower: bool = False
    upper: bool = False
    capacity: int | None = None

    def values(self, draw: Draw) -> pl.Series:
        return self.agreeing(draw, draw)

    def agreeing(
        self, draw: Draw, place: Draw, beside: Mapping[Meaning, pl.Series] = MappingProxyType({})
    ) -> pl.Series:
        """`place` and `beside` as for the makers."""
        texts = self.maker(Ask(draw, place, self.context, self._room, beside))
        if self._room is not None:
            texts = texts.str.head(self._room).str.strip_chars_end(" -.,")
        if self.unique is not None:
            texts = _JOINED.get(self.meaning, _spaced)(texts, pl.Series(draw.n + 1).cast(pl.String))
        texts = texts.str.to_lowercase() if self.lower else texts
        return texts.str.to_uppercase() if self.upper else texts

    @property
    def _room(self) -> int | None:
        return None if self.room is None else self.room - numbers_width(self.unique)


@dataclass(frozen=True, slots=True)
class InTurn:
    """Each of a list once, shuffled by nothing: a table of countries has them as they come."""

    texts: tuple[str, ...]

    @property
    def capacity(self) -> int | None:
        return len(self.texts)

    def values(self, draw: Draw) -> pl.Series:
        return chosen(pl.Series(self.texts, dtype=pl.String), draw.n % len(self.texts))


def numbers_width(rows: int | None) -> int:
    """Characters of what tells so many rows apart."""
    return 0 if rows is None else len(str(rows)) + 1


def _spaced(made: pl.Series, number: pl.Series) -> pl.Series:
    return glued(made, " ", number)


def _hyphened(made: pl.Series, number: pl.Series) -> pl.Series:
    return glued(made, "-", number)


def _direct(made: pl.Series, number: pl.Series) -> pl.Series:
    """What a name ended in is dropped if it was a digit, so that different numbers stay different."""
    return glued(made.str.strip_chars_end("0123456789."), number)


def _before_at(made: pl.Series, number: pl.Series) -> pl.Series:
    parts = made.str.split_exact("@", 1).struct.unnest()
    return glued(_direct(parts.to_series(0), number), "@", parts.to_series(1))


def _before_dot(made: pl.Series, number: pl.Series) -> pl.Series:
    return glued(made.str.replace(r"\.[a-z0-9]+$", ""), "-", number, made.str.extract(r"(\.[a-z0-9]+)$").fill_null(""))


_JOINED: Final[Mapping[Meaning, Join]] = {
    Meaning.EMAIL: _before_at,
    Meaning.USERNAME: _direct,
    Meaning.FILE_NAME: _before_dot,
    Meaning.DOMAIN_NAME: _before_dot,
    **dict.fromkeys((Meaning.SLUG, Meaning.URL, Meaning.CODE, Meaning.TAG), _hyphened),
}
