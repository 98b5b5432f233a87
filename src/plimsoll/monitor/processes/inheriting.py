"""Counters that parents inherit from children that ended: how much a tree did between two looks. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.monitor.processes.reading import Identity


@dataclass(frozen=True, slots=True)
class Count:
    """Of one process: what it did itself, what it inherited from children that it has waited for."""

    parent: int
    own: float
    inherited: float

    @property
    def all(self) -> float:
        return self.own + self.inherited


def done(before: Mapping[Identity, Count], after: Mapping[Identity, Count], since: float) -> float:
    """What the tree did between the looks, in the counters' unit; never negative. `since` is the earlier look, in the
    unit of the identities' starts: a process begun since then has done all of its own in between.

    A child that ended hands its whole life on to its parent: what was seen of it earlier is taken off again there. What
    a child did since the last look is lost only where its parent does not wait for it, or ends too.
    """
    seen = _seen_of_ended(before, after)
    return sum(_done_by(identity, count, before, seen, since) for identity, count in after.items())


def _seen_of_ended(before: Mapping[Identity, Count], after: Mapping[Identity, Count]) -> Mapping[int, float]:
    """By parent: one that ended hands on to the nearest above it that lives."""
    parents = {identity[0]: count.parent for identity, count in before.items()}
    living = {identity[0] for identity in after if identity in before}
    seen: dict[int, float] = defaultdict(float)
    for identity, count in before.items():
        if identity not in after:
            seen[_heir(count.parent, parents, living)] += count.all
    return seen


def _heir(pid: int, parents: Mapping[int, int], living: set[int]) -> int:
    for _ in range(len(parents)):
        if pid in living or pid not in parents:
            break
        pid = parents[pid]
    return pid


def _done_by(
    identity: Identity, count: Count, before: Mapping[Identity, Count], seen: Mapping[int, float], since: float
) -> float:
    earlier = before.get(identity)
    if earlier is None:
        return count.all if identity[1] >= since else 0.0
    inherited = max(0.0, count.inherited - earlier.inherited - seen.get(identity[0], 0.0))
    return max(0.0, count.own - earlier.own) + inherited
