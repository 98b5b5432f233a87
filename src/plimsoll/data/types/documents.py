"""JSON, XML and their kin: small, with a few usual keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from plimsoll.core.distribution import key, permutation
from plimsoll.data.domain import Unsatisfiable
from plimsoll.data.drawing import Draw, Generator, Numbers
from plimsoll.data.types.choosing import Choices
from plimsoll.data.types.literals import filled
from plimsoll.data.types.texts import WORDS
from plimsoll.data.types.wanted import Wanted

# Where a word and two numbers go: {w}, {v}, {n}. The first number is the row's own if rows must differ.
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "object": (
        '{"source": "{w}", "version": {n}}',
        '{"tags": ["{w}", "{v}"], "score": {n}}',
        '{"enabled": true, "label": "{w}", "limit": {n}}',
        '{"name": "{w}", "count": {n}, "settings": {"theme": "{v}"}}',
    ),
    "array": ('["{w}", "{v}", {n}]', "[{n}]", '["{w}", {n}]'),
    "string": ('"{w} {n}"',),
    "number": ("{n}",),
    "xml": ('<item id="{n}"><name>{w}</name></item>', '<entry number="{n}">{w} {v}</entry>'),
    "hstore": ('"name"=>"{w}", "number"=>"{n}"', '"colour"=>"{w}", "place"=>"{v}", "number"=>"{n}"'),
    "ltree": ("top.{w}.{n}", "top.{w}.{v}.{n}"),
    "tsvector": ("'{w}':1 '{v}':2 '{n}':3", "'{w}':3 '{n}':5"),
    "tsquery": ("'{w}' & '{v}' & '{n}'", "'{w}' | '{n}'"),
    "jsonpath": ("$.{w}[{n}]", "$.{w}.{v}[{n}]"),
}
_FEW: Final[Mapping[str, tuple[str, ...]]] = {"boolean": ("true", "false"), "null": ("null",)}
_SMALL: Final = 1_000


@dataclass(frozen=True, slots=True)
class Forms:
    """Texts with words and a number in them."""

    forms: tuple[str, ...]
    different: int | None = None  # how many can be told apart, if rows must differ

    @property
    def capacity(self) -> int | None:
        return self.different

    def values(self, draw: Draw) -> pl.Series:
        form = draw.ints(len(self.forms), "form")
        words = pl.Series(WORDS, dtype=pl.String)
        parts = {
            "{w}": words.gather(pl.Series(draw.ints(len(WORDS), "word"))),
            "{v}": words.gather(pl.Series(draw.ints(len(WORDS), "other word"))),
            "{n}": pl.Series(self._numbers(draw)).cast(pl.String),
        }
        made = [filled(text, parts) for text in self.forms]
        return pl.select(_choose(form, made)).to_series()

    def _numbers(self, draw: Draw) -> Numbers:
        if self.different is None:
            return draw.ints(_SMALL, "number")
        return permutation(key(draw.key, "number"), draw.n, self.different)


def json_documents(wanted: Wanted) -> Generator:
    """Objects unless something else is demanded."""
    kind = wanted.domain.json_type or "object"
    if kind in _FEW:
        return Choices(pl.Series(_FEW[kind], dtype=pl.String), wanted.unique)
    if kind not in ("object", "array", "string", "number"):
        raise Unsatisfiable(f"there is no JSON of type {kind!r}")
    return Forms(_FORMS[kind], _different(wanted))


def documents(wanted: Wanted) -> Generator:
    """xml, hstore, ltree, tsvector, tsquery, jsonpath."""
    return Forms(_FORMS[wanted.type.base], _different(wanted))


def _different(wanted: Wanted) -> int | None:
    return max(_SMALL**2, 10 * wanted.rows) if wanted.unique else None


def _choose(form: Numbers, made: list[pl.Expr]) -> pl.Expr:
    chosen = made[-1]
    for number, text in enumerate(made[:-1]):
        chosen = pl.when(pl.lit(pl.Series(form == number))).then(text).otherwise(chosen)
    return chosen
