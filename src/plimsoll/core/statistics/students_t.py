"""Student's t for two small groups of equal variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance


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


def standard_error(a: Sequence[float], b: Sequence[float], least: float = 0.0) -> float:
    """Of the difference of means, from the variance within both groups."""
    return deviation_within(a, b, least) * sqrt(1 / len(a) + 1 / len(b))


def deviation_within(a: Sequence[float], b: Sequence[float], least: float = 0.0) -> float:
    """The standard deviation of a value within its group, of both groups together."""
    squares = sum((len(group) - 1) * variance(group) for group in (a, b) if len(group) > 1)
    return max(sqrt(squares / (len(a) + len(b) - 2)), least)
