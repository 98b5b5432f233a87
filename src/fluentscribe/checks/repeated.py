"""A word written twice by mistake."""

import re
from collections.abc import Iterator
from itertools import pairwise
from operator import eq

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair

# Languages in which doubling a word is grammar.
_DOUBLING = frozenset({"id", "ms", "vi", "tl", "fil", "jv", "su", "haw", "mi", "sm", "th", "km", "lo"})
# Words that are rightly followed by themselves.
_RIGHT = {
    "en": "had that is do very really so no bye",
    "de": "sie die der das den ihr ihnen es dass was ganz nein ja hat",
    "fr": "nous vous très si non tout",
    "es": "muy no sí poco tan",
    "it": "molto no sì si poco piano",
    "pt": "muito não sim se nos",
    "nl": "je die dat was heel ja nee had is",
    "sv": "som att för är var",
    "tr": "ayrı ara zaman yavaş tek bir çok sık kısa",
    "hi": "बार कभी धीरे अलग साथ",
    "ru": "еле чуть да нет",
}
_RIGHTLY = {language: frozenset(words.split()) for language, words in _RIGHT.items()}
# Particles that no word of the language ends and begins with in a row.
_DOUBLE = {
    "ja": re.compile(r"をを|がが(?!く)|ですです|ますます(?=。|$)"),
    "zh": re.compile(r"的的(?!确)(?<!目的的)|我我|请请"),
}


def repeated_words(pair: Pair) -> Iterator[Flag]:
    language = pair.target_base
    if language in _DOUBLE:
        for found in _DOUBLE[language].finditer(pair.target):
            yield Flag(found.start(), found.end(), f"{found[0]} is written twice")
    words = pair.masked_target.casefold().split()
    if language not in _DOUBLING and any(map(eq, words, words[1:])):
        yield from _doubled(pair, words)


def _doubled(pair: Pair, words: list[str]) -> Iterator[Flag]:
    """One flag a word; not where the source doubles a word too."""
    right = _RIGHTLY.get(pair.target_base, frozenset())
    twice = {a for a, b in pairwise(words) if a == b and a.isalpha() and a not in right}
    source = pair.masked_source.casefold().split()
    if any(a == b and a.isalpha() for a, b in pairwise(source)):
        return
    for word in sorted(twice):
        found = re.search(rf"(?<!\w){re.escape(word)}\s+{re.escape(word)}(?!\w)", pair.target, re.IGNORECASE)
        start, end = found.span() if found else pair.whole
        yield Flag(start, end, f"{word!r} is written twice", word)
