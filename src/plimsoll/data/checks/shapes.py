"""Strings of one shape: an alphabet for each place, so that the n-th of them is known without the others."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from random import Random
from typing import Any, Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import SIZE_MAX, key, permutation
from plimsoll.data.checks.intersection import admits
from plimsoll.data.checks.regex import REPEATS_MAX, makeable
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Draw, Numbers

TRIES: Final = 64  # shapes that are looked at; the one with the most strings is taken
SAMPLE: Final = 200  # strings of it that must fit


class _NoShape(Exception):
    """The expression refers back, looks around or the like."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`alphabets` are the characters allowed at each place, each once."""

    alphabets: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many strings there are."""
        return prod(len(alphabet) for alphabet in self.alphabets)

    def strings(self, draw: Draw) -> pl.Series:
        """Different ones for different rows in range(min(size, 2**53))."""
        return self._spelled(permutation(key(draw.key, "shape"), draw.n, min(self.size, SIZE_MAX)), draw)

    def any_strings(self, draw: Draw) -> pl.Series:
        """Any of them, some more than once."""
        return self._spelled(draw.ints(min(self.size, SIZE_MAX), "shape"), draw)

    def _spelled(self, ranks: Numbers, draw: Draw) -> pl.Series:
        codes = np.empty((len(draw.n), len(self.alphabets)), dtype=np.uint32)
        left = SIZE_MAX
        for place in reversed(range(len(self.alphabets))):
            chars = np.array([ord(char) for char in self.alphabets[place]], dtype=np.uint32)
            if left >= len(chars):
                ranks, digits = np.divmod(ranks, len(chars))
                left //= len(chars)
            else:  # the places behind tell rows apart already
                digits, left = draw.ints(len(chars), f"place {place}"), 0
            codes[:, place] = chars[digits]
        return pl.Series(codes.view(f"<U{len(self.alphabets)}").ravel().tolist(), dtype=pl.String)


@lru_cache(maxsize=256)
def shape_of(domain: Domain) -> Shape | None:
    """The shape with the most strings that fit a domain of one pattern; None where none is sure to fit."""
    plain = Domain(
        length_min=domain.length_min,
        length_max=domain.length_max,
        patterns=domain.patterns,
        lower_case=domain.lower_case,
        upper_case=domain.upper_case,
        not_null=domain.not_null,
    )
    if len(domain.patterns) != 1 or domain != plain:
        return None
    found = sorted(dict.fromkeys(_shapes(domain)), key=_preference, reverse=True)
    return next((shape for shape in found if _fits(shape, domain)), None)  # to see whether one fits is dear


def _preference(shape: Shape) -> tuple[int, int]:
    return min(shape.size, SIZE_MAX), -len(shape.alphabets)


@lru_cache(maxsize=256)
def only_shape_of(domain: Domain) -> Shape | None:
    """As `shape_of`, None also where strings of several shapes fit."""
    found = shape_of(domain)
    return found if found is not None and set(_shapes(domain)) == {found} else None


def _shapes(domain: Domain) -> list[Shape]:
    """Some of those that the pattern has."""
    try:
        tree = re._parser.parse(makeable(domain.patterns[0]))
        return [_shape(tree, domain, Random(number)) for number in range(TRIES)]
    except (_NoShape, ValueError):
        return []


def _fits(shape: Shape, domain: Domain) -> bool:
    length = len(shape.alphabets)
    if not length or not all(shape.alphabets):
        return False
    if length < (domain.length_min or 0) or (domain.length_max is not None and length > domain.length_max):
        return False
    rows: Numbers = np.arange(min(SAMPLE, shape.size), dtype=np.int64)
    return all(admits(domain, text) for text in shape.strings(Draw(0, rows)))


def _shape(tree: Iterable[Any], domain: Domain, chance: Random) -> Shape:
    alphabets = _alphabets(tree, chance)
    return Shape(tuple("".join(char for char in dict.fromkeys(chars) if _cased(char, domain)) for chars in alphabets))


def _cased(char: str, domain: Domain) -> bool:
    return not (domain.lower_case and char != char.lower()) and not (domain.upper_case and char != char.upper())


def _alphabets(tree: Iterable[Any], chance: Random) -> list[str]:
    found: list[str] = []
    for operator, value in tree:
        part = _PARTS.get(str(operator))
        if part is None:
            raise _NoShape
        found += part(value, chance)
    return found


def _of_set(members: Iterable[Any], _: Random) -> list[str]:
    chars = ""
    for operator, value in members:
        if str(operator) not in ("LITERAL", "RANGE"):
            raise _NoShape
        first, last = value if str(operator) == "RANGE" else (value, value)
        chars += "".join(map(chr, range(first, last + 1)))
    return [chars]


def _of_repeat(value: Any, chance: Random) -> list[str]:
    least, most, tree = value
    times = chance.randint(least, min(most, least + REPEATS_MAX))
    return [alphabet for _ in range(times) for alphabet in _alphabets(tree, chance)]


def _of_end(value: Any, _: Random) -> list[str]:
    if str(value) not in ("AT_BEGINNING", "AT_BEGINNING_STRING", "AT_END_STRING"):
        raise _NoShape
    return []


_PARTS: Final[dict[str, Callable[[Any, Random], list[str]]]] = {
    "LITERAL": lambda value, _: [chr(value)],
    "IN": _of_set,
    "AT": _of_end,
    "MAX_REPEAT": _of_repeat,
    "MIN_REPEAT": _of_repeat,
    "SUBPATTERN": lambda value, chance: _alphabets(value[-1], chance),
    "BRANCH": lambda value, chance: _alphabets(chance.choice(value[1]), chance),
}
