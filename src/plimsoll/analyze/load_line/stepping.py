"""How long a step lasts: until it can be told whether its rate holds, within bounds. Pure.

A step ends early where what was due and not served grows beyond chance, or a goal is missed beyond chance. It holds
when it has lasted its time, no goal is within chance of its limit and neither queue nor latency grows; until then it
goes on, at most to its bound, where the figures as they are decide.

Chance: of arrivals, the square root of their number; of what is in flight at both ends of a step, and so not yet or not
any more counted as served, that of its number; of a goal's fraction, its standard error over batches of seconds,
which allows for neighbouring seconds being alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final, Literal

from plimsoll.analyze.load_line.demands import Count, LoadSecond
from plimsoll.core.load_line import REACHED_SHARE, is_served

Ruling = Literal["goes on", "holds", "grows", "misses", "bound"]

BATCHES: Final = 8
CLEAR: Final = 3.0  # standard errors between a fraction and what is allowed
HOPELESS: Final = 4.0  # the same, for ending a step early
GROWTH_SHARE: Final = 0.03  # of the arrivals, unserved, before growth is spoken of
ARRIVALS_WANTED: Final = 3_000  # of which chance is 2 %
EDGE: Final = 1.5  # standard deviations of what is in flight at the ends
EARLIEST_S: Final = 3.0
RISE_SHARE: Final = 0.25  # of its mean, by which a queue or latency that still grows has to grow over a step


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Seconds, without the warm-up: `least_s` to hold, `most_s` in any case. `allowed` are the goals' fractions."""

    least_s: float
    most_s: float
    allowed: Sequence[float]


def most_s(least_s: float, rate: float) -> float:
    """How long a step may last: three times its time, or, where arrivals are few, until there are enough of them."""
    return min(max(3 * least_s, ARRIVALS_WANTED / rate), 6 * least_s)


class StepCourse:
    """A step, second by second: feed it, and it says whether the step goes on."""

    def __init__(self, plan: StepPlan) -> None:
        self.plan = plan
        self.seconds: list[LoadSecond] = []

    def add(self, second: LoadSecond) -> Ruling:
        self.seconds.append(second)
        return self.ruling()

    def ruling(self) -> Ruling:
        measured_s = self.measured_s
        if measured_s >= min(EARLIEST_S, self.plan.least_s):
            if grows(self.seconds):
                return "grows"
            if self._misses():
                return "misses"
        if measured_s >= self.plan.least_s and self._clear():
            return "holds"
        return "bound" if measured_s >= self.plan.most_s - 1e-6 else "goes on"

    @property
    def measured_s(self) -> float:
        return sum(second.width_s for second in self.seconds)

    @property
    def due(self) -> int:
        return sum(second.due for second in self.seconds)

    @property
    def finished(self) -> int:
        return sum(second.finished for second in self.seconds)

    @property
    def failed(self) -> int:
        return sum(second.failed for second in self.seconds)

    @property
    def short(self) -> float:
        """The share of what was due that was not served, beyond what chance explains (0 to 1)."""
        count = self.due - self.finished - EDGE * math.sqrt(2 * self._in_flight)
        return max(0.0, count / self.due) if self.due else 0.0

    @property
    def served(self) -> bool:
        return is_served(self.short, self.due)

    @property
    def _in_flight(self) -> float:
        """What was in flight on average in the first quarter, before it may have grown."""
        return fmean([second.in_flight for second in self.seconds[: max(1, len(self.seconds) // 4)]] or [0])

    @property
    def steady(self) -> bool:
        """Whether neither what is unserved nor the latency still rises."""
        latency = [second.p50_ms for second in self.seconds if second.p50_ms is not None]
        return not rises(unserved(self.seconds)) and not rises(latency)

    @property
    def narrow(self) -> bool:
        """Whether what was missed was missed by no more than chance."""
        tolerated = (1 - REACHED_SHARE) * self.due + 2 * math.sqrt(self.due)
        near = self.due - self.finished <= tolerated
        return near and not any(
            beyond(counts, share, CLEAR) for counts, share in zip(self._counts(), self.plan.allowed, strict=True)
        )

    def _misses(self) -> bool:
        """Only where there are seconds enough to know the error of a fraction."""
        if len(self.seconds) < 5:
            return False
        pairs = zip(self._counts(), self.plan.allowed, strict=True)
        return any(beyond(counts, share, HOPELESS) for counts, share in pairs)

    def _clear(self) -> bool:
        if self.short > (1 - REACHED_SHARE) / 2 or not self.steady:
            return False
        pairs = zip(self._counts(), self.plan.allowed, strict=True)
        return not any(beyond(counts, share, -CLEAR) for counts, share in pairs)

    def _counts(self) -> list[list[Count]]:
        return [[second.counts[at] for second in self.seconds] for at in range(len(self.plan.allowed))]


def unserved(seconds: Sequence[LoadSecond]) -> list[float]:
    """Arrivals that were due and not finished, after each second, counted from the first."""
    left, found = 0, []
    for second in seconds:
        left += second.due - second.finished
        found.append(float(left))
    return found


def grows(seconds: Sequence[LoadSecond]) -> bool:
    """Whether what is unserved has grown beyond chance, and still does."""
    left = unserved(seconds)
    due = sum(second.due for second in seconds)
    if left[-1] <= GROWTH_SHARE * due + 4 * math.sqrt(due):
        return False
    return len(left) < 3 or left[-1] > left[-3]


def rises(values: Sequence[float]) -> bool:
    """Whether there is a rising trend: the slope is above 0 with 95 % confidence, and comes to much over the time."""
    if len(values) < 6:
        return False
    slope, error = slope_of(values)
    return slope > 1.7 * error and slope * len(values) > RISE_SHARE * max(fmean(map(abs, values)), 1e-9)


def slope_of(values: Sequence[float]) -> tuple[float, float]:
    """The least-squares slope a step, and its standard error for neighbours that resemble each other."""
    count, middle = len(values), (len(values) - 1) / 2
    mean = fmean(values)
    across = sum((at - middle) ** 2 for at in range(count))
    slope = sum((at - middle) * (value - mean) for at, value in enumerate(values)) / across
    left = [value - mean - slope * (at - middle) for at, value in enumerate(values)]
    variance = sum(one * one for one in left) / (count - 2)
    return slope, math.sqrt(variance / across * _inflation(left))


def _inflation(left: Sequence[float]) -> float:
    """(1 + r) / (1 - r) of the lag-one correlation r, by which fewer values than there are count."""
    total = sum(one * one for one in left)
    if not total:
        return 1.0
    r = sum(one * other for one, other in pairwise(left)) / total
    r = min(max(r, 0.0), 0.9)
    return (1 + r) / (1 - r)


def beyond(counts: Sequence[Count], allowed: float, errors: float) -> bool:
    """Whether the fraction lies above what is allowed by more than so many standard errors (negative: within them)."""
    whole = sum(of for _, of in counts)
    if not whole:
        return False
    share = sum(bad for bad, _ in counts) / whole
    return share - errors * fraction_error(counts) > allowed


def fraction_error(counts: Sequence[Count]) -> float:
    """The standard error of a fraction over batches of seconds; at least that of independent measurements."""
    batches = batched(counts)
    whole = sum(of for _, of in counts)
    share = sum(bad for bad, _ in counts) / whole
    independent = math.sqrt(max(share * (1 - share), 1 / whole) / whole)
    if len(batches) < 3:
        return independent
    k, mean = len(batches), whole / len(batches)
    spread = sum((bad - share * of) ** 2 for bad, of in batches) / (k * (k - 1))
    return max(independent, math.sqrt(spread) / mean)


def batched(counts: Sequence[Count]) -> list[Count]:
    """At most `BATCHES` sums of neighbours."""
    size = -(-len(counts) // BATCHES)
    groups = [counts[at : at + size] for at in range(0, len(counts), size)]
    return [(sum(bad for bad, _ in group), sum(of for _, of in group)) for group in groups]
