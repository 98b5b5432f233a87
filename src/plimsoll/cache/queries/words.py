"""What the text of a statement, a view or a plan's expression calls and names. Pure.

A name before a parenthesis may be a function, an alias with columns, a type or a keyword: who asks looks it up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Final

from plimsoll.core.identifiers import NAME_BYTES_MAX
from plimsoll.core.sql.tokens import Token, tokens

SETTING: Final = "current_setting"
_SYMBOLS: Final = frozenset("+-*/<>=~!@#%^&|`?")
_MOMENT: Final = re.compile(r"\b(?:now|today|tomorrow|yesterday)\b", re.IGNORECASE)
_UPPER: Final = re.compile("[A-Z]+")
_CACHED: Final = 500  # the texts of one analysis, which are looked at several times
_LITERAL_MAX: Final = 128  # characters of a date that the server reads


@dataclass(frozen=True, slots=True)
class Words:
    """`calls`: what stands before a parenthesis, as (schema or "", name). `bare`: unquoted words, in lower case.
    `settings`: which are asked for by a constant name; `asks_any`: one is by another. `moments`: literals that a date
    may be read from, and are another each day. `operators`: their symbols."""

    calls: frozenset[tuple[str, str]] = frozenset()
    bare: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()
    asks_any: bool = False
    unsure: bool = False  # there is something in it that may be read here otherwise than by the server

    def __or__(self, other: "Words") -> "Words":
        return Words(
            self.calls | other.calls,
            self.bare | other.bare,
            self.settings | other.settings,
            self.operators | other.operators,
            self.moments | other.moments,
            self.asks_any or other.asks_any,
            self.unsure or other.unsure,
        )


@dataclass(slots=True)
class _Found:
    calls: set[tuple[str, str]] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    asks_any: bool = False


def words_of(texts: Iterable[str]) -> Words:
    """Of all of them together."""
    found = Words()
    for text in texts:
        found |= _words(text)
    return found


def names_a_moment(text: str) -> bool:
    """Whether a date read from it is another each day: 'today', ' now '."""
    return len(text) <= _LITERAL_MAX and _MOMENT.search(text) is not None


@lru_cache(_CACHED)
def _words(text: str) -> Words:
    said = [one for one in tokens(text) if one.kind not in ("comment", "space")]
    found = _Found()
    for at, one in enumerate(said):
        if one.kind in ("word", "quoted") and _is(said, at + 1, "("):
            schemas = _names(said[at - 2]) if at >= 2 and _is(said, at - 1, ".") else {""}
            found.calls |= set(product(schemas, _names(one)))
            if SETTING in _names(one):
                _note_setting(found, said, at + 2)
    literals = (one.text.strip("'") for one in said if one.kind == "string")
    return Words(
        calls=frozenset(found.calls),
        bare=frozenset(one.text.lower() for one in said if one.kind == "word"),
        settings=frozenset(found.settings),
        operators=_operators(said),
        moments=frozenset(filter(names_a_moment, literals)),
        asks_any=found.asks_any,
        unsure=_is_unsure(text, said),
    )


def _note_setting(found: _Found, said: Sequence[Token], at: int) -> None:
    """Its name has to be a constant, and nothing else: 'app.tenant' or 'app.tenant'::text."""
    name = said[at].text if at < len(said) and said[at].kind == "string" else ""
    after = at + 4 if [one.text for one in said[at + 1 : at + 4]] == [":", ":", "text"] else at + 1
    if name.startswith("'") and "\\" not in name and (_is(said, after, ",") or _is(said, after, ")")):
        found.settings.add(name[1:-1].replace("''", "'").lower())
    else:
        found.asks_any = True


def _operators(said: Sequence[Token]) -> frozenset[str]:
    """Runs of symbols without anything in between."""
    runs, run, end = set[str](), "", -1
    for one in said:
        if one.kind == "other" and one.text in _SYMBOLS:
            run = run + one.text if one.start == end else one.text
            end = one.start + 1
            runs.add(run)
    return frozenset(runs)


def _is_unsure(text: str, said: Sequence[Token]) -> bool:
    """Comments within comments, quotes of dollars and other letters, names with escapes."""
    nested = any(one.kind == "comment" and one.text.count("/*") > 1 for one in tokens(text))
    escaped = any(
        one.text in ("u", "U") and _is(said, at + 1, "&") and said[at + 2].kind == "quoted"
        for at, one in enumerate(said[:-2])
    )
    return nested or escaped or any(one.kind == "other" and one.text == "$" for one in said)


def _is(said: Sequence[Token], at: int, text: str) -> bool:
    return 0 <= at < len(said) and said[at].text == text


def _names(token: Token) -> set[str]:
    """As the server may read it: it folds what is not quoted, letters of other languages by the database's encoding."""
    if token.kind == "quoted":
        return {_cut(token.text[1:-1].replace('""', '"'))}
    return {_cut(token.text.lower()), _cut(_UPPER.sub(lambda found: found[0].lower(), token.text))}


def _cut(name: str) -> str:
    return name.encode(errors="ignore")[:NAME_BYTES_MAX].decode(errors="ignore")
