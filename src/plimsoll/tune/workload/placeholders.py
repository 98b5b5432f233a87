"""Placeholders of drivers as the server's own: `:name`, `%s`, `%(name)s` and `?` become $1, $2 …. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from plimsoll.core.sql.tokens import Token, tokens

_PYTHON: Final = re.compile(r"%(?:s(?!\w)|\((?P<name>[^()%]+)\)s(?!\w))")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
# Before a question mark they are no values: it stands for one itself, and is no operator of jsonb.
_WORDS: Final = frozenset(
    {"SELECT", "DISTINCT", "WHERE", "AND", "OR", "NOT", "IN", "ANY", "ALL", "SOME", "LIKE", "ILIKE", "SIMILAR", "TO"}
    | {"BETWEEN", "WHEN", "THEN", "ELSE", "CASE", "END", "VALUES", "SET", "LIMIT", "OFFSET", "FETCH", "FIRST", "NEXT"}
    | {"ESCAPE", "ON", "HAVING", "BY", "RETURNING", "IS", "FROM", "AS", "INTERVAL", "USING", "FOR", "ROWS", "ROW"}
    | {"ONLY", "ORDER", "GROUP", "UNION", "EXCEPT", "INTERSECT", "ASC", "DESC", "JOIN", "LEFT", "RIGHT", "INNER"}
    | {"SYMMETRIC", "COLLATE", "AT", "OVERLAPS", "WINDOW", "CONFLICT", "DO", "UPDATE", "NULLS", "FILTER", "WITHIN"}
)


class NoPlaceholderError(ValueError):
    """Why what stands in a statement cannot be a parameter."""


def numbered(text: str) -> str:
    """With every placeholder as $n; the same name is the same number, and $n stay. Raises NoPlaceholderError."""
    every = list(tokens(text))
    python = any(_PYTHON.match("".join(one.text for one in every[at : at + 5])) for at in _percents(every))
    return _Numbering(every, python=python).text()


def _percents(every: Sequence[Token]) -> list[int]:
    return [at for at, one in enumerate(every) if one.text == "%"]


class _Numbering:
    def __init__(self, every: Sequence[Token], *, python: bool) -> None:
        self._every = every
        self._python = python
        self._keys: dict[str, str] = {}
        self._unnamed = 0
        self._taken = max((one.number for one in every if one.kind == "parameter"), default=0)

    def text(self) -> str:
        made, at = [], 0
        while at < len(self._every):
            text, taken = self._at(at)
            made.append(text)
            at += taken
        return "".join(made)

    def _at(self, at: int) -> tuple[str, int]:
        """What stands there, and of how many tokens."""
        token = self._every[at]
        if token.text == "%" and self._python:
            return self._percent(at)
        if token.text == ":":
            return self._colon(at)
        if token.text == "?":
            return self._question(at)
        if token.kind in ("string", "quoted") and self._python:
            return token.text.replace("%%", "%"), 1
        return token.text, 1

    def _number(self, key: str = "") -> str:
        if not key:
            self._unnamed += 1
            key = f"?{self._unnamed}"
        return self._keys.setdefault(key, f"${self._taken + len(self._keys) + 1}")

    def _text(self, at: int, count: int = 1) -> str:
        return "".join(one.text for one in self._every[at : at + count])

    def _percent(self, at: int) -> tuple[str, int]:
        if self._text(at + 1) == "%":
            return "%", 2
        for count in range(2, 12):
            found = _PYTHON.fullmatch(self._text(at, count))
            if found:
                return self._number(f":{found['name']}" if found["name"] else ""), count
        return "%", 1

    def _colon(self, at: int) -> tuple[str, int]:
        following = self._every[at + 1] if at + 1 < len(self._every) else None
        if following is None or (at and self._every[at - 1].text == ":"):
            return ":", 1
        if following.text == ":":
            return "::", 2
        name = following.text[1:-1] if following.kind == "string" else following.text
        if _NAME.fullmatch(name) and not self._sliced(at):
            return self._number(f":{name}"), 2
        if following.kind == "quoted" and not self._sliced(at):
            raise NoPlaceholderError(f"a placeholder stands for a name: :{following.text}")
        return ":", 1

    def _sliced(self, at: int) -> bool:
        """Within brackets and behind a value a colon divides the bounds of an array's slice."""
        if not self._before(at):
            return False
        brackets = [one.text for one in self._every[:at] if one.text in ("[", "]")]
        return brackets.count("[") > brackets.count("]")

    def _question(self, at: int) -> tuple[str, int]:
        following = self._text(at + 1)
        if following == "?":
            return "?", 2
        if following in ("|", "&") or (self._before(at) and self._behind(at)):
            return "?", 1
        return self._number(), 1

    def _before(self, at: int) -> bool:
        """Whether a value ends there."""
        return any(_is_value(one) or one.text in (")", "]") for one in self._near(range(at - 1, -1, -1)))

    def _behind(self, at: int) -> bool:
        """Whether a value begins there."""
        return any(_is_value(one) or one.text in ("(", "?", ":") for one in self._near(range(at + 1, len(self._every))))

    def _near(self, places: range) -> Sequence[Token]:
        said = (self._every[at] for at in places if self._every[at].kind not in ("space", "comment"))
        first = next(said, None)
        return () if first is None else (first,)


def _is_value(token: Token) -> bool:
    if token.kind == "word":
        return token.text.upper() not in _WORDS
    return token.kind in ("string", "quoted", "number", "parameter")
