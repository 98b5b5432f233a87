"""Student's t for two small groups of equal variance, and the effect that such groups can find."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, variance
from typing import Final

POWER: Final = 0.8  # the chance to be found that "could have been found" means


@dataclass(frozen=True, slots=True)
class TTest:
    """`difference` is mean(b) - mean(a), `p` two-sided, with its interval."""

    difference: float
    p: float
    low: float
    high: float


def t_test(a: Sequence[float], b: Sequence[float], *, coverage: float = 0.95, least: float = 0.0) -> TTest:
    """It assumes normal values of one variance, of a standard deviation of at least `least`.

    The groups need three values together, and one each.
    """
    from scipy.stats import t

    difference, freedom = fmean(b) - fmean(a), len(a) + len(b) - 2
    error = standard_error(a, b, least)
    reach = error * float(t.ppf((1 + coverage) / 2, freedom))
    p = float(2 * t.sf(abs(difference) / error, freedom)) if error else float(not difference)
    return TTest(difference, p, difference - reach, difference + reach)


def smallest_found(
    a: Sequence[float], b: Sequence[float], *, coverage: float = 0.95, power: float = POWER, least: float = 0.0
) -> float:
    """The least true difference that groups which vary like these find with that chance; infinite for two values."""
    from scipy.stats import t

    freedom = len(a) + len(b) - 2
    if freedom < 1:
        return inf
    return standard_error(a, b, least) * float(t.ppf((1 + coverage) / 2, freedom) + t.ppf(power, freedom))


def standard_error(a: Sequence[float], b: Sequence[float], least: float = 0.0) -> float:
    """Of the difference of means, from the variance within both groups."""
    squares = sum((len(group) - 1) * variance(group) for group in (a, b) if len(group) > 1)
    return sqrt(max(squares / (len(a) + len(b) - 2), least**2) * (1 / len(a) + 1 / len(b)))
