"""How many rows each parent gets: drawn, brought to a total, cut off at what the keys allow."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.distribution import key
from plimsoll.data.distributions import sample
from plimsoll.data.drawing import Draw, Floats, Numbers
from plimsoll.data.plan.values import Distribution
from plimsoll.data.rows.groups import Groups, Signed

Weights = Callable[[Numbers], Floats]  # of parents by their row numbers, none below 0

GROUP_SIZES: Final = Distribution("lognormal", {"median": 4.0, "sigma": 1.0})  # where nothing is said of them
_PARENTS: Final = 100_000  # drawn at a time
_SIZE_MAX: Final = 2**32 - 1
_SLACK: Final = 1e-6  # of a row: what sums of floats may fall short


def shaped(seed_key: int, shape: Distribution | None) -> Weights:
    """As a distribution says."""

    def weights(n: Numbers) -> Floats:
        return np.maximum(sample(shape or GROUP_SIZES, Draw(key(seed_key, "group sizes"), n)), 0)

    return weights


def dealt(weights: Weights, parents: int, total: int | None, caps: Signed) -> Groups:
    """Group sizes within `caps` (one for all, or one each); what a cap cuts off goes to the groups that have room.

    Without a `total` the weights are the sizes; else these are in proportion, each within one row of its share.
    """
    sizes = np.zeros(parents, dtype=np.uint32)
    limits = np.broadcast_to(np.minimum(caps, _SIZE_MAX), parents)
    for start, drawn in _drawn(weights, parents, total):
        end = start + len(drawn)
        sizes[start:end] = np.minimum(drawn, limits[start:end])
    if total is not None:
        _deal_rest(sizes, limits, min(total, int(limits.sum())) - int(sizes.sum(dtype=np.int64)))
    return Groups.of_sizes(sizes)


def _drawn(weights: Weights, parents: int, total: int | None) -> Iterator[tuple[int, Numbers]]:
    """Sizes of the parents from a place on, part by part."""
    if total is None:
        for start, drawn in _parts(weights, parents):
            yield start, np.rint(drawn).astype(np.int64)
        return
    whole = _sum(weights, parents)
    if not whole:
        weights, whole = lambda n: np.ones(len(n)), float(parents)
    passed, given = 0.0, 0
    for start, drawn in _parts(weights, parents):
        reached = passed + np.cumsum(drawn)
        ends = np.floor(reached * total / whole + _SLACK).astype(np.int64)
        yield start, np.diff(ends, prepend=given)
        passed, given = float(reached[-1]), int(ends[-1])


def _sum(weights: Weights, parents: int) -> float:
    """Added up in the same order as when they are dealt out: so the last row falls to the last parent exactly."""
    whole = 0.0
    for _, drawn in _parts(weights, parents):
        whole = float((whole + np.cumsum(drawn))[-1])
    return whole


def _parts(weights: Weights, parents: int) -> Iterator[tuple[int, Floats]]:
    for start in range(0, parents, _PARENTS):
        yield start, weights(np.arange(start, min(start + _PARENTS, parents), dtype=np.int64))


def _deal_rest(sizes: NDArray[np.uint32], limits: NDArray[Any], missing: int) -> None:
    """A row more for each group that has room, from the first on, until none is missing."""
    while missing > 0:
        room = np.flatnonzero(sizes < limits)[:missing]
        sizes[room] += 1
        missing -= len(room)
