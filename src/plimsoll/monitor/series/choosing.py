"""Which resolution answers a window: the finest that reaches back far enough and is not too much to read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final

DAY_S: Final = 86_400
USUAL_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, DAY_S)
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


def merge_step(step_s: int, start_s: float, end_s: float, points_max: int) -> int:
    """The shortest usual stretch, made of whole ones of `step_s`, of which at most `points_max` touch the window."""
    return next(
        longer_s
        for longer_s in chain(USUAL_S, count(2 * DAY_S, DAY_S))
        if longer_s % step_s == 0 and end_s // longer_s - start_s // longer_s < max(1, points_max)
    )
