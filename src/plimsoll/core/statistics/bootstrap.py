"""Moving-block bootstrap: intervals of figures from series whose neighbours resemble each other (Künsch 1989)."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 400
BLOCK_MAX_SHARE: Final = 0.5

Rows = NDArray[np.float64]


def block_length(points: int) -> int:
    """The usual cube root, at least 1 and at most half of the points."""
    return max(1, min(int(2 * math.cbrt(points) + 0.5), int(points * BLOCK_MAX_SHARE)))


def block_picks(count: int, seed: int, *, draws: int = DRAWS, block: int | None = None) -> NDArray[np.int64]:
    """A row of `count` places for each draw: blocks of neighbours, begun anywhere."""
    length = block or block_length(count)
    random = np.random.default_rng(seed)
    starts = random.integers(0, count - length + 1, size=(draws, -(-count // length)))
    picks: NDArray[np.int64] = (starts[:, :, None] + np.arange(length)[None, None, :]).reshape(draws, -1)[:, :count]
    return picks


def block_bootstrap(
    rows: Rows,
    figure: Callable[[Rows], float],
    seed: int,
    *,
    draws: int = DRAWS,
    coverage: float = 0.95,
    block: int | None = None,
) -> tuple[float, float]:
    """The interval of `figure(rows)` that holds `coverage` of its resampled values.

    `rows` has one row a moment, in the order of time (at least two). Draws of which the figure is not finite are left
    out; the interval is (nan, nan) where none is left.
    """
    figures = np.array([figure(rows[pick]) for pick in block_picks(len(rows), seed, draws=draws, block=block)])
    known = figures[np.isfinite(figures)]
    if not known.size:
        return float("nan"), float("nan")
    tail = (1 - coverage) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def ratio_of_sums(rows: Rows) -> float:
    """Of rows (part, whole): how much of the whole the part is."""
    part, whole = rows.sum(axis=0)
    return float(part / whole) if whole > 0 else float("nan")
