"""Statements that differ in their constants only, as one: constants become parameters. Pure."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from plimsoll.core.sql.tokens import Token, tokens, without_comments
from plimsoll.tune.workload.asked import Values

_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
)
_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DOLLARS: Final = re.compile(r"\$\w*\$(.*)\$\w*\$", re.DOTALL)
# What ends a list of columns, in which a bare number is one's place.
_ENDING: Final = frozenset(
    {"LIMIT", "OFFSET", "HAVING", "FETCH", "UNION", "EXCEPT", "INTERSECT", "FOR", "WHERE", "ROWS"}
)
_TYPES: Final = frozenset(
    {"NUMERIC", "DECIMAL", "VARCHAR", "CHAR", "CHARACTER", "VARYING", "TIMESTAMP", "TIMESTAMPTZ", "TIME", "TIMETZ"}
    | {"INTERVAL", "BIT", "VARBIT", "FLOAT", "BPCHAR", "VECTOR", "HALFVEC", "SECOND"}
)
_VALUE_ENDS: Final = (")", "]")


def normalised(text: str, kept: Collection[int] = ()) -> tuple[str, Values]:
    """The statement with its constants as parameters, numbered behind those that it has, and what they were; of the
    constants in their order (from 0) those that are `kept` stay.

    Where rows are grouped, the same constant is the same parameter: an expression stays what it is grouped by."""
    return _Normalising(list(tokens(without_comments(text).rstrip("; \n\t\r"))), kept).done()


class _Normalising:
    def __init__(self, every: Sequence[Token], kept: Collection[int]) -> None:
        self._every = every
        self._kept = kept
        self._taken = max((one.number for one in every if one.kind == "parameter"), default=0)
        self._values: list[str] = []
        words = {one.text.upper() for one in every if one.kind == "word"}
        self._shared = bool(words & {"GROUP", "DISTINCT"})
        self._made: dict[str, str] = {}
        self._constants = 0
        self._listing = False  # in ORDER BY or GROUP BY, of which a bare number is a column's place

    def done(self) -> tuple[str, Values]:
        made: list[str] = []
        for at, token in enumerate(self._every):
            self._notice(token)
            value = self._value(at, token)
            if value is None:
                made.append(" " if token.kind == "space" else token.text)
                continue
            if token.kind == "number" and self._is_signed(at):
                while made.pop() != "-":
                    pass
                value = f"-{value}"
            made.append(self._parameter(token.kind, value))
        return "".join(made).strip(), tuple(self._values)

    def _notice(self, token: Token) -> None:
        if token.kind == "word":
            word = token.text.upper()
            self._listing = word == "BY" or (self._listing and word not in _ENDING)

    def _parameter(self, kind: str, value: str) -> str:
        key = f"{kind} {value}"
        if self._shared and key in self._made:
            return self._made[key]
        if self._constants in self._kept:
            self._made[key] = value if kind == "number" else "'" + value.replace("'", "''") + "'"
        else:
            self._values.append(value)
            self._made[key] = f"${self._taken + len(self._values)}"
        self._constants += 1
        return self._made[key]

    def _value(self, at: int, token: Token) -> str | None:
        """None of what is no constant, or cannot be a parameter."""
        if token.kind == "number":
            bare = not (self._touches(at) or self._is_place(at) or self._is_of_type(at))
            return token.text if bare else None
        return _string(token.text) if token.kind == "string" else None

    def _touches(self, at: int) -> bool:
        """As a part of a longer number: 1.5e10, .5, 1_000."""
        before = self._every[at - 1].text if at else ""
        behind = self._every[at + 1] if at + 1 < len(self._every) else None
        return before == "." or (behind is not None and (behind.kind == "word" or behind.text == "."))

    def _is_place(self, at: int) -> bool:
        return (
            self._listing
            and self._before(at) in (",", "BY")
            and self._behind(at) in ("", ",", ")", "ASC", "DESC", *_ENDING)
        )

    def _is_of_type(self, at: int) -> bool:
        """As in numeric(10, 2)."""
        if self._before(at) not in ("(", ","):
            return False
        back = at - 1
        while back >= 0 and (self._every[back].kind in ("space", "number") or self._every[back].text in ("(", ",")):
            back -= 1
        return back >= 0 and self._every[back].text.upper() in _TYPES

    def _is_signed(self, at: int) -> bool:
        """Whether a minus before it is its sign: nothing stands before that from which it could be taken."""
        minus = self._place_before(at)
        if minus is None or self._every[minus].text != "-":
            return False
        before = self._place_before(minus)
        if before is None:
            return True
        token = self._every[before]
        return token.text not in _VALUE_ENDS and token.kind not in ("number", "string", "quoted", "parameter") and (
            token.kind != "word" or token.text.upper() in _BEFORE_VALUES
        )  # fmt: skip

    def _place_before(self, at: int) -> int | None:
        return next(
            (back for back in range(at - 1, -1, -1) if self._every[back].kind not in ("space", "comment")), None
        )

    def _before(self, at: int) -> str:
        place = self._place_before(at)
        return "" if place is None else self._every[place].text.upper()

    def _behind(self, at: int) -> str:
        kept = (one.text.upper() for one in self._every[at + 1 :] if one.kind not in ("space", "comment"))
        return next(kept, "")


_BEFORE_VALUES: Final = frozenset(
    {"AND", "OR", "NOT", "WHERE", "SELECT", "BETWEEN", "THEN", "ELSE", "WHEN", "IN", "LIMIT", "OFFSET", "VALUES", "ON"}
    | {"HAVING", "RETURNING", "CASE", "SET", "BY", "LIKE", "DISTINCT", "ALL", "ANY"}
)


def _string(text: str) -> str | None:
    """What a quoted string stands for; None of bits and of those with their own escapes, which stay as they are."""
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith("$"):
        found = _DOLLARS.fullmatch(text)
        return found[1] if found else None
    if text[0] in "eE":
        return _ESCAPE.sub(_unescaped, text[2:-1].replace("''", "'"))
    return None


def _unescaped(found: re.Match[str]) -> str:
    octal, short, four, eight, letter = found.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    number = int(octal, 8) if octal else int(short or four or eight, 16)
    return chr(number) if 0 < number < 0x110000 else ""
