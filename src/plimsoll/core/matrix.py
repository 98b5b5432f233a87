"""A matrix of runs: axes such as users=10,50,100, their cross product, and the order in which it is run. Pure."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from plimsoll.core.errors import UsageError

RUNS_MAX: Final = 500  # of a series: more would take days, and is a typing error more often than a wish
PER_USER: Final = "per-user"
Value = int | float | str


@dataclass(frozen=True, slots=True)
class Axis:
    name: str
    values: tuple[Value, ...]


Cell = Mapping[str, Value]  # a value for each axis; empty where there is none


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of a series: which cell, by its place, and the how manieth time (the first is 1)."""

    cell: int
    repeat: int


def read_matrix(texts: Sequence[str]) -> tuple[Axis, ...]:
    """The axes of `--matrix users=10,50 --matrix processes=1,2`. Raises UsageError."""
    axes = tuple(_axis(text) for text in texts)
    names = [axis.name for axis in axes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _wrong(f"{twice} stands there twice", f"--matrix {twice}=10,50,100")
    if {"users", "rate"} <= set(names):
        raise _wrong("users are a closed loop, a rate is an open one", "a matrix for each")
    return axes


def cells(axes: Sequence[Axis]) -> tuple[Cell, ...]:
    """Every combination of the axes' values, the last axis varying fastest; without an axis one empty cell."""
    names = [axis.name for axis in axes]
    return tuple(dict(zip(names, values, strict=True)) for values in product(*(axis.values for axis in axes)))


def turns(cell_count: int, repeats: int, *, mirrored: bool = False) -> Iterator[Turn]:
    """A B C A B C rather than A A B B C C: what drifts meanwhile then falls on all cells alike.

    Mirrored it is A B B A A B: what drifts steadily, and what the run before leaves behind, then falls on both exactly.
    """
    if cell_count * repeats > RUNS_MAX:
        raise UsageError(
            f"{cell_count * repeats:,} runs are too many",
            why=f"{cell_count:,} cells, {repeats:,} times each; {RUNS_MAX} are the most",
            remedy="fewer values, or fewer repeats",
        )
    there, back = range(cell_count), range(cell_count - 1, -1, -1)
    return (
        Turn(cell, repeat)
        for repeat in range(1, repeats + 1)
        for cell in (back if mirrored and repeat % 2 == 0 else there)
    )


def cell_words(cell: Cell) -> str:
    """ "users 50, processes 2"."""
    return ", ".join(f"{name} {value_words(value)}" for name, value in cell.items())


def value_words(value: Value) -> str:
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value


def _axis(text: str) -> Axis:
    name, equals, rest = text.partition("=")
    name = name.strip()
    if not equals or name not in _KINDS:
        raise _wrong(f"{text!r} is not NAME=VALUE,VALUE with one of {', '.join(_KINDS)}", "--matrix users=10,50,100")
    values = tuple(_KINDS[name](name, item.strip()) for item in rest.split(","))
    if len(set(values)) < len(values):
        raise _wrong(f"{text!r} has a value twice", "each value once; --repeat N makes a run again")
    return Axis(name, values)


def _whole(name: str, text: str) -> Value:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:10]) <= 1_000_000:
        raise _wrong(f"{text!r} is no number of {name}: a whole one from 1 up", f"--matrix {name}=1,2,4")
    return int(text)


def _rate(name: str, text: str) -> Value:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise _wrong(f"{text!r} is no {name}: a number above 0", f"--matrix {name}=50,100,200")
    return value


def _connections(name: str, text: str) -> Value:
    return PER_USER if text == PER_USER else _whole(name, text)


_KINDS: Final[Mapping[str, Callable[[str, str], Value]]] = {
    "users": _whole, "rate": _rate, "processes": _whole, "connections": _connections,
}  # fmt: skip


def _wrong(why: str, remedy: str) -> UsageError:
    return UsageError("wrong --matrix", why=why, remedy=remedy)
