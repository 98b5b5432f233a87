"""Feeds: where a scenario's parameters come from.

Which value is drawn n-th is a pure function of (seed, feed, n), and process k of P draws every P-th n: unique values
and equal runs need no talk between processes. Made at the top of a scenario file; bound before the load begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plimsoll.core import distribution
from plimsoll.core.errors import UsageError

ROWS_MAX = 2_000_000  # of one feed.sql or feed.csv; every process holds them
BLOCK = 4_096  # values drawn at a time
Order = Literal["uniform", "zipf", "sequential", "shuffled"]


class FeedExhausted(Exception):
    """A unique feed has given all its values; the run then ends in good order."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a feed's values are: an inclusive range, values at hand, a file, a query, or a function of a Random."""

    kind: Literal["range", "values", "csv", "sql", "generate"]
    detail: Any
    where: str

    def describe(self) -> str:
        shown = str(self.detail) if self.kind in ("range", "csv", "sql") else ""
        return f"feed.{self.kind}({shown[:60]!r})" if shown else f"feed.{self.kind}(...)"


class Feed:
    """Values to draw. The methods that choose an order return a new feed."""

    __slots__ = ("_order", "_skew", "_unique", "draw", "number", "source")

    draw: Callable[[], Any]

    def __init__(self, source: Source, *, order: Order = "uniform", skew: float = 0.0, unique: bool = False) -> None:
        self.source = source
        self._order = order
        self._skew = skew
        self._unique = unique
        self.draw = self._unbound
        self.number = _register(self)

    def zipf(self, s: float) -> Feed:
        """The first values most often: the k-th with a share proportional to 1/k**s (s >= 0)."""
        if not 0 <= s <= 10:
            raise UsageError(
                "wrong skew for .zipf()",
                where=self.source.where,
                why=f"{s!r} is not a number from 0 to 10",
                remedy=".zipf(1.1)",
            )
        if self._unique:
            raise self._unique_and_zipf()
        return self._with(order="zipf", skew=float(s))

    def sequential(self) -> Feed:
        """In order, and again from the start."""
        return self._with(order="sequential")

    def shuffled(self) -> Feed:
        """Each value once in a seeded random order, and again in that order."""
        return self._with(order="shuffled")

    def unique(self) -> Feed:
        """Each value at most once in the whole run, in order or `.shuffled()`; when they are used up, the run ends."""
        if self._order == "zipf":
            raise self._unique_and_zipf()
        order: Order = "shuffled" if self._order == "shuffled" else "sequential"
        return self._with(order=order, unique=True)

    def _unique_and_zipf(self) -> UsageError:
        return UsageError(
            f"{self.source.describe()} cannot be both .zipf() and .unique()",
            where=self.source.where,
            why="a skew draws some values again and again",
            remedy="leave one out",
        )

    def _with(self, *, order: Order, skew: float = 0.0, unique: bool | None = None) -> Feed:
        if self.source.kind == "generate":
            raise UsageError(
                f"feed.generate has no order .{order}()",
                where=self.source.where,
                remedy="let the function make the order",
            )
        return Feed(self.source, order=order, skew=skew, unique=self._unique if unique is None else unique)

    def _unbound(self) -> Any:
        raise UsageError(
            f"{self.source.describe()} was drawn from before the load",
            where=self.source.where,
            remedy="make feeds at the top of the scenario file and draw from them inside journeys",
        )

    def bind(self, seed: int, process: int, processes: int, values: Sequence[Any] | None) -> None:
        """Makes `draw` give this process's share. `values` are what a source that must be read has been read into.

        Raises UsageError when there is nothing to draw from.
        """
        key = distribution.key(seed, "feed", self.number)
        if self.source.kind == "generate":
            self.draw = _generating(self.source.detail, key, process, processes)
            return
        low, size = _bounds(self.source, values)
        if size < 1:
            raise UsageError(
                f"{self.source.describe()} is empty", where=self.source.where, why="there is nothing to draw"
            )
        blocks = self._indexes(key, size, process, processes)
        if self.source.kind == "range":
            self.draw = chain.from_iterable((block + low).tolist() for block in blocks).__next__
        else:
            assert values is not None
            at = values.__getitem__
            self.draw = chain.from_iterable(map(at, block.tolist()) for block in blocks).__next__
        if self._unique:
            self.draw = _ending(self.draw, self.source.describe())

    def _indexes(self, key: int, size: int, process: int, processes: int) -> Iterator[NDArray[np.int64]]:
        """Blocks of indexes 0..size-1 for n = process, process + processes, ..."""
        start = process
        while True:
            n = start + processes * np.arange(BLOCK, dtype=np.int64)
            start += processes * BLOCK
            if self._unique:
                n = n[n < size]
                if not n.size:
                    return
            yield self._ordered(key, n, size)

    def _ordered(self, key: int, n: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        if self._order == "uniform":
            return distribution.uniform_ints(key, n, size)
        if self._order == "zipf":
            return distribution.zipf_ranks(key, n, size, self._skew)
        if self._order == "shuffled":
            return distribution.permutation(key, n % size, size)
        return n % size


def _ending(draw: Callable[[], Any], feed: str) -> Callable[[], Any]:
    def draw_or_end() -> Any:
        try:
            return draw()
        except StopIteration:
            raise FeedExhausted(feed) from None

    return draw_or_end


def _generating(make: Callable[[Random], Any], key: int, process: int, processes: int) -> Callable[[], Any]:
    numbers = count(process, processes)
    return lambda: make(Random(distribution.key(key, next(numbers))))  # what one draw raises spoils no other


def _bounds(source: Source, values: Sequence[Any] | None) -> tuple[int, int]:
    if source.kind == "range":
        low, high = source.detail
        return low, high - low + 1
    if values is None:
        raise UsageError(f"{source.describe()} was not read", where=source.where)
    return 0, len(values)


_collecting: ContextVar[list[Feed] | None] = ContextVar("feeds", default=None)


@contextmanager
def collecting() -> Iterator[list[Feed]]:
    """All feeds made inside, in order: their numbers are the same in every process that loads the same file."""
    feeds: list[Feed] = []
    token = _collecting.set(feeds)
    try:
        yield feeds
    finally:
        _collecting.reset(token)


def _register(made: Feed) -> int:
    feeds = _collecting.get()
    if feeds is None:
        return -1
    feeds.append(made)
    return len(feeds) - 1


def calling_line() -> str:
    """Where the scenario file is being read: "FILE, line N" of the first frame outside this package."""
    for frame in inspect.stack(context=0):
        if Path(frame.filename).parent != Path(__file__).parent:
            return f"{frame.filename}, line {frame.lineno}"
    return ""


class Row(Sequence[Any]):
    """A row of a feed with several columns: by position and by name."""

    __slots__ = ("_names", "_values")

    def __init__(self, values: Iterable[Any], names: tuple[str, ...]) -> None:
        self._values = tuple(values)
        self._names = names

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return self._values[key]
        try:
            return self._values[self._names.index(key)]
        except ValueError:
            raise KeyError(f"{key!r}; there are {', '.join(self._names)}") from None

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Row {dict(zip(self._names, self._values, strict=True))}>"


def rows_to_values(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Values of one column, or rows of several."""
    if len(names) == 1:
        return [row[0] for row in rows]
    shared = tuple(names)
    return [Row(row, shared) for row in rows]
