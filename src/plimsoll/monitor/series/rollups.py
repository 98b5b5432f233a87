"""Roll-ups: the lowest, the mean, the highest and the number of points of each stretch of time. Pure.

A roll-up of a roll-up is what one of the points themselves would be, and two of the same stretch merge into one: so
they can be made block by block, also when a clock was set back in between.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Final

from plimsoll.monitor.series.packing import pack_rollup, unpack_rollup

LEVELS_S: Final = (60, 900, 14_400)  # a minute, a quarter of an hour; four hours make a year fit into a chart
SLOTS: Final = 240  # of a block: 4 hours of minutes, 60 hours of quarters, 40 days of four hours


@dataclass(slots=True)
class Rollup:
    """Columns. `slots` are numbers of stretches of `step_s` since 1970, rising."""

    step_s: int
    slots: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, slot: int, low: float, mean: float, high: float, count: int) -> None:
        self.slots.append(slot)
        self.low.append(low)
        self.mean.append(min(max(mean, low), high))  # summing rounds; a mean of equal values is that value
        self.high.append(high)
        self.counts.append(count)

    def part(self, begin: int, end: int) -> "Rollup":
        """Of places, not of slots."""
        columns = (self.slots, self.low, self.mean, self.high, self.counts)
        return Rollup(self.step_s, *(column[begin:end] for column in columns))  # type: ignore[arg-type]  # of one shape each


def rolled_points(times_s: Sequence[float], values: Sequence[float], step_s: int) -> Rollup:
    """Of points in the order of time."""
    made = Rollup(step_s)
    for slot, begin, end in _stretches(int(at // step_s) for at in times_s):
        chosen = values[begin:end]
        made.add(slot, min(chosen), sum(chosen) / len(chosen), max(chosen), len(chosen))
    return made


def coarser(fine: Rollup, step_s: int) -> Rollup:
    """`step_s` is a multiple of that of `fine`; the stretches of `fine` rise, and may be there several times."""
    made = Rollup(step_s)
    factor = step_s // fine.step_s
    for slot, begin, end in _stretches(slot // factor for slot in fine.slots):
        counts = fine.counts[begin:end]
        total = sum(mean * count for mean, count in zip(fine.mean[begin:end], counts, strict=True))
        made.add(slot, min(fine.low[begin:end]), total / sum(counts), max(fine.high[begin:end]), sum(counts))
    return made


def merged(parts: Sequence[Rollup], step_s: int) -> Rollup:
    """All of them as one, each stretch once."""
    if not parts:
        return Rollup(step_s)
    rows = [row for part in parts for row in _rows(part)]
    rows.sort(key=itemgetter(0))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(5)]
    return coarser(Rollup(parts[0].step_s, *columns), step_s)


def blocks(rollup: Rollup) -> Iterator[tuple[int, Rollup]]:
    """As they are stored: the number of each block, with what of the roll-up lies in it."""
    for block, begin, end in _stretches(slot // SLOTS for slot in rollup.slots):
        yield block, rollup.part(begin, end)


def pack(block: int, rollup: Rollup) -> bytes:
    slots = [slot - block * SLOTS for slot in rollup.slots]
    return pack_rollup(slots, rollup.low, rollup.mean, rollup.high, rollup.counts)


def unpack(block: int, step_s: int, blob: bytes) -> Rollup:
    slots, low, mean, high, counts = unpack_rollup(blob)
    numbers = [int(slot) + block * SLOTS for slot in slots]
    return Rollup(step_s, numbers, list(low), list(mean), list(high), [int(count) for count in counts])


def _rows(part: Rollup) -> Iterable[tuple[int, float, float, float, int]]:
    return zip(part.slots, part.low, part.mean, part.high, part.counts, strict=True)


def _stretches(numbers: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Of equal neighbours: the number, and the places at which they begin and end."""
    at = 0
    for number, same in groupby(numbers):
        begin, at = at, at + sum(1 for _ in same)
        yield number, begin, at
