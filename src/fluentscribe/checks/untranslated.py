"""Nothing was translated: the target is empty, or still the source."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.languages import CASELESS

_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"\w[_=/\\:]\w|::|\w\(|\(\)|[{};]|->|=>|[a-z][A-Z]|\S\.\w")


def untranslated(pair: Pair) -> Iterator[Flag]:
    if not pair.target.strip() and any(map(str.isalnum, pair.source)):
        yield Flag(0, len(pair.target), "there is no translation", "")


def same_as_source(pair: Pair) -> Iterator[Flag]:
    """Not where it may well be the same: a word alone, names, numbers, code, one language's variants."""
    if pair.source.strip() == pair.target.strip() and pair.source_base != pair.target_base and is_language(pair):
        yield Flag(*pair.whole, "the translation is the source")


def is_language(pair: Pair) -> bool:
    """There is a sentence or a phrase in it, which no two languages have alike."""
    chunks = [chunk for chunk in pair.masked_source.split() if not _CODE.search(chunk)]
    words = [word for chunk in chunks for word in _WORD.findall(chunk)]
    if pair.source_base in CASELESS:
        return any(len(word) >= 3 for word in words)
    small = sum(word.islower() for word in words)
    return len(words) >= 2 and small >= (1 if len(words) > 2 or pair.target_base in CASELESS else 2)
