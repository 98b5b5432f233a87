"""The first letter is a capital or not, as in the source."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.languages import CASELESS, NOUNS_CAPITALIZED

_FIRST = re.compile(r"^[\s\"'“”„«»‹›‘’‚¿¡(\[*_–—-]*([^\W\d_][\w'’.-]*)")

_WORDS = re.compile(r"[^\W\d_]+")
_ENDS = (".", "!", "?", ":")
_JOINED = re.compile(r"[-'’]")


def sentence_start(pair: Pair) -> Iterator[Flag]:
    """Not for words written in a way of their own: iPhone, php.ini, s3."""
    if pair.source_base in CASELESS or pair.target_base in CASELESS:
        return
    if _alike(pair.masked_source[:1], pair.masked_target[:1]):
        return
    source, target = _FIRST.match(pair.masked_source), _FIRST.match(pair.masked_target)
    if source is None or target is None or _peculiar(source[1]) or _peculiar(target[1]):
        return
    if not _sentence(pair.masked_source):
        return
    wanted, has = source[1][0].isupper(), target[1][0].isupper()
    if wanted and target[1][0].islower() and not _dutch(pair):
        yield Flag(target.start(1), target.end(1), "the source begins with a capital")
    elif has and source[1][0].islower() and pair.target_base not in NOUNS_CAPITALIZED:
        yield Flag(target.start(1), target.end(1), "the source does not begin with a capital")


def _alike(first: str, other: str) -> bool:
    """Both letters, both capitals or neither: what most texts begin with, told without looking further."""
    return first.isalpha() and other.isalpha() and first.isupper() == other.isupper()


def _sentence(text: str) -> bool:
    """Not a name nor a heading, in which languages capitalize differently: a later word is small, or it ends as one."""
    _, *others = _WORDS.findall(text)
    return bool(others) and (text.rstrip().endswith(_ENDS) or any(map(str.islower, others)))


def _peculiar(word: str) -> bool:
    """Capitals or signs within, or nothing but capitals; a single letter too (I, A)."""
    rest = word[1:].rstrip(".")
    return not rest.islower() or not _JOINED.sub("", rest).isalpha()


def _dutch(pair: Pair) -> bool:
    return pair.target_base in ("nl", "af") and pair.target.lstrip().startswith(("'", "’"))
