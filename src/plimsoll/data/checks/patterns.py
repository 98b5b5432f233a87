"""Strings that match regular expressions."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import numpy as np
import polars as pl
from rstr import Rstr

from plimsoll.core.distribution import SIZE_MAX, key
from plimsoll.data.checks.intersection import admits
from plimsoll.data.checks.regex import compiled, makeable
from plimsoll.data.checks.shapes import Shape, only_shape_of, shape_of
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Draw

POOL_SIZE: Final = 2_000  # different strings that a column is drawn from; some 0.1 ms each to make
POOL_LEAST: Final = 200  # where they are dear: long, or of a pattern that seldom has the length demanded
POOL_CHARACTERS: Final = 50_000  # made for a pool, with those that did not fit; about half a second
UNIQUE_MAX: Final = 1_000_000  # rows of a unique column; about 100 MB
TRIES_MAX: Final = 1_000  # in a row without a new string: then there are no more
_REPEATED_MAX: Final = 100
KEYS_MAX: Final = 16  # sequences held at once
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PatternGenerator:
    """Strings that the domain's patterns, lengths and case demand; one of its patterns is the model, the rest tests.

    Strings of one shape where the pattern has only that, or, if they are to be unique, one that is large enough.
    Otherwise they are drawn from a pool; unique: row n has the n-th different string of a seeded sequence, up to
    UNIQUE_MAX rows. Raises Unsatisfiable when made if no string is found.
    """

    domain: Domain
    unique: bool = False
    _models: tuple[str, ...] = field(init=False, repr=False)
    _shape: Shape | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_models", _models(self.domain))
        shape, least = (shape_of, UNIQUE_MAX) if self.unique else (only_shape_of, POOL_SIZE)
        found = shape(self.domain)
        object.__setattr__(self, "_shape", found if found and found.size > least else None)
        if not self._shape and not self._strings(0, 1):
            raise Unsatisfiable(f"no string was found that matches {_described(self.domain)}")

    @property
    def capacity(self) -> int | None:
        """Those drawn from. A unique generator without a shape may find fewer than UNIQUE_MAX, and then raises."""
        if self._shape:
            return min(self._shape.size, SIZE_MAX)
        count = len(self._strings(0, POOL_SIZE) if self.unique else _sequence(self.domain, self._models, 0).pool())
        return count if count < POOL_SIZE or not self.unique else UNIQUE_MAX

    def values(self, draw: Draw) -> pl.Series:
        """Raises Unsatisfiable where a unique generator has fewer strings than rows."""
        if self._shape:
            return self._shape.strings(draw) if self.unique else self._shape.any_strings(draw)
        if not self.unique:
            strings = _sequence(self.domain, self._models, 0).pool()  # one for all seeds: it is dear to make
            return pl.Series(strings, dtype=pl.String).gather(draw.ints(len(strings), "pattern"))
        wanted = int(draw.n.max()) + 1 if draw.n.size else 0
        strings = self._strings(draw.key, wanted)
        if len(strings) < wanted:
            raise Unsatisfiable(f"{len(strings):,} strings were found that match {_described(self.domain)}")
        return pl.Series(strings, dtype=pl.String).gather(draw.n.astype(np.int64))

    def _strings(self, seed: int, count: int) -> list[str]:
        return _sequence(self.domain, self._models, seed).first(min(count, UNIQUE_MAX))


class _Maker(Rstr):
    """Of one pattern's strings. Keeps to repetitions of more than a hundred, which the package bounds by that.

    Reads a pattern, and what its classes hold, once: the package does so for each string. What is drawn is the same.
    """

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self._chance = chance
        self._read: dict[str, Any] = {}
        self._classes: dict[int, list[str]] = {}  # by the identity of what is read, which is kept above

    def string(self, model: str) -> str:
        """Raises KeyError where it refers to a group that was left out, or has what the package does not know."""
        if model not in self._read:
            self._read[model] = re._parser.parse(model)
        made: str = self._build_string(self._read[model])
        self._cache.clear()
        return made

    def _handle_in(self, value: Any) -> Any:
        if id(value) not in self._classes:
            self._classes[id(value)] = _members(value)
        members = self._classes[id(value)]
        return self._chance.choice(members) if members else super()._handle_in(value)

    def _handle_repeat(self, least: int, most: int, value: Any) -> str:
        if least <= _REPEATED_MAX:
            return super()._handle_repeat(least, most, value)
        once = super()._handle_repeat
        return "".join(once(1, 1, value) for _ in range(least))


def _members(value: Iterable[tuple[Any, Any]]) -> list[str]:
    """Of a class that names them all; none of any other."""
    chars: list[str] = []
    for operator, told in value:
        if str(operator) not in ("LITERAL", "RANGE"):
            return []
        first, last = told if str(operator) == "RANGE" else (told, told)
        chars.extend(map(chr, range(first, last + 1)))
    return chars


class _Sequence:
    """Different strings in a seeded order, found as they are wanted."""

    __slots__ = ("_found", "_source", "_tried")

    def __init__(self, source: Iterator[tuple[str, int]]) -> None:
        self._source = source
        self._found: list[str] = []
        self._tried: list[int] = []  # characters that had been made when each was found

    def first(self, count: int) -> list[str]:
        """Fewer if there are no more."""
        for text, tried in islice(self._source, max(0, count - len(self._found))):
            self._found.append(text)
            self._tried.append(tried)
        return self._found[:count] if len(self._found) > count else self._found

    def pool(self) -> list[str]:
        """The fewer the dearer they are."""
        if len(self.first(POOL_LEAST)) < POOL_LEAST:
            return self._found
        affordable = POOL_CHARACTERS * POOL_LEAST // max(1, self._tried[POOL_LEAST - 1])
        return self.first(min(max(affordable, POOL_LEAST), POOL_SIZE))


@lru_cache(maxsize=KEYS_MAX)
def _sequence(domain: Domain, models: tuple[str, ...], seed: int) -> _Sequence:
    return _Sequence(_different(domain, models, seed))


def _different(domain: Domain, models: tuple[str, ...], seed: int) -> Iterator[tuple[str, int]]:
    """Until TRIES_MAX strings in a row are known already or do not fit; with how many characters were made so far."""
    chance = random.Random(key(seed, "patterns", *models))
    maker = _Maker(chance)
    seen: set[str] = set()
    failures = tried = 0
    while failures < TRIES_MAX:
        text = _fitted(_attempt(maker, models[failures % len(models)]), domain, chance)
        tried += len(text)
        if text in seen or not admits(domain, text):
            failures += 1
            continue
        failures = 0
        seen.add(text)
        yield text, tried


def _attempt(maker: _Maker, model: str) -> str:
    try:
        return maker.string(model)
    except KeyError:
        return ""


def _models(domain: Domain) -> tuple[str, ...]:
    """Expressions to make strings from: each pattern by itself, the most demanding (longest) first."""
    if not domain.patterns:
        return ("[a-z]{4,12}",)
    try:
        for pattern in domain.absent_patterns:
            compiled(pattern)
        return tuple(makeable(pattern) for pattern in sorted(domain.patterns, key=len, reverse=True))
    except ValueError as error:
        raise Unsatisfiable(str(error)) from error


def _fitted(text: str, domain: Domain, chance: random.Random) -> str:
    """Brought near the lengths and the case demanded; whether it still matches is for the caller to see."""
    text = text.lower() if domain.lower_case else text.upper() if domain.upper_case else text
    text = text.strip(" ") if domain.trimmed else text
    missing = (domain.length_min or 0) - len(text)
    if missing > 0:
        padding = "".join(chance.choices(_LETTERS, k=missing))
        text += padding.upper() if domain.upper_case else padding
    return text[: domain.length_max]


def _described(domain: Domain) -> str:
    wanted = " and ".join(domain.patterns) or "any pattern"
    unwanted = f" but not {' or '.join(domain.absent_patterns)}" if domain.absent_patterns else ""
    lengths = (domain.length_min, domain.length_max)
    return f"{wanted}{unwanted}" + (f" with a length from {lengths[0]} to {lengths[1]}" if any(lengths) else "")
