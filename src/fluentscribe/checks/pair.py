"""A source with its translation, and what several checks want to know of them, found out once."""

import re

from fluentscribe.formats.values import Unit
from fluentscribe.text.languages import base

FILL = "\ufffc"  # object replacement character: no letter, no digit, no space, no punctuation of any language

# Up to what surely is none of it; a sign at the end is the sentence's.
_ADDRESS = r"[^\s<>\"'{}|（）「」】。、，؛“”„«»’‘]+(?<![.,;:!?)\]*])"
URL = rf"(?:https?|ftps?)://{_ADDRESS}|\bwww\.{_ADDRESS}"
EMAIL = r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_FORM = r"[-+0#']*(?:\*|\d{1,3})?(?:\.(?:\*|\d{1,3}))?(?:hh|h|ll|l|L|z|j|t|q)?[diouxXeEfFgGcCsSpn@]"
# Without a name or place it is none behind a digit (100%) or before a word (50%discount).
PRINTF = rf"%%|%(?:\d{{1,2}}\$|\(\w{{1,60}}\)){_FORM}|(?<![\d%])%{_FORM}(?![A-Za-z]{{3}})"
NAMED = r"%\{\w{1,60}\}|%[A-Za-z_]\w{1,60}%(?!%)"
BRACE = (
    r"\{\{[^{}]{1,80}\}\}|[$#]\{[^{}]{1,80}\}|\{%[^{}]{1,80}%\}"
    r"|\{(?:[A-Za-z0-9_][\w.\[\]-]{0,60})?(?:![rsa])?(?::[^{}]{0,20})?\}|\{\s*\w{1,60}\s*(?:,[^{}]{0,60})?\}"
)
MARKUP = r"</?[A-Za-z][\w:-]{0,40}(?:\s[^<>]{0,400})?/?>"
ENTITY = r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,31});"

PLACEHOLDER = re.compile(f"{NAMED}|{PRINTF}|{BRACE}")
# What is not language, with the characters without which none of it can be there.
_PROTECTED = re.compile(f"{URL}|{EMAIL}|{NAMED}|{PRINTF}|{BRACE}|{MARKUP}|{ENTITY}")
_SIGNS = frozenset("%{<&@/")
_WWW = "www."


def masked(text: str) -> str:
    """The text with what is not language blotted out: every character stays where it is."""
    return _PROTECTED.sub(lambda found: FILL * len(found[0]), text)


class Pair:
    """One unit before the checks. `source` and `target` are plain text; languages are BCP 47.

    All is found out at once: hardly any of it is never asked for.
    """

    __slots__ = (
        "alternatives",
        "characters",
        "masked_source",
        "masked_target",
        "source",
        "source_base",
        "source_language",
        "target",
        "target_base",
        "target_language",
        "unit",
    )

    def __init__(self, unit: Unit, source_language: str, target_language: str) -> None:
        self.unit = unit
        self.source = unit.source.plain
        self.target = unit.target.plain
        self.source_language = source_language
        self.target_language = target_language
        self.source_base = base(source_language)
        self.target_base = base(target_language)
        self.characters = frozenset(self.source + self.target)  # of both: what no check needs to look for elsewhere
        language = _SIGNS.isdisjoint(self.characters) and _WWW not in self.source and _WWW not in self.target
        self.masked_source = self.source if language else masked(self.source)
        self.masked_target = self.target if language else masked(self.target)
        self.alternatives = "|" in self.source  # singular|plural in one: languages have more or fewer of them

    @property
    def whole(self) -> tuple[int, int]:
        return 0, len(self.target)
