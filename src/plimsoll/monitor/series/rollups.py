"""Roll-ups: the lowest, the mean, the highest and the number of points of each stretch of time. Pure.

A roll-up of a roll-up is what one of the points themselves would be, and two of the same stretch merge into one: so
they can be made block by block, also when a clock was set back in between.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter, mul
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
        columns = (self.low[begin:end], self.mean[begin:end], self.high[begin:end])
        return Rollup(self.step_s, self.slots[begin:end], *columns, self.counts[begin:end])

    def extend(self, later: "Rollup") -> None:
        self.slots += later.slots
        self.low += later.low
        self.mean += later.mean
        self.high += later.high
        self.counts += later.counts

    def cut_off(self, place: int) -> "Rollup":
        """Takes away what stands from a place on, and returns it."""
        end = self.part(place, len(self.slots))
        for column in (self.slots, self.low, self.mean, self.high, self.counts):
            del column[place:]
        return end


def rolled_points(times_s: Sequence[float], values: Sequence[float], step_s: int) -> Rollup:
    """Of points in the order of time."""
    made = Rollup(step_s)
    for slot, begin, end in _stretches(times_s, step_s):
        chosen = values[begin:end]
        made.add(slot, min(chosen), sum(chosen) / len(chosen), max(chosen), len(chosen))
    return made


def coarser(fine: Rollup, step_s: int) -> Rollup:
    """`step_s` is a multiple of that of `fine`; the stretches of `fine` rise, and may be there several times."""
    made = Rollup(step_s)
    for slot, begin, end in _stretches(fine.slots, step_s // fine.step_s):
        counts = fine.counts[begin:end]
        count = sum(counts)
        mean = sum(map(mul, fine.mean[begin:end], counts)) / count
        made.add(slot, min(fine.low[begin:end]), mean, max(fine.high[begin:end]), count)
    return made


def merged(parts: Iterable[Rollup], step_s: int) -> Rollup:
    """All of them, of that step each, as one, in which each stretch is there once."""
    whole = Rollup(step_s)
    for part in sorted((part for part in parts if part.slots), key=lambda part: part.slots[0]):
        place = bisect_left(whole.slots, part.slots[0])
        whole.extend(part if place == len(whole.slots) else _mixed(whole.cut_off(place), part))
    return whole


def _mixed(one: Rollup, other: Rollup) -> Rollup:
    rows = sorted([*_rows(one), *_rows(other)], key=itemgetter(0))
    return coarser(Rollup(one.step_s, *(list(column) for column in zip(*rows, strict=True))), one.step_s)


def blocks(rollup: Rollup) -> Iterator[tuple[int, Rollup]]:
    """As they are stored: the number of each block, with what of the roll-up lies in it."""
    for block, begin, end in _stretches(rollup.slots, SLOTS):
        yield block, rollup.part(begin, end)


def pack(block: int, rollup: Rollup) -> bytes:
    slots = [slot - block * SLOTS for slot in rollup.slots]
    return pack_rollup(slots, rollup.low, rollup.mean, rollup.high, rollup.counts)


def unpack(block: int, step_s: int, blob: bytes) -> Rollup:
    slots, low, mean, high, counts = unpack_rollup(blob)
    numbers = [int(slot) + block * SLOTS for slot in slots]
    return Rollup(step_s, numbers, list(low), list(mean), list(high), list(map(int, counts)))


def _rows(part: Rollup) -> Iterable[tuple[int, float, float, float, int]]:
    return zip(part.slots, part.low, part.mean, part.high, part.counts, strict=True)


def _stretches(numbers: Sequence[float], step: int) -> Iterator[tuple[int, int, int]]:
    """Of rising numbers, those of the same multiple of `step`: which multiple, and the places of begin and end."""
    begin = 0
    while begin < len(numbers):
        multiple = int(numbers[begin] // step)
        end = bisect_left(numbers, (multiple + 1) * step, begin)
        yield multiple, begin, end
        begin = end
