"""Weights by health and load: such that each server has as many requests at once as its health deserves.

A weight moves what arrives at a server; how many are there at once is that times how long they take (Little). Each
step moves a weight by the root of what is missing, at most by half or twice, so that it settles without swinging. A
server that fails quickly looks idle and would draw everything: hence health.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from plimsoll.scale.balancer.algorithm import EQUAL_WEIGHT, HEAVIEST

STEP_MOST: Final = 2.0
WORTH_TELLING: Final = 0.05  # of a weight; less is noise


@dataclass(frozen=True, slots=True)
class Work:
    """Of one server since the last step: `up` as checked; requests it was given, how many of them went wrong, how many
    were there at once on average.
    """

    up: bool
    requests: int
    wrong: int
    at_once: float

    @property
    def health(self) -> float:
        """1: nothing went wrong. Squared, so that it weighs more than the idleness it brings."""
        if not self.up:
            return 0.0
        return (1 - min(1.0, self.wrong / self.requests)) ** 2 if self.requests else 1.0


def reckon(before: Mapping[str, int], work: Mapping[str, Work]) -> dict[str, int]:
    """The next weights, 1 to 256, of the servers in `work`; their mean stays at 100 as far as those bounds let it.

    A server without requests moves halfway to 100: nothing is known against it any more.
    """
    busy = [one.at_once for one in work.values() if one.requests]
    mean = sum(busy) / len(busy) if busy else 0.0
    raw = {name: _next(before.get(name, EQUAL_WEIGHT), one, mean) for name, one in work.items()}
    whole = sum(raw.values())
    scale = EQUAL_WEIGHT * len(raw) / whole if whole else 1.0
    return {name: _told(before.get(name), weight * scale) for name, weight in raw.items()}


def _next(weight: int, work: Work, mean: float) -> float:
    if not work.requests:
        return (weight + EQUAL_WEIGHT) / 2 if work.up else weight / STEP_MOST
    wanted = work.health * mean / work.at_once if work.at_once > 0 else STEP_MOST**2 * work.health
    return weight * max(1 / STEP_MOST, min(STEP_MOST, sqrt(wanted)))


def _told(before: int | None, weight: float) -> int:
    whole = min(HEAVIEST, max(1, round(weight)))
    return before if before is not None and abs(whole - before) <= WORTH_TELLING * before else whole
