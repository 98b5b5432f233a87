"""How much a penalty total may be worth when it stands on few errors.

Errors in a sample are counts of rare events, which are Poisson's: the exact limits of such a count are Garwood's
(Biometrika 28, 1936). A weighted sum of counts is given limits by Dobson, Kuulasmaa, Eberle and Scherer (Statistics in
Medicine 10, 1991): those of the plain count, stretched by the weights' spread. With equal weights they are exact.
"""

from collections.abc import Callable, Iterable
from math import exp, lgamma, log, sqrt

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
_Z = 1.959964  # of the normal distribution, for the same tail
_EXACT_MAX = 100  # errors; beyond, Byar's approximation has four digits right
_STEPS = 60  # of halving


def penalty_limits(penalties: Iterable[tuple[float, int]], least: float) -> tuple[float, float]:
    """Limits of the total that so many errors of these penalties stand for; `least` is what one may weigh, if none."""
    counted = [(weight, count) for weight, count in penalties if weight and count]
    number = sum(count for _, count in counted)
    if not number:
        return 0.0, least * poisson_limits(0)[1]
    total = sum(weight * count for weight, count in counted)
    spread = sqrt(sum(weight * weight * count for weight, count in counted) / number)
    low, high = poisson_limits(number)
    return max(0.0, total + spread * (low - number)), total + spread * (high - number)


def poisson_limits(count: int) -> tuple[float, float]:
    """Means between which a Poisson count of `count` is no surprise."""
    if count > _EXACT_MAX:
        return _byar(count, -_Z), _byar(count + 1, _Z)
    low = _where(lambda mean: 1 - _at_most(count - 1, mean) >= _TAIL, count) if count else 0.0
    return low, _where(lambda mean: _at_most(count, mean) <= _TAIL, count)


def _byar(count: int, z: float) -> float:
    return float(count * (1 - 1 / (9 * count) + z / (3 * sqrt(count))) ** 3)


def _where(holds: Callable[[float], bool], count: int) -> float:
    """The least mean from which on it holds."""
    low, high = 0.0, count + 10 * sqrt(count + 1)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _at_most(count: int, mean: float) -> float:
    """The probability of no more than `count`."""
    if mean <= 0:
        return 1.0
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count + 1))
