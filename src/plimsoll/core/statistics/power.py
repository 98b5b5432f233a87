"""What a comparison of two groups could have found: the power of the very rule that decides, by simulation.

A difference is found where the test refuses chance and the measured difference reaches a floor; both have to happen, so
a true difference at the floor is found half the time at best. Values are drawn as normal ones with the spread that was
seen; where there are few relabellings the permutation test itself decides, else Student's t, which then agrees with it.
"""

from functools import lru_cache
from itertools import combinations
from math import comb, inf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

POWER: Final = 0.8  # the chance to be found that "could have been found" means
DRAWS: Final = 1_000
RELABELLINGS_MAX: Final = 1_000  # that are tried in each draw; with more the two tests agree
HALVINGS: Final = 12
SEED: Final = 19_350
FLOOR_DIGITS: Final = 2  # of the floor in standard deviations

Draws = NDArray[np.float64]


def smallest_decided(
    counts: tuple[int, int], deviation: float, floor: float, *, permuted: bool, alpha: float = 0.05
) -> float:
    """The least true difference that is found with the chance `POWER`; infinite where none is.

    `deviation` is the standard deviation of a value within its group; `floor` is on the same scale.
    """
    if sum(counts) < 3 or deviation <= 0:
        return inf if sum(counts) < 3 else floor
    return deviation * _in_deviations(counts, round(floor / deviation, FLOOR_DIGITS), permuted, alpha)


@lru_cache(256)
def _in_deviations(counts: tuple[int, int], floor: float, permuted: bool, alpha: float) -> float:
    """The same where a value varies by one; kept, for a comparison asks for many metrics."""
    noise = np.random.default_rng(SEED).normal(0.0, 1.0, (DRAWS, sum(counts)))
    error = sqrt(sum(1 / count for count in counts))
    low, high = 0.0, 2 * floor + 40 * error
    decide = _Rule(counts, floor, alpha, permuted=permuted)
    if decide.found(noise, high) < POWER:
        return inf
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if decide.found(noise, middle) >= POWER else (middle, high)
    return high


class _Rule:
    def __init__(self, counts: tuple[int, int], floor: float, alpha: float, *, permuted: bool) -> None:
        self._counts = counts
        self._floor = floor
        self._alpha = alpha
        few = comb(sum(counts), counts[1]) <= RELABELLINGS_MAX
        self._labels = _labels(counts) if permuted and few else None

    def found(self, noise: Draws, difference: float) -> float:
        """In which part of the draws a true difference is found."""
        values = noise.copy()
        values[:, self._counts[0] :] += difference
        a, b = values[:, : self._counts[0]], values[:, self._counts[0] :]
        seen = b.mean(axis=1) - a.mean(axis=1)
        sure = self._by_relabelling(values, seen) if self._labels is not None else self._by_t(a, b, seen)
        return float((sure & (seen >= self._floor)).mean())

    def _by_relabelling(self, values: Draws, seen: Draws) -> NDArray[np.bool_]:
        assert self._labels is not None
        relabelled = np.abs(values @ self._labels.T)
        p = (relabelled >= np.abs(seen)[:, None] * (1 - 1e-9)).mean(axis=1)
        return np.asarray(p <= self._alpha)

    def _by_t(self, a: Draws, b: Draws, seen: Draws) -> NDArray[np.bool_]:
        from scipy.stats import t

        freedom = a.shape[1] + b.shape[1] - 2
        squares = sum(((group - group.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for group in (a, b))
        error = np.sqrt(squares / freedom * (1 / a.shape[1] + 1 / b.shape[1]))
        return np.asarray(np.abs(seen) >= error * float(t.ppf(1 - self._alpha / 2, freedom)))


def _labels(counts: tuple[int, int]) -> Draws:
    """A row for each relabelling, which makes of values the difference of the groups' means."""
    total = sum(counts)
    rows = np.full((comb(total, counts[1]), total), -1 / counts[0])
    for row, chosen in enumerate(combinations(range(total), counts[1])):
        rows[row, list(chosen)] = 1 / counts[1]
    return rows
