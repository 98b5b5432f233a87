"""Patterns made of sampled values, from those that every row matches to those of a single one. Pure."""

import re
from collections.abc import Sequence
from typing import Final

LOOSE: Final = frozenset({"prefix", "anywhere", "regex"})
LENGTH_MAX: Final = 60  # characters of a value that are made use of
_WORD: Final = re.compile(r"\w{3,}")


def pattern_of(kind: str, value: str, place: int) -> str:
    """A pattern that the value matches. `place` varies its form and length, as people search for a beginning, a part
    or the whole; which of them come near what was captured is found out by trying."""
    if kind == "regex":
        return _word(value)
    if kind == "prefix":
        return f"{_escaped(_beginning(value, place // 2) if place % 2 else value[: max(3, len(value) // 3)])}%"
    form, turn = place % 4, place // 4
    if form == 1:
        return f"{_escaped(_beginning(value, turn))}%"
    part = {0: _word(value), 2: value[:LENGTH_MAX], 3: _part(value, turn)}[form]
    return f"%{_escaped(part)}%"


def by_reach(patterns: Sequence[str]) -> list[int]:
    """Places of the patterns, from those found in the fewest of the others to those found in most."""
    cores = [pattern.replace("\\", "").strip("%").lower() for pattern in patterns]
    found = {core: sum(core in other for other in cores) for core in set(cores)}
    return sorted(range(len(cores)), key=lambda place: (found[cores[place]], -len(cores[place])))


def _beginning(value: str, turn: int) -> str:
    return value[: 1 + turn % max(1, min(len(value), LENGTH_MAX))]


def _part(value: str, turn: int) -> str:
    """Three characters or more from somewhere within."""
    start = turn % max(1, min(len(value), LENGTH_MAX) - 2)
    return value[start : start + 3 + turn % 7]


def _word(value: str) -> str:
    return max(_WORD.findall(value), key=len, default=value[:1] if value[:1].isalnum() else "a")


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
