"""Words of others, made fit for a terminal, a log and a page: they could rewrite what stands there."""

import unicodedata
from typing import Final

_BLANKS: Final = frozenset("\n\r\t\v\f\x85\u2028\u2029")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})  # control and direction characters, halves of characters


def visible(text: str) -> str:
    """The text on one line, without control and direction characters."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in _BLANKS:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in _UNSEEN else character
