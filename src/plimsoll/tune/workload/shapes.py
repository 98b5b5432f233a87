"""The same statement with other constants, told quickly: what its constants become is found out once. Pure.

A log repeats few statements many times. Of each text only the constants are cut out; what is left tells whether it is
known. What is written oddly goes the long way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.sql.tokens import parameters
from plimsoll.tune.workload.asked import Values
from plimsoll.tune.workload.constants import normalised

KNOWN_MAX: Final = 5_000  # texts without constants; beyond it all are forgotten
TEXT_MAX: Final = 10_000  # characters; a longer one goes the long way

_PART: Final = re.compile(
    r"""
    (?P<comment> --[^\n]*+ | /\*(?![+,])(?:(?!\*/|/\*).)*+\*/ )
  | (?P<name> "(?:[^"]|"")*+" )
  | (?P<string> (?<![\w&$])'(?:[^']|'')*+' )
  | (?P<number> (?<![\w.$])[0-9]++(?:\.[0-9]++)?(?![\w.]) )
    """,
    re.VERBOSE | re.DOTALL,
)
# What is odd: other kinds of strings, quotations by dollars, hints to the planner, comments in comments, what is open.
_LEFT_OVER: Final = re.compile(r"""['"]|--|/\*|\$(?![0-9])""")
_SHARING: Final = re.compile(r"GROUP|DISTINCT", re.IGNORECASE)
_STRING, _NUMBER = "plimsoll_constant_{}_", 7_000_000_000
_MARKED: Final = re.compile(r"plimsoll_constant|7000000|[\x01-\x03]")  # as if it were ours
_MADE: Final = re.compile(r"(-?)(?:plimsoll_constant_(\d+)_|7(\d{9}))")


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement with its constants as parameters behind its `own`, and what they were."""

    text: str
    values: Values
    own: int


@dataclass(frozen=True, slots=True)
class _Known:
    """Which constants are values, and with which sign; `kept` are those that stay in the text."""

    text: str
    values: tuple[tuple[str, int], ...]
    kept: tuple[int, ...]
    own: int


class Shapes:
    """Remembers those that it has seen."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[int, ...]], _Known | None] = {}

    def of(self, text: str) -> Shape:
        """As `normalised` would have it."""
        cut = _cut(text) if len(text) <= TEXT_MAX and not _MARKED.search(text) else None
        if cut is None:
            return _slow(text)
        bare, constants = cut
        same = tuple(map(constants.index, constants)) if _SHARING.search(bare) else ()
        if (bare, same) not in self._known:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[bare, same] = _learned(text, same or range(len(constants)))
        known = self._known[bare, same]
        return _slow(text) if known is None else _filled(known, constants)


def _slow(text: str) -> Shape:
    made, values = normalised(text)
    return Shape(made, values, max(parameters(text), default=0))


def _cut(text: str) -> tuple[str, list[str]] | None:
    """What is left without its constants, and those; None where something has no end."""
    constants: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind in ("string", "number"):
            constants.append(found.group())
            return "\1" if kind == "string" else "\2"
        return " " if kind == "comment" else "\3" + found.group()[1:-1].replace('"', "\3") + "\3"

    bare = _PART.sub(replaced, text)
    return None if _LEFT_OVER.search(bare) else (bare, constants)


def _learned(text: str, marks: Sequence[int]) -> _Known | None:
    """By what becomes of constants that are unlike any others, one mark for each; None where that cannot be told."""
    numbers = iter(marks)

    def marked(found: re.Match[str]) -> str:
        if found.lastgroup == "string":
            return f"'{_STRING.format(next(numbers))}'"
        return str(_NUMBER + next(numbers)) if found.lastgroup == "number" else found.group()

    probe = _PART.sub(marked, text)
    made, values = normalised(probe)
    told = [_MADE.fullmatch(value or "") for value in values]
    if not all(told):
        return None
    places = tuple((found[1], int(found[2] or found[3])) for found in told if found)
    kept = tuple(sorted({int(found[2] or found[3]) for found in _MADE.finditer(made)}))
    return _Known(made, places, kept, max(parameters(probe), default=0))


def _filled(known: _Known, constants: list[str]) -> Shape:
    text = known.text
    for at in known.kept:
        text = text.replace(str(_NUMBER + at), constants[at])
    values = tuple(sign + _value(constants[at]) for sign, at in known.values)
    return Shape(text, values, known.own)


def _value(constant: str) -> str:
    return constant[1:-1].replace("''", "'") if constant.startswith("'") else constant
