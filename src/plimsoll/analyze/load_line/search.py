"""Which rate is tried next: up in geometric steps until one fails, then between what held and what did not. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.load_line import Limit, LineStep

GROWTH: Final = 2.0
GROWTH_IDLE: Final = 4.0  # while latency has not moved from that of the lowest rate
IDLE_RISE: Final = 1.25
PRECISION: Final = 0.025  # between what held and what failed, in relation to the former
FALL: Final = 0.5
FALL_MOST: Final = 1 / 16
FALL_LEAST: Final = 0.95
LEAST_SHARE: Final = 0.03  # of the highest that was served and failed a goal; below it the search gives up
RATE_MIN: Final = 0.05  # per second
SURE: Final = 0.98  # of what a failing step got done: a rate that should hold, where throughput was the limit
LOST: Final = 1.015  # and one that should not
SHED: Final = 0.9  # of what was due, served; below it failing is how a target defends itself
LESS: Final = 0.95  # of a rate that held, done at one above it: a target that can do less than before
APART: Final = 1.008  # a rate so near one that was tried would tell nothing


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Rates in journeys per second. `ceiling` bounds them, `steps_max` their number."""

    start: float
    ceiling: float | None = None
    steps_max: int = 12
    precision: float = PRECISION


@dataclass(frozen=True, slots=True)
class Ended:
    """The search is over, and what kept it from going on."""

    limit: Limit


def next_rate(tried: Sequence[LineStep], plan: SearchPlan) -> float | Ended:
    """What to try after these, in the order in which they were tried."""
    if len(tried) >= plan.steps_max:
        return Ended("steps")
    if not tried:
        return _bounded(plan.start, plan)
    last = tried[-1]
    if last.outcome == "no evidence":
        return _again_or_end(tried)
    if wants_repeat(tried):
        return last.rate_per_s
    held, failed = bracket(tried)
    if failed is None:
        assert held is not None
        return _up(tried, held, plan)
    if held is None:
        return _down(tried, failed)
    if failed <= held * (1 + plan.precision):
        return held if wants_confirming(tried, held) else Ended("goal")
    return _between(tried, held, failed)


def bracket(tried: Sequence[LineStep]) -> tuple[float | None, float | None]:
    """(the highest rate that held below every one that failed, the lowest that failed)."""
    verdicts = pooled(tried)
    failed = min((rate for rate, held in verdicts.items() if not held), default=None)
    held = max((rate for rate, held in verdicts.items() if held and (failed is None or rate < failed)), default=None)
    return held, failed


def pooled(tried: Sequence[LineStep]) -> dict[float, bool]:
    """Whether each rate held. Where it was repeated and differed, its mean pressure over time says."""
    rates = dict.fromkeys(step.rate_per_s for step in tried if step.outcome != "no evidence")
    return {rate: _held([step for step in tried if step.rate_per_s == rate]) for rate in rates}


def _held(steps: Sequence[LineStep]) -> bool:
    known = [step for step in steps if step.outcome != "no evidence"]
    if len({step.outcome for step in known}) == 1:
        return known[0].outcome == "held"
    weighed = sum(step.seconds * math.log(max(step.pressure, 1e-3)) for step in known)
    return weighed <= 0


def wants_repeat(tried: Sequence[LineStep]) -> bool:
    """Whether the last step missed a demand by so little that chance may have decided, and was not repeated yet."""
    last = tried[-1]
    times = sum(step.rate_per_s == last.rate_per_s and step.outcome != "no evidence" for step in tried)
    return last.outcome == "failed" and last.narrow and times == 1


def lesser(tried: Sequence[LineStep], held: float) -> list[LineStep]:
    """Steps after the last that held at `held` which were asked for as much, and got clearly less done."""
    last = max((at for at, step in enumerate(tried) if _held_at(step, held)), default=len(tried))
    return [
        step
        for step in tried[last + 1 :]
        if step.outcome == "failed" and step.rate_per_s >= held and step.achieved_per_s < LESS * held
    ]


def wants_confirming(tried: Sequence[LineStep], held: float) -> bool:
    """Whether the target has got less done since it held there, and was not tried there again."""
    return bool(lesser(tried, held)) and sum(step.rate_per_s == held for step in tried) == 1


def _held_at(step: LineStep, rate: float) -> bool:
    return step.outcome == "held" and step.rate_per_s == rate


def _again_or_end(tried: Sequence[LineStep]) -> float | Ended:
    """What proved nothing by chance is tried once more; then what was in the way limits."""
    last = tried[-1]
    if last.limited_by == "users":
        return Ended("users")
    if len(tried) > 1 and tried[-2].outcome == "no evidence" and tried[-2].rate_per_s == last.rate_per_s:
        return Ended(last.limited_by or "generator")
    return last.rate_per_s


def _up(tried: Sequence[LineStep], held: float, plan: SearchPlan) -> float | Ended:
    if plan.ceiling is not None and held >= plan.ceiling:
        return Ended("ceiling")
    several = len(pooled(tried)) > 1
    return _bounded(held * (GROWTH_IDLE if several and _idle(tried, held) else GROWTH), plan)


def _idle(tried: Sequence[LineStep], held: float) -> bool:
    """Whether latency at a rate is still that of the lowest."""
    lowest = min(tried, key=lambda step: step.rate_per_s)
    highest = next(step for step in reversed(tried) if step.rate_per_s == held)
    if lowest.p95_ms is None or highest.p95_ms is None:
        return False
    return highest.p95_ms <= IDLE_RISE * lowest.p95_ms and highest.pressure < 0.5


def _down(tried: Sequence[LineStep], failed: float) -> float | Ended:
    """Below the lowest that failed: near what it got done, if that is less, else by half; not for ever, as a goal that
    an idle target misses is missed at any rate."""
    step = next(step for step in reversed(tried) if step.rate_per_s == failed)
    part = min(max(SURE * step.achieved_per_s / failed, FALL_MOST), FALL_LEAST) if _by_throughput(step) else FALL
    quick = [one.rate_per_s for one in tried if one.served]
    least = max(RATE_MIN, LEAST_SHARE * max(quick, default=0.0))
    return rounded(part * failed) if part * failed >= least else Ended("goal")


def _between(tried: Sequence[LineStep], held: float, failed: float) -> float:
    """What failing steps got done tells where the line is, if that lies inside; else the geometric middle."""
    served = [step.achieved_per_s for step in tried if step.outcome == "failed" and _by_throughput(step)]
    guesses = [part * max(served) for part in (SURE, LOST)] if served else []
    known = [step.rate_per_s for step in tried]
    fresh = (guess for guess in guesses if _apart(guess, known) and held < guess < failed)
    return rounded(next(fresh, math.sqrt(held * failed)))


def _apart(rate: float, known: Sequence[float]) -> bool:
    """Whether a rate would tell anything beside those that were tried."""
    return all(max(rate, one) > APART * min(rate, one) for one in known)


def _by_throughput(step: LineStep) -> bool:
    """Whether what it got done tells how much the target can do: it was too slow, or refused much."""
    return not step.served or (step.reached is not None and step.reached < SHED)


def _bounded(rate: float, plan: SearchPlan) -> float:
    return rounded(rate) if plan.ceiling is None else min(rounded(rate), plan.ceiling)


def rounded(rate: float) -> float:
    """To four significant digits: rates are said and typed."""
    return float(f"{rate:.4g}")
