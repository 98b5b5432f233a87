"""Glossary and forbidden terms. Words match by how they begin, so that inflected ones do too."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.text.languages import UNSPACED, base

# Letters by which terms are looked up: what does not begin like one cannot be one.
_PREFIX = 3
_WORD = re.compile(r"\w+")
_ENDINGS = "aeiouyйьаяоеёуюыиъ"
# Words grow together: a term may stand within one.
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "nn", "fi", "hu", "et", "is"})


@dataclass(frozen=True)
class Lexicon:
    """Terms of a project, ready to be looked for."""

    settings: Settings
    source_language: str
    target_language: str

    @cached_property
    def terms(self) -> list[tuple[str, Term, re.Pattern[str], re.Pattern[str]]]:
        """Each with the beginning of its first word, what it looks like in the source, and translated."""
        return [
            (
                _start(term.source, base(self.source_language)),
                term,
                _exact(term.source, base(self.source_language), term.case_sensitive),
                _any_inflected(term.targets, base(self.target_language)),
            )
            for term in self.settings.terms
            if term.targets
        ]

    @cached_property
    def forbidden(self) -> list[tuple[str, Forbidden, re.Pattern[str]]]:
        language = base(self.target_language)
        return [
            (_start(word.target, language), word, _exact(word.target, language, word.case_sensitive))
            for word in self.settings.forbidden
        ]


def glossary(pair: Pair, lexicon: Lexicon) -> Iterator[Flag]:
    starts = _starts(pair.source, pair.source_base)
    for start, term, source, target in lexicon.terms:
        if start in starts and source.search(pair.masked_source) and not target.search(folded(pair.target)):
            wanted = " or ".join(map(repr, term.targets))
            yield Flag(*pair.whole, f"{term.source!r} is to be translated as {wanted}", term.source)


def forbidden_terms(pair: Pair, lexicon: Lexicon) -> Iterator[Flag]:
    starts = _starts(pair.target, pair.target_base)
    for start, word, pattern in lexicon.forbidden:
        if start in starts:
            for found in pattern.finditer(pair.masked_target):
                instead = f", say {word.instead!r}" if word.instead else ""
                yield Flag(found.start(), found.end(), f"{word.target!r} is forbidden{instead}")


def folded(text: str) -> str:
    """Without accents and umlauts, which inflection changes; as it is where there are none."""
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _start(term: str, language: str) -> str:
    return term.casefold()[: 1 if language in UNSPACED else _PREFIX]


def _starts(text: str, language: str) -> frozenset[str]:
    if language in UNSPACED:
        return frozenset(text.casefold())
    return frozenset(word[:_PREFIX] for word in _WORD.findall(text.casefold()))


def _exact(term: str, language: str, case_sensitive: bool) -> re.Pattern[str]:
    """The term, or its plural and genitive."""
    words = r"\s+".join(map(re.escape, term.split()))
    flags = re.NOFLAG if case_sensitive else re.IGNORECASE
    if language in UNSPACED:
        return re.compile(words, flags)
    ending = r"(?:e?s|['’]s)?" if language == "en" else r"\w{0,2}"
    return re.compile(rf"(?<!\w){words}{ending}(?!\w)", flags)


def _any_inflected(terms: tuple[str, ...], language: str) -> re.Pattern[str]:
    return re.compile("|".join(_inflected(term, language) for term in terms), re.IGNORECASE)


def _inflected(term: str, language: str) -> str:
    """Without accents. Where words grow together the term may stand anywhere."""
    if language in UNSPACED:
        return re.escape(folded(term))
    start = "" if language in _COMPOUNDING else r"(?<!\w)"
    return start + r"\w*\s+".join(re.escape(_stem(word)) for word in folded(term).split())


def _stem(word: str) -> str:
    return word[:-1] if len(word) >= 4 and word[-1].lower() in _ENDINGS else word
