"""Which journey comes next: decided by the number of the arrival or iteration, and by the stage it falls into."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core import pacing
from plimsoll.core.mix import Mixes
from plimsoll.core.profile import Profile
from plimsoll.load.language.scenario import Journey
from plimsoll.load.processes.plan import LoadPlan

BLOCK: Final = 4_096


def mixes_of(profile: Profile, journeys: Iterable[Journey]) -> Mixes:
    """Raises UsageError where a stage of the profile names a journey that is not among these."""
    return Mixes.of(profile, {journey.name: journey.weight for journey in journeys})


class Itinerary:
    """The journeys n = process, process + processes, ... of the run's."""

    def __init__(self, plan: LoadPlan, journeys: tuple[Journey, ...], process: int) -> None:
        self._mixes = mixes_of(plan.profile, journeys)
        self._plan = plan
        self._journeys = journeys
        self._next = process

    def scheduled(self, offsets: Iterable[NDArray[np.int64]]) -> Iterator[tuple[int, Journey]]:
        """The offset and the journey of each of this process's arrivals."""
        for block in offsets:
            chosen = self._mixes.choose(self._plan.seed, self._take(len(block)), block)
            yield from zip(block.tolist(), self._named(chosen), strict=True)

    def on_demand(self, elapsed_ns: Callable[[], int]) -> Iterator[Journey]:
        """One after another, each of the mix that holds when it is asked for; it ends where iterations do."""
        while (n := self._up_to_last(self._take(BLOCK))).size:
            if len(self._mixes.weights) == 1:
                yield from self._named(self._chosen(0, n))
            else:
                yield from self._by_time(n, elapsed_ns)

    def _by_time(self, n: NDArray[np.int64], elapsed_ns: Callable[[], int]) -> Iterator[Journey]:
        chosen: dict[int, list[int]] = {}
        for at in range(len(n)):
            mix = self._mixes.at(elapsed_ns())
            if mix not in chosen:
                chosen[mix] = self._chosen(mix, n).tolist()
            yield self._journeys[chosen[mix][at]]

    def _chosen(self, mix: int, n: NDArray[np.int64]) -> NDArray[np.int64]:
        return pacing.choose(self._mixes.weights[mix], self._plan.seed, n)

    def _named(self, indexes: NDArray[np.int64]) -> Iterator[Journey]:
        return (self._journeys[index] for index in indexes.tolist())

    def _take(self, count: int) -> NDArray[np.int64]:
        """The next so many numbers."""
        n = self._next + self._plan.processes * np.arange(count, dtype=np.int64)
        self._next += self._plan.processes * count
        return n

    def _up_to_last(self, n: NDArray[np.int64]) -> NDArray[np.int64]:
        profile = self._plan.profile
        return n[n < profile.iterations] if profile.executor == "iterations" and profile.iterations else n
