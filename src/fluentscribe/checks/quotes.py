"""Quotation marks: in pairs, not lost, and those of the language. Apostrophes are none."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair

_MARKS = '"“”„‟«»‹›「」『』《》〈〉＂〝〞'
_OTHER_MARKS = re.compile(r"(?<![\w/])['‘‚`*][^'’`*\n]{1,80}['’‘`*](?!\w)|[<\[（(【]")
_OPENING = re.compile(r"(?:^|(?<=[\s(\[]))[“„«»”‟](?=[\w%{])")
# Within Hebrew words it marks an abbreviation.
_GERSHAYIM = re.compile(r'(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea])')
# What opens a quotation, the second for one within another. English marks are commonplace where ASCII ones are.
_OPENINGS = {
    "de": "„»«", "fr": "«“", "es": "«“", "it": "«“", "pt": "“«", "ru": "«„", "uk": "«„“", "pl": "„«»", "cs": "„»",
    "sk": "„»", "hu": "„»", "bg": "„«", "en": "“", "sv": "”»“", "fi": "”»", "da": "»„”“", "nb": "«“",
    "nn": "«“", "el": "«“", "ro": "„«", "hr": "„»“", "sl": "„»", "et": "„«", "lt": "„", "lv": "„«“", "nl": "“„”",
}  # fmt: skip


def quotes(pair: Pair) -> Iterator[Flag]:
    source, target = pair.masked_source, pair.masked_target
    wanted, has = _count(source), _count(target)
    if has % 2 and not wanted % 2:
        at = max(map(target.rfind, _MARKS))
        yield Flag(at, at + 1, "a quotation mark without its counterpart")
    elif wanted >= 2 and not wanted % 2 and not has and not _OTHER_MARKS.search(target):
        yield Flag(*pair.whole, "the quotation marks of the source are missing", "missing")


def quote_style(pair: Pair) -> Iterator[Flag]:
    """Opening marks of another language; where marks are those of typewriters, nothing is said."""
    allowed = _OPENINGS.get(pair.target_base)
    if allowed is not None:
        for found in _OPENING.finditer(pair.masked_target):
            if found[0] not in allowed:
                yield Flag(found.start(), found.end(), f"{found[0]} opens no quotation in this language")


def _count(text: str) -> int:
    if '"' in text and not text.isascii():
        text = _GERSHAYIM.sub("", text)
    return sum(map(text.count, _MARKS))


NEEDED = frozenset(_MARKS)
