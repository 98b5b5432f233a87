"""Spaces: at the ends as in the source, single, and none before a comma or a full stop."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.languages import UNSPACED

_DOUBLE = re.compile(r"(?<=\S) {2,}(?=\S)")
_BEFORE = re.compile(r"(?<=\S)[ \u00a0]+(?=[.,](?:\s|$))")
_BEFORE_HIGH = re.compile(r"(?<=\w) +(?=[;:!?](?:\s|$))")
_COMMA = re.compile(r"(?<=[^\W\d_]{2}),(?=[^\W\d_]{2})")
# Before ; : ! ? these have a space, as a rule one that does not break.
_SPACED_HIGH = frozenset({"fr", "br", "ht"})


def spaces(pair: Pair) -> Iterator[Flag]:
    source, target = pair.source, pair.target
    if source[:1].isspace() or target[:1].isspace() or source[-1:].isspace() or target[-1:].isspace():
        yield from _at_the_ends(pair)
    if "  " in target and "  " not in source:
        for found in _DOUBLE.finditer(target):
            yield Flag(found.start(), found.end(), "more than one space", "  ")
    yield from _beside_punctuation(pair)


def _at_the_ends(pair: Pair) -> Iterator[Flag]:
    source, target = pair.source, pair.target
    leading, trailing = len(target) - len(target.lstrip()), len(target.rstrip())
    if bool(leading) != source[:1].isspace() and (leading or pair.target_base not in UNSPACED):
        yield Flag(0, leading, _said("begins", leading > 0), "leading")
    ends = trailing < len(target)
    if ends != source[-1:].isspace() and (ends or pair.target_base not in UNSPACED):
        yield Flag(trailing, len(target), _said("ends", ends), "trailing")


def _said(what: str, extra: bool) -> str:
    return f"the translation {what} with a space, the source does not" if extra else f"the source {what} with a space"


def _beside_punctuation(pair: Pair) -> Iterator[Flag]:
    target = pair.target
    if _spaced(target) and not _BEFORE.search(pair.source):
        yield from _flags(_BEFORE, pair.masked_target, "space before punctuation")
    high = pair.target_base not in _SPACED_HIGH and _spaced_high(target)
    if high and pair.source_base not in _SPACED_HIGH and not _BEFORE_HIGH.search(pair.source):
        yield from _flags(_BEFORE_HIGH, pair.masked_target, "space before punctuation")
    if "," in target and not _COMMA.search(pair.masked_source):
        yield from _flags(_COMMA, pair.masked_target, "no space after the comma")


def _spaced(text: str) -> bool:
    return " ." in text or " ," in text or "\u00a0." in text or "\u00a0," in text


def _spaced_high(text: str) -> bool:
    return " ;" in text or " :" in text or " !" in text or " ?" in text


def _flags(pattern: re.Pattern[str], text: str, message: str) -> Iterator[Flag]:
    for found in pattern.finditer(text):
        yield Flag(found.start(), found.end(), message, message)
