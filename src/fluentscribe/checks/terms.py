"""Glossary and forbidden terms. Words match by how they begin, so that inflected ones do too."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.text.languages import UNSPACED, base

# Letters that inflection may have put to a term as it is looked for.
_ENDING_LENGTHS = (0, 1, 2)
# Terms that are ready to be looked for, a few hundred bytes each; those used least are made again.
_PATTERNS_MAX = 10_000

_WORD = re.compile(r"\w+")
_ENDINGS = "aeiouyйьаяоеёуюыиъ"
# Words grow together: a term may stand within one.
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "nn", "fi", "hu", "et", "is"})


class Lexicon:
    """Terms of a project by a word of theirs, so that a unit is asked only for those it may hold."""

    def __init__(self, settings: Settings, source_language: str, target_language: str) -> None:
        source, target = base(source_language), base(target_language)
        self.terms: dict[str, list[Term]] = {}
        self.forbidden: dict[str, list[Forbidden]] = {}
        for term in settings.terms:
            if term.targets and term.source.strip():
                self.terms.setdefault(_entry(term.source, source), []).append(term)
        for word in settings.forbidden:
            if word.target.strip():
                self.forbidden.setdefault(_entry(word.target, target), []).append(word)


def glossary(pair: Pair, lexicon: Lexicon) -> Iterator[Flag]:
    for entry in _known(lexicon.terms, pair.source, pair.source_base):
        for term in lexicon.terms[entry]:
            if _lacks(pair, term):
                wanted = " or ".join(map(repr, term.targets))
                yield Flag(*pair.whole, f"{term.source!r} is to be translated as {wanted}", term.source)


def _lacks(pair: Pair, term: Term) -> bool:
    """The source has the term, the target none of its translations."""
    if not _exact(term.source, pair.source_base, term.case_sensitive).search(pair.masked_source):
        return False
    return not _any_inflected(term.targets, pair.target_base).search(folded(pair.target))


def forbidden_terms(pair: Pair, lexicon: Lexicon) -> Iterator[Flag]:
    for entry in _known(lexicon.forbidden, pair.target, pair.target_base):
        for word in lexicon.forbidden[entry]:
            instead = f", say {word.instead!r}" if word.instead else ""
            for found in _exact(word.target, pair.target_base, word.case_sensitive).finditer(pair.masked_target):
                yield Flag(found.start(), found.end(), f"{word.target!r} is forbidden{instead}")


def folded(text: str) -> str:
    """Without accents and umlauts, which inflection changes; as it is where there are none."""
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _known(index: Iterable[str], text: str, language: str) -> list[str]:
    """Those entries that the text may hold, always in the same order."""
    folded_case = text.casefold()
    if language in UNSPACED:
        return sorted({folded_case[at : at + size] for at in range(len(text)) for size in (1, 2)}.intersection(index))
    words = _WORD.findall(folded_case)
    return sorted({word[: len(word) - ending] for word in words for ending in _ENDING_LENGTHS}.intersection(index))


def _entry(term: str, language: str) -> str:
    """Its longest word, hardly ever that of many terms; where no spaces are written, its first two signs."""
    if language in UNSPACED:
        return term.casefold().strip()[:2]
    return max(_WORD.findall(term.casefold()), key=len, default="")


@lru_cache(_PATTERNS_MAX)
def _exact(term: str, language: str, case_sensitive: bool) -> re.Pattern[str]:
    """The term, or its plural and genitive."""
    words = r"\s+".join(map(re.escape, term.split()))
    flags = re.NOFLAG if case_sensitive else re.IGNORECASE
    if language in UNSPACED:
        return re.compile(words, flags)
    ending = r"(?:e?s|['’]s)?" if language == "en" else r"\w{0,2}"
    return re.compile(rf"(?<!\w){words}{ending}(?!\w)", flags)


@lru_cache(_PATTERNS_MAX)
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
