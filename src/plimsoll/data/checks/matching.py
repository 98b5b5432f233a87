"""Whether a value matches a regular expression, in time that its length bounds.

Python's own matcher goes back and tries again: for ([a-z]|x{2}){120} longer than anybody waits. Expressions that may
make it do so are followed here in all ways at once: from the set of places reached so far to the next such set.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from plimsoll.data.checks.regex import compiled

OPEN_MAX: Final = 3  # repetitions without a common end that Python's matcher may go back into
TEXT_MAX: Final = 2_000  # characters; longer ones are left to Python's matcher only where it cannot go back

Places = frozenset[int]
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT")
_CHARACTERS: Final = ("LITERAL", "NOT_LITERAL", "IN", "ANY")


class _NotFollowed(Exception):
    """The expression refers back or looks around."""


def matches(pattern: str, text: str) -> bool:
    """As `text ~ pattern`. Raises ValueError for what has no equivalent, or cannot be told in time."""
    expression = compiled(pattern)
    if not _may_hang(pattern):
        return expression.search(text) is not None
    if len(text) > TEXT_MAX:
        raise ValueError(f"{pattern!r} may go back too often in so long a text")
    try:
        return bool(_Follower(text, expression.flags).sequence(_tree(pattern), frozenset(range(len(text) + 1))))
    except _NotFollowed:
        raise ValueError(f"{pattern!r} may go back too often, and refers back or looks around") from None


@lru_cache(maxsize=1024)
def _tree(pattern: str) -> tuple[tuple[str, Any], ...]:
    expression = compiled(pattern)
    return tuple((str(operator), value) for operator, value in re._parser.parse(expression.pattern, expression.flags))


@lru_cache(maxsize=1024)
def _may_hang(pattern: str) -> bool:
    open_ones, nested = _weighed(_tree(pattern), inside=False)
    return nested or open_ones > OPEN_MAX


def _weighed(tree: Iterable[tuple[Any, Any]], *, inside: bool) -> tuple[int, bool]:
    """How many repetitions have no fixed number, and whether there is a choice within one of any kind."""
    open_ones, nested = 0, False
    for operator, value in tree:
        chooses, repeats = str(operator) == "BRANCH", str(operator) in _REPEATS
        if repeats and value[0] != value[1]:
            open_ones, chooses = open_ones + 1, True
        nested = nested or (inside and chooses)
        for part in _parts(str(operator), value):
            below, choice = _weighed(part, inside=inside or (repeats and value[1] > 1))
            open_ones, nested = open_ones + below, nested or choice
    return open_ones, nested


def _parts(operator: str, value: Any) -> list[Any]:
    """The expressions within one."""
    if operator == "BRANCH":
        return list(value[1])
    return [value[-1]] if operator in (*_REPEATS, "SUBPATTERN", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP") else []


class _Follower:
    """One text, and where the parts of an expression end that begin at some places of it."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def sequence(self, tree: Iterable[tuple[Any, Any]], places: Places) -> Places:
        for operator, value in tree:
            if not places:
                break
            places = self._next(str(operator), value, places)
        return places

    def _next(self, operator: str, value: Any, places: Places) -> Places:
        if operator in _CHARACTERS:
            fits, text = _class_of(operator, tuple(value) if operator == "IN" else value, self._flags), self._text
            return frozenset(place + 1 for place in places if place < len(text) and fits(text[place]) is not None)
        if operator == "AT":
            at = _at(str(value), self._flags)
            return frozenset(place for place in places if at(self._text, place) is not None)
        if operator == "BRANCH":
            return frozenset().union(*(self.sequence(branch, places) for branch in value[1]))
        if operator == "SUBPATTERN":
            return self.sequence(value[-1], places)
        if operator in _REPEATS:
            return self._repeated(value, places)
        raise _NotFollowed

    def _repeated(self, value: Any, places: Places) -> Places:
        least, most, tree = value
        for _ in range(least):
            places = self.sequence(tree, places)
        reached, new, times = places, places, least
        while new and times < int(most):
            new = self.sequence(tree, new) - reached
            reached, times = reached | new, times + 1
        return reached


@lru_cache(maxsize=1024)
def _class_of(operator: str, value: Any, flags: int) -> Callable[[str], Any]:
    """What tells whether one character fits: Python's matcher itself, of the class written out again."""
    if operator == "ANY":
        written = "."
    elif operator == "IN":
        written = "[" + "".join(map(_member, value)) + "]"
    else:
        written = ("[^" if operator == "NOT_LITERAL" else "[") + _char(value) + "]"
    return re.compile(written, flags & ~re.VERBOSE).fullmatch


def _member(member: tuple[Any, Any]) -> str:
    kind, value = str(member[0]), member[1]
    if kind == "RANGE":
        return f"{_char(value[0])}-{_char(value[1])}"
    return "^" if kind == "NEGATE" else _CATEGORIES[str(value)] if kind == "CATEGORY" else _char(value)


def _char(code: int) -> str:
    return f"\\U{code:08x}"


@lru_cache(maxsize=64)
def _at(kind: str, flags: int) -> Callable[[str, int], Any]:
    return re.compile(_ENDS[kind], flags & ~re.VERBOSE).match


_CATEGORIES: Final = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
_ENDS: Final = {
    "AT_BEGINNING": "^", "AT_BEGINNING_STRING": r"\A", "AT_END": "$", "AT_END_STRING": r"\Z",
    "AT_BOUNDARY": r"\b", "AT_NON_BOUNDARY": r"\B",
}  # fmt: skip
