"""Permutation tests of two groups: would relabelled values differ as much? (Fisher 1935, Pitman 1937)

Every relabelling is tried where there are few, drawn ones otherwise. The statistic is the difference of means (b - a),
two-sided. It assumes no distribution, only that without an effect any value could have stood in either group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

EXACT_MAX: Final = 20_000  # relabellings: 8 and 8 values have 12,870
DRAWS: Final = 20_000
TIE: Final = 1e-9  # of the values' spread: sums in another order differ in their last bits
HALVINGS: Final = 60  # of the search for an interval's end


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """`difference` is mean(b) - mean(a), `p` two-sided; `low` and `high` hold every shift that is not refused.

    The interval is infinite where the groups are too small to refuse anything.
    """

    difference: float
    p: float
    low: float
    high: float
    exact: bool


def smallest_p(a: int, b: int) -> float:
    """The smallest two-sided p that groups of these sizes can have."""
    extremes = 2 if a == b else 1
    return extremes / comb(a + b, a)


def permutation_test(a: Sequence[float], b: Sequence[float], seed: int, *, coverage: float = 0.95) -> PermutationTest:
    """The test of no difference, and the interval of shifts by inverting it. Both groups need a value."""
    values = np.array([*a, *b], dtype=np.float64)
    members, exact = _memberships(len(a), len(b), seed)
    shifts = _Shifts(values, members, len(a), exact)
    difference = float(values[len(a) :].mean() - values[: len(a)].mean())
    low, high = (_end(shifts, difference, 1 - coverage, side) for side in (-1, 1))
    return PermutationTest(difference, shifts.p(difference, 0.0), low, high, exact)


@lru_cache(maxsize=4)
def _memberships(a: int, b: int, seed: int) -> tuple[NDArray[np.float64], bool]:
    """A row for each relabelling, 1.0 where the value counts to b; kept, for a comparison asks for many metrics."""
    count = comb(a + b, b)
    if count <= EXACT_MAX:
        rows = np.zeros((count, a + b))
        chosen = np.array(list(combinations(range(a + b), b)))
        np.put_along_axis(rows, chosen, 1.0, axis=1)
        return rows, True
    random = np.random.default_rng(seed)
    ranks = random.random((DRAWS, a + b)).argsort(axis=1)
    return (ranks < b).astype(np.float64), False


class _Shifts:
    """The relabelled differences as a function of a shift taken off b: each is linear in it."""

    def __init__(self, values: NDArray[np.float64], members: NDArray[np.float64], a: int, exact: bool) -> None:
        b = len(values) - a
        inside = members @ values
        self._difference = inside / b - (values.sum() - inside) / a
        kept = members[:, a:].sum(axis=1)
        self._slope = kept / b - (b - kept) / a
        self._exact = exact
        self._tie = TIE * (float(np.ptp(values)) or 1.0)

    def p(self, difference: float, shift: float) -> float:
        """Two-sided, of b being a shifted by `shift`; drawn relabellings count the true one among them."""
        as_far = np.abs(self._difference - shift * self._slope) >= abs(difference - shift) - self._tie
        if self._exact:
            return float(as_far.mean())
        return float((as_far.sum() + 1) / (as_far.size + 1))


def _end(shifts: _Shifts, difference: float, alpha: float, side: int) -> float:
    """Where, going out from the difference, shifts begin to be refused."""
    step = max(abs(difference), 1e-6)
    while shifts.p(difference, difference + side * step) > alpha:
        step *= 2
        if not isfinite(step) or step > 1e6:
            return side * float("inf")
    inner, outer = 0.0, step
    for _ in range(HALVINGS):
        middle = (inner + outer) / 2
        if shifts.p(difference, difference + side * middle) > alpha:
            inner = middle
        else:
            outer = middle
        if outer - inner < 1e-7:
            break
    return difference + side * outer
