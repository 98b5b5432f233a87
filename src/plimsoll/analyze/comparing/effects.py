"""How far two groups of runs are apart in one metric, and whether that is more than their runs differ anyway."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from plimsoll.core.comparison import Effect, Unit
from plimsoll.core.statistics.permutation import permutation_test, smallest_p
from plimsoll.core.statistics.power import smallest_decided
from plimsoll.core.statistics.students_t import deviation_within, t_test

ALPHA: Final = 0.05
LARGEST: Final = 20.0  # of a logarithm: a ratio of 5e8 is none any more
SHARE_DIGITS: Final = 6
T_RUNS_MIN: Final = 4  # of both groups together; with fewer Student's t can show nothing
VARIATION_MIN: Final = 0.01  # of runs of the same; a few that agree better agree by chance


def enough_for_permutation(a: int, b: int) -> bool:
    """Whether groups of these sizes could show any difference: 4 and 4 runs can, 3 and 3 cannot."""
    return min(a, b) > 0 and smallest_p(a, b) <= ALPHA


def too_few_for_others(a: int, b: int, others: int) -> str:
    """Why none of so many corrected figures could be found to differ; "" where one could, or the test is another."""
    if not enough_for_permutation(a, b) or smallest_p(a, b) * others <= ALPHA:
        return ""
    enough = next(count for count in range(2, a + b + others) if smallest_p(count, count) * others <= ALPHA)
    return (
        f"{a} and {b} runs are too few for a second figure: corrected for {others} of them no p can be below "
        f"{smallest_p(a, b) * others:.2g}; {enough} and {enough} would do"
    )


def effect_of_runs(a: Sequence[float], b: Sequence[float], unit: Unit, seed: int, floor: float = 0.0) -> Effect | None:
    """From a value a run, of four runs at least. None where a rate or a time is 0, which has no ratio.

    Its smallest effect is one that would have been found, and found to reach the floor, 4 times in 5.
    Runs are relabelled where there are enough of them; otherwise they are taken to vary normally.
    """
    if unit != "share" and min(*a, *b) <= 0:
        return None
    x, y = ([scaled(value, unit) for value in group] for group in (a, b))
    least = 0.0 if unit == "share" else VARIATION_MIN
    permuted = enough_for_permutation(len(x), len(y))
    reached = floor if unit == "share" else math.log1p(floor)
    found_from = smallest_decided((len(x), len(y)), deviation_within(x, y, least), reached, permuted=permuted)
    smallest = _known(unscaled(found_from, unit))
    if permuted:
        found = permutation_test(x, y, seed)
        return _effect(found.difference, found.low, found.high, found.p, smallest, unit, permuted=True)
    tested = t_test(x, y, least=least)
    return _effect(tested.difference, tested.low, tested.high, tested.p, smallest, unit, permuted=False)


def untested(a: Sequence[float], b: Sequence[float], unit: Unit) -> Effect:
    """How far the groups are apart, of which nobody can say whether it is chance."""
    x, y = ([scaled(value, unit) for value in group] for group in (a, b))
    estimate = round(unscaled(fmean(y) - fmean(x), unit), SHARE_DIGITS)
    return Effect(estimate, None, None, None, None, "none")


def scaled(value: float, unit: Unit) -> float:
    """Onto the scale on which differences are taken: of times and rates the logarithm."""
    return value if unit == "share" else math.log(value)


def unscaled(difference: float, unit: Unit) -> float:
    """A difference on that scale as an effect: a ratio less 1, or a difference of shares."""
    if unit == "share":
        return difference
    return math.expm1(difference) if difference < LARGEST else math.inf


def _effect(
    difference: float, low: float, high: float, p: float, smallest: float | None, unit: Unit, *, permuted: bool
) -> Effect:
    return Effect(
        estimate=round(unscaled(difference, unit), SHARE_DIGITS),
        low=_known(unscaled(low, unit)) if low > -math.inf else None,
        high=_known(unscaled(high, unit)),
        p=p,
        smallest=smallest,
        method="permutation" if permuted else "t",
    )


def _known(value: float) -> float | None:
    return round(value, SHARE_DIGITS) if math.isfinite(value) else None
