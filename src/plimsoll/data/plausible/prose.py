"""Free text in the language of its row, as long as such texts are."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.distributions import sample
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plan.values import Distribution
from plimsoll.data.plausible.asking import Ask, Maker, glued
from plimsoll.data.plausible.text import sentences, titles

Write = Callable[[str, Numbers, Draw], pl.Series]
_TITLE: Final = Distribution("lognormal", {"median": 4.0, "sigma": 0.4}, 2, 8)  # words
_COMMENT: Final = Distribution("lognormal", {"median": 12.0, "sigma": 0.7}, 1, 200)
_BODY: Final = Distribution(
    "mixture",
    parts=(
        Distribution("lognormal", {"median": 45.0, "sigma": 0.9}, 3, 1_500),
        Distribution("lognormal", {"median": 600.0, "sigma": 0.6}, 50, 6_000),
    ),
    weights=(0.97, 0.03),
)
_WITHOUT_BLANKS: Final = ("ja", "zh")
_LETTERS: Final = 6  # of a word and the blank behind it


def title(ask: Ask) -> pl.Series:
    return _written(ask, _TITLE, titles)


def comment(ask: Ask) -> pl.Series:
    return _written(ask, _COMMENT, sentences)


def body(ask: Ask) -> pl.Series:
    return _written(ask, _BODY, sentences)


def label(ask: Ask) -> pl.Series:
    """A short name of a thing."""
    return glued(ask.pick("things", skew=0.5), " ", ask.pick("thing_kinds", skew=0.5))


def product(ask: Ask) -> pl.Series:
    return glued(ask.pick("product_traits", skew=0.5), " ", ask.pick("product_kinds", skew=0.5))


def company(ask: Ask) -> pl.Series:
    heads, tails = ask.pick("company_heads", skew=0.5), ask.pick("company_tails", skew=0.5)
    return glued(heads, " ", tails, " ", ask.pick("legal_forms"))


def named(kind: str) -> Maker:
    """One of a list."""
    return partial(Ask.pick, kind=kind)


def _written(ask: Ask, words: Distribution, write: Write) -> pl.Series:
    counts = np.maximum(np.rint(sample(words, ask.draw.sub("words"))), 1).astype(np.int64)
    if ask.room is not None:
        counts = np.minimum(counts, max(1, ask.room // _LETTERS))
    said = ask.beside.get(Meaning.LANGUAGE, ask.beside.get(Meaning.LOCALE))
    if said is None:
        return write(ask.context.locale[0], counts, ask.draw)
    languages = said.fill_null(ask.context.locale[0])
    parts, places = [], []
    for language in sorted(languages.unique().to_list()):
        at = (languages == language).arg_true().to_numpy()
        parts.append(_unspaced(write(language, counts[at], ask.draw.at(at)), language))
        places.append(at)
    return pl.concat(parts)[np.argsort(np.concatenate(places))] if parts else pl.Series([], dtype=pl.String)


def _unspaced(texts: pl.Series, language: str) -> pl.Series:
    return texts.str.replace_all(" ", "", literal=True) if language[:2].lower() in _WITHOUT_BLANKS else texts
