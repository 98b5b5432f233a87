"""Intervals of few measurements of one thing. Pure."""

from collections.abc import Sequence
from math import comb, exp, log, sqrt
from statistics import median, stdev
from typing import Final

from plimsoll.core.tuning.proof import Interval95

_TAIL: Final = 0.025
_LEAST_MS: Final = 1e-6  # of which there is a logarithm
_T: Final = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t of one less, two-sided 95 %


def interval(values: Sequence[float]) -> Interval95:
    """The median with its interval: between two of the values themselves, whatever their distribution (the sign
    test's); of fewer than six by Student's t, since even all of them would hold less than 95 %."""
    middle = median(values)
    if len(values) == 1:
        return Interval95(middle, float("-inf"), float("inf"))
    if len(values) in _T:
        reach = _T[len(values)] * stdev(values) / sqrt(len(values))
        return Interval95(middle, middle - reach, middle + reach)
    ordered, left_out = sorted(values), _outside(len(values))
    return Interval95(middle, ordered[left_out], ordered[-1 - left_out])


def gained(before: Sequence[float], after: Sequence[float]) -> Interval95:
    """What is saved, by pairs. Of fewer than six the bounds are those of the ratio: a machine that is busy makes both
    longer by a share, and what is hundreds of times faster stays so."""
    found = interval([was - now for was, now in zip(before, after, strict=True)])
    if len(before) not in _T:
        return found
    pairs = zip(before, after, strict=True)
    share = interval([log(max(_LEAST_MS, now) / max(_LEAST_MS, was)) for was, now in pairs])
    low, high = (median(before) * (1.0 - exp(one)) for one in (share.high, share.low))
    return Interval95(found.value, min(low, found.value), max(high, found.value))


def _outside(count: int) -> int:
    """How many values at each end lie outside of the interval."""
    total, left_out = 1, 0
    while total + comb(count, left_out + 1) <= _TAIL * 2**count:
        left_out += 1
        total += comb(count, left_out)
    return left_out
