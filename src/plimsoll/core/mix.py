"""Which journeys are made when: the scenario's weights, or those that a profile's stage asks for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.errors import UsageError
from plimsoll.core.pacing import choose
from plimsoll.core.profile import Profile, Stage, exact

Weights = tuple[float, ...]  # in the order of the scenario's journeys


@dataclass(frozen=True, slots=True)
class Mixes:
    """The weights of each stretch of the load that has its own; `starts_ns` ascend from 0."""

    starts_ns: NDArray[np.int64]
    weights: tuple[Weights, ...]

    @classmethod
    def of(cls, profile: Profile, own: Mapping[str, float]) -> "Mixes":
        """`own` are the scenario's weights by journey. The warm-up has the first stage's mix.

        Raises UsageError where a stage names a journey that is not there, or leaves none with any weight.
        """
        starts, weights = [0], [_weights(profile, 0, own)]
        at = exact(profile.warmup_s)
        for number, stage in enumerate(profile.stages):
            found = _weights(profile, number, own)
            if found != weights[-1]:
                starts.append(round(at * 1_000_000_000))
                weights.append(found)
            at += exact(stage.for_s)
        return cls(np.array(starts, dtype=np.int64), tuple(weights))

    def at(self, offset_ns: int) -> int:
        """The mix that holds so long after the load began, by its place in `weights`."""
        return int(np.searchsorted(self.starts_ns, offset_ns, side="right")) - 1

    def choose(self, seed: int, n: NDArray[Any], offsets_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The index of the journey that each arrival n takes, due at its offset; pure in (seed, n, offset)."""
        if len(self.weights) == 1:
            return choose(self.weights[0], seed, n)
        which = np.searchsorted(self.starts_ns, offsets_ns, side="right") - 1
        found = np.zeros(len(n), dtype=np.int64)
        for mix in np.unique(which):
            found[which == mix] = choose(self.weights[mix], seed, n[which == mix])
        return found


def _weights(profile: Profile, number: int, own: Mapping[str, float]) -> Weights:
    stage = profile.stages[number]
    where = f'profile "{profile.name}", stage {number + 1}'
    _refuse_unknown(stage, own, where)
    asked = dict(stage.journeys)
    found = tuple(_weight(asked, name, weight) for name, weight in own.items()) if asked else tuple(own.values())
    if not any(found):
        raise UsageError(
            "no journey has any weight",
            where=where,
            why="all of the scenario's have 0, which is for stages that name them",
            remedy=f'journeys = ["{next(iter(own), "NAME")}"]',
        )
    return found


def _weight(asked: Mapping[str, float | None], name: str, own: float) -> float:
    """A journey that is named without a weight keeps its own; one that has none counts as 1."""
    if name not in asked:
        return 0.0
    stated = asked[name]
    return (own or 1.0) if stated is None else stated


def _refuse_unknown(stage: Stage, own: Mapping[str, float], where: str) -> None:
    unknown: Sequence[str] = [name for name, _ in stage.journeys if name not in own]
    if unknown:
        near = get_close_matches(unknown[0], own, n=1)
        raise UsageError(
            f"the scenario has no journey {unknown[0]!r}",
            where=where,
            why=f"it has {', '.join(list(own)[:20])}",
            remedy=f"did you mean {near[0]!r}?" if near else "name one of these",
        )
