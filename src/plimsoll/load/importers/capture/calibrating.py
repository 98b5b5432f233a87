"""Which values make a statement read as much as it did: ranges and patterns say nothing of how wide they were. Pure.

What a call read and returned is known on average, in pages of the buffer cache and rows, which are the same on any
machine with the same data. A few of the sampled values are tried, in order of width; those around the best are kept.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from plimsoll.core.sql.values import Cell, ordering_of
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.patterns import LOOSE, by_reach
from plimsoll.load.importers.capture.spreading import bounds

PROBES: Final = 13  # values tried of a statement whose ranges are open
CHECKS: Final = 3  # of any other
AGAIN: Final = 5  # values tried once more among those that fit best
AGAIN_PATTERNS: Final = 50  # patterns next to each other in order may differ much: only tried ones are kept
NEAR: Final = math.log(2)
SAME: Final = 0.1
FAR_BEYOND: Final = math.log(50)  # so many times what is wanted; what is wider still need not be tried
FAR: Final = 3.0  # times as many pages, or as few, of which the reader is told
FEW: Final = 4  # pages of a look-up by a key, or rows; differences below it are none

_LOOSE: Final = frozenset({"low", "high", "span"}) | LOOSE


def is_loose(draft: Draft) -> bool:
    """Whether how much it reads depends on how wide its values are."""
    return any(use.kind in _LOOSE for use in draft.uses)


@dataclass(frozen=True, slots=True)
class Effort:
    """What a call read, in pages, and the rows it returned."""

    pages: float
    rows: float

    @property
    def size(self) -> float:
        """Both in one number, on a scale of powers; few pages and no rows are much the same as none."""
        return math.log(self.pages + FEW) + math.log(self.rows + 1)

    def distance(self, other: "Effort") -> float:
        """How far apart."""
        return abs(self.size - other.size)


def effort_of(draft: Draft) -> Effort:
    """That of a call, on average."""
    statement = draft.statement
    pages = (statement.blocks_hit + statement.blocks_read) / max(1, statement.calls)
    return Effort(pages, statement.rows_per_call)


def has_width(draft: Draft) -> bool:
    """Whether `by_width` can tell."""
    return _width(draft) is not None


def by_width(draft: Draft, rows: Sequence[Mapping[int, Cell]]) -> list[int]:
    """Places of the rows, from the narrowest values to the widest, as far as their types tell; else as they are."""
    found = _width(draft)
    if found is None:
        pattern = next((use.number for use in draft.uses if use.kind in LOOSE), None)
        return list(range(len(rows))) if pattern is None else by_reach([row[pattern] or "" for row in rows])
    width, rising = found
    try:
        widths = [width(row) for row in rows]
        return sorted(range(len(rows)), key=widths.__getitem__, reverse=not rising)
    except (TypeError, ValueError, ArithmeticError):
        return list(range(len(rows)))


def _width(draft: Draft) -> tuple[Callable[[Mapping[int, Cell]], Any], bool] | None:
    """How wide a row's range is, or where an open one begins; and whether that widens as it rises."""
    span = next((use for use in draft.uses if use.kind == "span"), None)
    pairs = bounds(draft.uses)
    single = span or next((use for use in draft.uses if use.kind in ("low", "high")), None)
    if single is None:
        return None
    number = single.number if span is not None or not pairs else pairs[0][0]
    read = ordering_of(draft.types[number])
    if read is None:
        return None
    if span is not None or not pairs:
        return (lambda row: read(row[number] or "")), single.kind != "low"
    low, high = pairs[0]
    return (lambda row: read(row[high] or "") - read(row[low] or "")), True


def probes(count: int, wanted: int) -> list[int]:
    """Up to `wanted` ranks of `count`, evenly spread, both ends among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(step * (count - 1) / (wanted - 1)) for step in range(wanted)})


def around_best(order: Sequence[int], tried: Mapping[int, Effort], wanted: Effort) -> list[int]:
    """The places to keep, of ranks in `order`: those within twice and half of what is wanted, or the nearest.

    `tried` is by rank; between two tried ranks a straight line says what the others come to.
    """
    misses = [abs(size - wanted.size) for size in _sizes(len(order), tried)]
    reach = max(NEAR, min(misses) + SAME)
    return [place for place, miss in zip(order, misses, strict=True) if miss <= reach]


def nearest(order: Sequence[int], tried: Mapping[int, Effort], wanted: Effort) -> list[int]:
    """The places to keep of tried ranks only: those within twice and half of what is wanted, or the nearest."""
    misses = {rank: effort.distance(wanted) for rank, effort in sorted(tried.items())}
    reach = max(NEAR, min(misses.values()) + SAME)
    return [order[rank] for rank, miss in misses.items() if miss <= reach]


def between(order: Sequence[int], kept: Sequence[int], wanted: int) -> list[int]:
    """Ranks to try once more, evenly spread over those that are kept."""
    chosen = set(kept)
    ranks = [rank for rank, place in enumerate(order) if place in chosen]
    return [ranks[at] for at in probes(len(ranks), wanted)]


def _sizes(count: int, tried: Mapping[int, Effort]) -> list[float]:
    """Of every rank, beyond the tried ones as the last of them."""
    ranks = sorted(tried)
    found = [tried[ranks[0]].size] * (ranks[0] + 1)
    for left, right in pairwise(ranks):
        low, high = tried[left].size, tried[right].size
        found += [low + (high - low) * step / (right - left) for step in range(1, right - left + 1)]
    return found + [found[-1]] * (count - len(found))


def closest(tried: Mapping[int, Effort], wanted: Effort) -> int:
    """The rank that comes nearest."""
    return min(tried, key=lambda rank: tried[rank].distance(wanted))


def differs(draft: Draft, tried: Sequence[Effort]) -> str:
    """What to say of the values that are kept; empty where they fit."""
    wanted = effort_of(draft)
    if not tried:
        return ""
    pages, rows = (sum(several) / len(tried) for several in ([one.pages for one in tried], [one.rows for one in tried]))
    if _is_far(pages, wanted.pages):
        return (
            f"Reads {pages:,.0f} pages a call with the values found for it; it was {wanted.pages:,.0f} when captured."
        )
    if is_loose(draft) and _is_far(rows, wanted.rows):
        return f"Returns {rows:,.0f} rows a call with the values found for it; it was {wanted.rows:,.0f} when captured."
    return ""


def _is_far(found: float, wanted: float) -> bool:
    return not 1 / FAR < (found + FEW) / (wanted + FEW) < FAR
