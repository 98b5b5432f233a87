"""Which values make a statement read as much as it did: ranges and patterns say nothing of how wide they were. Pure.

What a call read is known on average, in pages of the buffer cache, which is the same on any machine with the same data.
A few of the sampled values are tried, in order of width, and those around the best are kept.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.picking import Cell, bounds
from plimsoll.load.importers.capture.reading import reading_of

PROBES: Final = 13  # values tried of a statement whose ranges are open
CHECKS: Final = 3  # of any other
WINDOW: Final = 1 / 12  # of all values, on either side of the best
FAR: Final = 3.0  # times as many pages, or as few, of which the reader is told
PAGES_MIN: Final = 16  # below which nobody cares

_LOOSE: Final = frozenset({"low", "high", "prefix", "anywhere", "regex"})


def is_loose(draft: Draft) -> bool:
    """Whether how much it reads depends on how wide its values are."""
    return any(use.kind in _LOOSE for use in draft.uses)


def target_pages(draft: Draft) -> float:
    """What a call read, on average."""
    statement = draft.statement
    return (statement.blocks_hit + statement.blocks_read) / max(1, statement.calls)


def by_width(draft: Draft, rows: Sequence[Mapping[int, Cell]]) -> list[int]:
    """Places of the rows, from the narrowest values to the widest, as far as their types tell; else as they are."""
    width = _width(draft)
    if width is None:
        return list(range(len(rows)))
    try:
        widths = [width(row) for row in rows]
        return sorted(range(len(rows)), key=widths.__getitem__)
    except (TypeError, ValueError, ArithmeticError):
        return list(range(len(rows)))


def _width(draft: Draft) -> Any:
    pairs = bounds(draft.uses)
    if pairs:
        low, high = pairs[0]
        read = reading_of(draft.types[low]).read
        return lambda row: read(row[high]) - read(row[low])
    single = next((use for use in draft.uses if use.kind in ("low", "high")), None)
    if single is None or reading_of(draft.types[single.number]).cast:
        return None
    read = reading_of(draft.types[single.number]).read
    return lambda row: read(row[single.number])


def probes(count: int, wanted: int) -> list[int]:
    """Up to `wanted` ranks of `count`, evenly spread, both ends among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(step * (count - 1) / (wanted - 1)) for step in range(wanted)})


def distance(pages: float, target: float) -> float:
    """How far off, the same for twice and half as many; 0 where both are few."""
    return abs(math.log((pages + PAGES_MIN) / (target + PAGES_MIN)))


def around_best(order: Sequence[int], pages: Mapping[int, float], target: float) -> list[int]:
    """The places to keep, of ranks in `order`; `pages` by rank, as far as they were tried.

    Between two tried ranks of which one read too much and one too little the best lies where a straight line says.
    """
    ranks = sorted(pages)
    best = float(min(ranks, key=lambda rank: distance(pages[rank], target)))
    for left, right in pairwise(ranks):
        low, high = pages[left], pages[right]
        if min(low, high) <= target <= max(low, high) and low != high:
            between = left + (right - left) * (target - low) / (high - low)
            if best in (left, right):
                best = between
                break
    reach = max(1.0, WINDOW * len(order))
    return [place for rank, place in enumerate(order) if abs(rank - best) <= reach]


def differs(draft: Draft, blocks: Sequence[float]) -> str:
    """What to say of the pages that the kept values read; empty where they fit."""
    if not blocks:
        return ""
    found, target = sum(blocks) / len(blocks), target_pages(draft)
    if distance(found, target) < math.log(FAR):
        return ""
    return f"Reads {found:,.0f} pages a call with the values found for it; it was {target:,.0f} when it was captured."
