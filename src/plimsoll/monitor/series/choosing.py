"""Which resolution answers a window: the finest that reaches back far enough and is not too much to read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

READ_MAX: Final = 4_000  # stretches or points that are read for one series, to be merged to what was asked for


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of one resolution (`step_s` 0: as measured). `points` is how many lie in the window, at most."""

    step_s: int
    oldest_s: float | None
    points: int


def choose(held: Sequence[Held], start_s: float) -> Held:
    """`held` is in the order of resolution, the finest first; the last one is taken if no other fits."""
    for place, one in enumerate(held):
        if one.points <= READ_MAX and _reaches(one, held[place + 1 :], start_s):
            return one
    return held[-1]


def _reaches(one: Held, coarser: Sequence[Held], start_s: float) -> bool:
    """To the window's start, or as far as anything does; a roll-up begins up to a step before its first point."""
    if one.oldest_s is None:
        return all(other.oldest_s is None for other in coarser)
    if one.oldest_s <= start_s:
        return True
    return all(other.oldest_s is None or one.oldest_s < other.oldest_s + other.step_s for other in coarser)


def merge_factor(step_s: int, start_s: float, end_s: float, points_max: int) -> int:
    """How many stretches become one so that a window has at most `points_max`; its first one may begin before it."""
    factor = max(1, ceil((end_s - start_s) / (step_s * points_max)))
    while floor(end_s / (step_s * factor)) - floor(start_s / (step_s * factor)) + 1 > points_max and factor < _WHOLE:
        factor += 1 + factor // 100
    return factor


_WHOLE: Final = 10**9
