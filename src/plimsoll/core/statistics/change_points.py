"""Where a row of values changes its level: cut in two where the halves differ most, as long as that is no chance.

The statistic is the largest weighted difference of means over all cuts (CUSUM), its p from shuffled rows (binary
segmentation, Vostrikova 1981). It assumes values that do not depend on their neighbours: one value a run, never the
seconds of one run, among which it finds changes that are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

VALUES_MAX: Final = 1_000  # a row of draws each: 999 of 1,000 values are 8 MB
SHUFFLES: Final = 999
ALPHA: Final = 0.01
VALUES_MIN: Final = 9  # of fewer no cut is rarer than `ALPHA`
SEGMENT_MIN: Final = 3  # values on either side of a cut: of fewer nobody can tell a level

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """`at` is the first value of the new level; `before` and `after` are the levels beside it."""

    at: int
    before: float
    after: float
    p: float


def change_points(values: Sequence[float], seed: int, *, least: float = 0.0, alpha: float = ALPHA) -> list[ChangePoint]:
    """The changes of level of at least `least`, in their order. At most `VALUES_MAX` values."""
    row = np.asarray(values, dtype=np.float64)
    if len(row) > VALUES_MAX:
        raise ValueError(f"{len(row)} values are more than {VALUES_MAX}")
    cuts = dict(_cuts(row, 0, np.random.default_rng(seed), alpha))
    while cuts:
        found = _between(row, cuts)
        smallest = min(found, key=lambda one: abs(one.after - one.before))
        if abs(smallest.after - smallest.before) >= least:
            return found
        del cuts[smallest.at]
    return []


def _cuts(row: Row, offset: int, random: np.random.Generator, alpha: float) -> list[tuple[int, float]]:
    """Places of cuts with their p, found from the greatest to those within its parts."""
    if len(row) < VALUES_MIN:
        return []
    at, p = _best_cut(row, random)
    if p > alpha:
        return []
    left = _cuts(row[:at], offset, random, alpha)
    return [*left, (offset + at, p), *_cuts(row[at:], offset + at, random, alpha)]


def _best_cut(row: Row, random: np.random.Generator) -> tuple[int, float]:
    strengths = _strengths(row[None, :])[0]
    shuffled = random.permuted(np.tile(row, (SHUFFLES, 1)), axis=1)
    strongest = _strengths(shuffled).max(axis=1)
    reached = int((strongest >= strengths.max() * (1 - 1e-12)).sum())
    return int(strengths.argmax()) + SEGMENT_MIN, (reached + 1) / (SHUFFLES + 1)


def _strengths(rows: Row) -> Row:
    """Of every cut that leaves enough on both sides: the difference of means in units of its standard error."""
    count = rows.shape[1]
    left = np.arange(SEGMENT_MIN, count - SEGMENT_MIN + 1)
    sums = np.cumsum(rows, axis=1)
    before = sums[:, left - 1]
    difference = before / left - (sums[:, -1:] - before) / (count - left)
    strengths: Row = np.abs(difference) * np.sqrt(left * (count - left) / count)
    return strengths


def _between(row: Row, cuts: dict[int, float]) -> list[ChangePoint]:
    edges = [0, *sorted(cuts), len(row)]
    levels = [float(np.median(row[start:end])) for start, end in pairwise(edges)]
    pairs = zip(edges[1:-1], levels, levels[1:], strict=False)
    return [ChangePoint(at, before, after, cuts[at]) for at, before, after in pairs]
