"""Length: about that of the source, as languages go, and within the limit that the file states."""

from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.languages import relative_length

# Of what would be expected; short texts vary more, so some characters are free. Hardly any sentence of parallel
# corpora lies beyond.
_RATIO_MAX = 2.4
_RATIO_MIN = 0.42
_FREE = 16
_SOURCE_MIN = 20
_SHORT_SOURCE_MIN = 35  # shorter ones are names and labels, which may be said in a word


def length_ratio(pair: Pair) -> Iterator[Flag]:
    if len(pair.source) < _SOURCE_MIN:
        return
    expected = _longest(pair.source) * relative_length(pair.target_language) / relative_length(pair.source_language)
    has = _longest(pair.target)
    if has > expected * _RATIO_MAX + _FREE:
        yield Flag(*pair.whole, f"{has} characters, where about {expected:.0f} would be expected", "long")
    elif has < expected * _RATIO_MIN - 2 and len(pair.source) >= _SHORT_SOURCE_MIN:
        yield Flag(*pair.whole, f"{has} characters, where about {expected:.0f} would be expected", "short")


def _longest(text: str) -> int:
    """Of singular|plural the longer one: languages have more or fewer of them."""
    return max(map(len, text.split("|"))) if "|" in text else len(text)


def length_limit(pair: Pair) -> Iterator[Flag]:
    limit = pair.unit.length_max
    if limit is not None and len(pair.target) > limit:
        yield Flag(limit, len(pair.target), f"{len(pair.target)} characters, {limit} are allowed", "limit")
