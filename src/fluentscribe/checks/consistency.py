"""The same is translated alike, and different things are not."""

from collections.abc import Iterator
from functools import reduce
from string import punctuation, whitespace

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.languages import UNSPACED

# Texts of a file that are remembered, about 130 bytes each way; later ones are compared with these and not remembered.
REMEMBERED_MAX = 250_000
_SEQ_BITS = 32
_SEQ = (1 << _SEQ_BITS) - 1

_ARTICLES = (" the ", " a ", " an ")
_SPELLING = dict.fromkeys(map(ord, f"{punctuation}{whitespace}s"))


class Consistency:
    """What was seen of a file so far, as hashes. A word alone may mean several things and is not compared."""

    def __init__(self) -> None:
        self._targets: dict[int, int] = {}  # of a source: its first translation, and where
        self._sources: dict[int, int] = {}  # of a translation: its first source, and where

    def targets(self, pair: Pair) -> Iterator[Flag]:
        """One source, several translations."""
        if " " not in pair.source.strip() and pair.source_base not in UNSPACED:
            return
        first = _first(self._targets, hash(pair.source.strip()), hash(_bare(pair.target)), pair.unit.seq)
        if first:
            yield Flag(*pair.whole, f"segment {first} translates the same text in another way")

    def sources(self, pair: Pair) -> Iterator[Flag]:
        """One translation, several sources that do not differ in spelling only."""
        target = pair.target.strip()
        if target.count(" ") < (0 if pair.target_base in UNSPACED else 2) or len(target) < 8:
            return
        first = _first(self._sources, hash(_bare(target)), hash(_skeleton(pair.source)), pair.unit.seq)
        if first:
            yield Flag(*pair.whole, f"segment {first} has the same translation of another text")


def _first(seen: dict[int, int], key: int, value: int, seq: int) -> int:
    """Where the key was first seen with another value; 0 if nowhere. Value and place share one number, to be small."""
    known = seen.get(key)
    if known is None:
        if len(seen) < REMEMBERED_MAX:
            seen[key] = value << _SEQ_BITS | seq
        return 0
    return known & _SEQ if known >> _SEQ_BITS != value else 0


def _bare(text: str) -> str:
    return text.casefold().strip(" \t\n.,;:!?…。")


def _skeleton(source: str) -> str:
    """What remains when spelling, punctuation, plurals and articles are let go of."""
    return reduce(_without, _ARTICLES, f" {source.casefold()} ").translate(_SPELLING)


def _without(text: str, article: str) -> str:
    return text.replace(article, " ")
