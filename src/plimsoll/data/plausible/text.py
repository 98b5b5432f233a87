"""Free text in a language, of exactly so many words, cut out of a long text made once."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from plimsoll.core.distribution import key, uniform_floats, zipf_ranks
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.words import words

CORPUS_WORDS: Final = 100_000  # about 1 MB of text and starts a language
WORDS_MAX: Final = 20_000  # of one text
SKEW: Final = 0.9  # Zipf's s of words in a language
COMMA_SHARE: Final = 0.07
FULL_FROM_WORDS: Final = 4  # shorter texts are labels, and end without a mark
DEFAULT: Final = "en"


class _Corpus(NamedTuple):
    text: str
    starts: Numbers  # of every word, and of the one behind the last


def languages() -> tuple[str, ...]:
    """Those that have words of their own."""
    return tuple(words())


def sentences(language: str, word_counts: Numbers, draw: Draw) -> pl.Series:
    """Texts of exactly `word_counts` words (from 1): a capital first, a mark at the end but for labels.

    A language is known by its first part ("de-CH" is "de"); English stands for those that are not.
    """
    bodies, counts = _cut(language, word_counts, draw)
    marks = np.where(draw.floats("mark") < 0.9, ".", np.where(draw.floats("mark") < 0.95, "?", "!"))
    marks = np.where(counts < FULL_FROM_WORDS, "", marks)
    made = [f"{text[0].upper()}{text[1:]}{mark}" for text, mark in zip(bodies, marks.tolist(), strict=True)]
    return pl.Series(made, dtype=pl.String)


def titles(language: str, word_counts: Numbers, draw: Draw) -> pl.Series:
    """As `sentences`, without a mark at the end."""
    bodies, _ = _cut(language, word_counts, draw)
    return pl.Series([f"{text[0].upper()}{text[1:]}" for text in bodies], dtype=pl.String)


def _cut(language: str, word_counts: Numbers, draw: Draw) -> tuple[list[str], Numbers]:
    corpus = _corpus(_known(language))
    counts = np.clip(word_counts, 1, WORDS_MAX)
    first = (draw.floats("first word") * (CORPUS_WORDS - counts)).astype(np.int64)
    begins, ends = corpus.starts[first].tolist(), (corpus.starts[first + counts] - 1).tolist()
    text = corpus.text
    return [text[begin:end].rstrip(",") for begin, end in zip(begins, ends, strict=True)], counts


def has_words(language: str) -> bool:
    """Whether it has words of its own: "de" as well as "de-CH" and "de_AT"."""
    return _short(language) in words()


def _known(language: str) -> str:
    short = _short(language)
    return short if short in words() else DEFAULT


def _short(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=32)  # more than there are languages: 2 MB each
def _corpus(language: str) -> _Corpus:
    """The same in every process and for every seed."""
    known, n = words()[language], np.arange(CORPUS_WORDS)
    ranks = zipf_ranks(key(0, "words", language), n, len(known), SKEW)
    commas = uniform_floats(key(0, "commas", language), n) < COMMA_SHARE
    pairs = zip(ranks.tolist(), commas.tolist(), strict=True)
    chosen = [f"{known[rank]}," if comma else known[rank] for rank, comma in pairs]
    starts = np.zeros(CORPUS_WORDS + 1, dtype=np.int64)
    np.cumsum([len(word) + 1 for word in chosen], out=starts[1:])
    return _Corpus(" ".join(chosen) + " ", starts)
