"""Values of a statement's parameters that stand in comments beside it: `-- values: 17, 'open', NULL`. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from plimsoll.core.sql.tokens import Token, tokens
from plimsoll.tune.workload.asked import Values
from plimsoll.tune.workload.splitting import Written

_VALUES: Final = re.compile(r"\bvalues\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_WORDS: Final = {"null": None, "true": "true", "false": "false"}


def values_of(one: Written, count: int) -> list[Values | None]:
    """One for each such comment, in order; None for what are no `count` constants."""
    said = (_VALUES.search(comment) for comment in one.comments)
    read = [_read(found[1].strip().removesuffix("*/")) for found in said if found]
    return [values if values is not None and len(values) == count else None for values in read]


def _read(text: str) -> Values | None:
    every = [token for token in tokens(text) if token.kind != "space"]
    parts: list[list[Token]] = [[]]
    for token in every:
        if token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_constant(part) for part in parts) if all(map(_is_constant, parts)) else None


def _is_constant(part: Sequence[Token]) -> bool:
    texts = [token.text for token in part]
    if len(part) == 1:
        return part[0].kind == "number" or part[0].text.startswith("'") or part[0].text.lower() in _WORDS
    return len(part) == 2 and texts[0] in ("-", "+") and part[1].kind == "number"


def _constant(part: Sequence[Token]) -> str | None:
    text = "".join(token.text for token in part)
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return _WORDS.get(text.lower(), text)
