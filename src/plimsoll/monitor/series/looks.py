"""Looks of collectors as rows, as they lie in the file until they are packed. Pure.

12 bytes for each value: the number of its series (4) and the value (8), little-endian.
"""

import struct
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from plimsoll.monitor.series.packing import pack_points

GAP_MS_MAX: Final = 6 * 3_600_000  # points farther apart lie in different blocks, so that a block is of one time


class Look(NamedTuple):
    at_ms: int
    ids: bytes
    data: bytes


class RawBlock(NamedTuple):
    """Points of one series, as they are stored."""

    series: int
    first_ms: int
    last_ms: int
    points: int
    data: bytes


Points = tuple[list[int], list[float]]
"""Times in ms since 1970 and values, in the order of time."""


def look_of(at_s: float, values: dict[int, float]) -> Look:
    """`values` by the number of their series."""
    size = len(values)
    return Look(round(at_s * 1000), struct.pack(f"<{size}I", *values), struct.pack(f"<{size}d", *values.values()))


def numbers_of(ids: bytes) -> tuple[int, ...]:
    """Of the series of a look."""
    return struct.unpack(f"<{len(ids) // 4}I", ids)


def points_of(looks: Iterable[Look], wanted: Container[int] | None = None) -> dict[int, Points]:
    """By series; those that are `wanted` (None: all). Looks of an earlier time may come later: a clock was set back."""
    found: dict[int, Points] = {}
    places: dict[bytes, list[tuple[Points, int]]] = {}  # by the same series: they are mostly the same from look to look
    for at_ms, ids, data in sorted(looks, key=lambda look: look.at_ms):
        if ids not in places:
            chosen = [
                (number, place) for place, number in enumerate(numbers_of(ids)) if wanted is None or number in wanted
            ]
            places[ids] = [(found.setdefault(number, ([], [])), place * 8) for number, place in chosen]
        for (times, values), place in places[ids]:
            times.append(at_ms)
            values.append(struct.unpack_from("<d", data, place)[0])
    return found


def raw_blocks(series: int, points: Points) -> Iterator[RawBlock]:
    times, values = points
    for begin, end in _without_gaps(times):
        chosen = times[begin:end]
        yield RawBlock(series, chosen[0], chosen[-1], len(chosen), pack_points(chosen, values[begin:end]))


def _without_gaps(times: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Places at which stretches without a large gap begin and end."""
    gaps = [place for place, (before, after) in enumerate(pairwise(times), 1) if after - before > GAP_MS_MAX]
    yield from pairwise((0, *gaps, len(times)))
