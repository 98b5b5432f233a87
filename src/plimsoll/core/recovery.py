"""How long a system takes to recover after a burst: bursts found in a profile, each followed by the second. Pure.

Recovered is the first of three seconds in a row that are again as those before the burst were. p95 counts what was lost
as infinitely late, and quick errors are no recovery either: their share must be back, too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from plimsoll.core.course import Recovery
from plimsoll.core.goal import TOTAL, Observed, measure, parse_goal
from plimsoll.core.histogram import nearest_rank
from plimsoll.core.interval import Interval
from plimsoll.core.observing import observe_interval

BURST_FACTOR: Final = 3.0  # against the level before
BACK_FACTOR: Final = 1.5  # at most so much of the level before is being back
CALM_S_MIN: Final = 5.0  # before a burst, or there is nothing to compare with
CALM_S_MAX: Final = 300.0  # of the time before, the last so much counts: a bound on memory
BOUND_FACTOR: Final = 1.5  # of the median p95 before
BOUND_RANK: Final = 0.9  # or what nine of ten seconds before kept, where that is more
ERRORS_MORE: Final = 0.01  # a share of errors so much above that before still is recovery
IN_A_ROW: Final = 3  # seconds
_P95: Final = parse_goal("p95<1s")
_ERRORS: Final = parse_goal("errors<1%")


@dataclass(frozen=True, slots=True)
class Burst:
    """Seconds since the load began: calm in [calm_s, began_s), back at `ended_s`, watched until `watched_s`."""

    level_before: float
    level_peak: float
    calm_s: float
    began_s: float
    ended_s: float
    watched_s: float


def find_bursts(stages: Sequence[Mapping[str, Any]], warmup_s: float = 0.0) -> tuple[Burst, ...]:
    """The bursts of a profile as its run's facts describe it: `level`, `for_s` and `ramp_s` of each stage."""
    starts = [warmup_s]
    for stage in stages:
        starts.append(starts[-1] + stage["for_s"])
    found, at = list[Burst](), 0
    while at < len(stages):
        back = _back_after(stages, at)
        if back is not None and (burst := _burst(stages, starts, at, back)) is not None:
            found.append(burst)
            at = back
        else:
            at += 1
    return tuple(found)


def _back_after(stages: Sequence[Mapping[str, Any]], at: int) -> int | None:
    """The stage in which the level is back after the burst that follows stage `at`; None where none follows."""
    before = stages[at]["level"]
    if not before or at + 1 >= len(stages) or stages[at + 1]["level"] < BURST_FACTOR * before:
        return None
    later = range(at + 2, len(stages))
    return next((number for number in later if 0 < stages[number]["level"] <= BACK_FACTOR * before), None)


def _burst(stages: Sequence[Mapping[str, Any]], starts: Sequence[float], at: int, back: int) -> Burst | None:
    began = starts[at + 1]
    calm = max(starts[at] + stages[at]["ramp_s"], began - CALM_S_MAX)
    if began - calm < CALM_S_MIN:
        return None
    before = stages[at]["level"]
    last = back
    while last + 1 < len(stages) and 0 < stages[last + 1]["level"] <= BACK_FACTOR * before:
        last += 1
    peak = max(stage["level"] for stage in stages[at + 1 : back])
    return Burst(before, peak, calm, began, starts[back] + stages[back]["ramp_s"], starts[last + 1])


class RecoveryWatch:
    """Follows one burst; takes intervals in order and keeps those of the calm before only.

    It judges seconds, which begin some milliseconds beside the profile's stages: so it tells whole ones.
    """

    def __init__(self, burst: Burst) -> None:
        self._burst = burst
        self._calm: list[tuple[float | None, float]] = []
        self._worst_ms: float | None = None
        self._streak = 0
        self._back_s: float | None = None
        self._seen_s = 0.0

    def add(self, interval: Interval) -> None:
        burst, end_s = self._burst, interval.start_s + interval.width_s
        if (
            interval.warmup
            or self._back_s is not None
            or interval.start_s < burst.calm_s
            or end_s > burst.watched_s + 1
        ):
            return
        second = observe_interval(interval, TOTAL)
        p95_ms, errors = _p95_ms(second), (measure(_ERRORS, second) or 0.0) / 100
        if end_s <= burst.began_s:
            self._calm.append((p95_ms, errors))
            return
        self._seen_s = end_s
        if p95_ms is not None and math.isfinite(p95_ms):
            self._worst_ms = max(self._worst_ms or 0.0, p95_ms)
        if interval.start_s >= burst.ended_s:
            self._judge(interval.start_s, p95_ms, errors)

    def _judge(self, start_s: float, p95_ms: float | None, errors: float) -> None:
        """A second in which nothing ended is a hole where before something ended in every one; else it is passed by."""
        if p95_ms is None and any(known is None for known, _ in self._calm):
            return
        bound_ms = self._bound_ms()
        within = p95_ms is not None and bound_ms is not None and p95_ms <= bound_ms and errors <= self._errors_bound()
        self._streak = self._streak + 1 if within else 0
        if self._streak == 1:
            self._first_s = start_s
        if self._streak == IN_A_ROW:
            self._back_s = self._first_s

    def _known_ms(self) -> list[float]:
        return sorted(p95 for p95, _ in self._calm if p95 is not None)

    def _bound_ms(self) -> float | None:
        known = self._known_ms()
        if not known:
            return None
        return max(BOUND_FACTOR * median(known), known[nearest_rank(BOUND_RANK, len(known)) - 1])

    def _errors_bound(self) -> float:
        return ERRORS_MORE + sum(errors for _, errors in self._calm) / len(self._calm)

    def value(self) -> Recovery:
        """What is known by now."""
        burst, known = self._burst, self._known_ms()
        bound_ms = self._bound_ms()
        told = bound_ms is not None and math.isfinite(bound_ms) and self._seen_s > burst.ended_s
        return Recovery(
            level_before=burst.level_before,
            level_peak=burst.level_peak,
            began_s=round(burst.began_s, 3),
            ended_s=round(burst.ended_s, 3),
            watched_s=round(max(0.0, self._seen_s - burst.ended_s), 3),
            before_ms=_rounded(median(known)) if known else None,
            bound_ms=_rounded(bound_ms),
            worst_ms=_rounded(self._worst_ms),
            recovered=self._back_s is not None if told else None,
            recover_s=None if self._back_s is None else float(round(max(0.0, self._back_s - burst.ended_s))),
        )


def _p95_ms(second: Observed) -> float | None:
    """Infinite where it falls among what was lost; None where nothing ended and nothing was lost."""
    if second.latency.count + second.lost == 0:
        return None
    value = measure(_P95, second)
    return math.inf if value is None else value


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
