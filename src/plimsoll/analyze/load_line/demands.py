"""What every goal of a load line makes of one second: how many of its measurements were beyond its limit. Pure.

A goal that is a share ("p95<1s": at most 5 % above a second) is thereby a fraction whose interval is known, so that one
can tell while a step goes on whether chance may still decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plimsoll.core.goal import Goal, Observed
from plimsoll.core.interval import Interval
from plimsoll.core.observing import observe_interval

Count = tuple[int, int]  # (beyond the limit, all)


@dataclass(frozen=True, slots=True)
class LoadSecond:
    """A second of a step. `due` are the arrivals of its plan, `finished` the journeys that ended, those of the
    warm-up too; `counts` are of the
    goals that are fractions, in their order. `in_flight` and `users` are gauges at its end; `lost` were not
    served, and `failed` are those of the finished that failed."""

    start_s: float
    width_s: float
    due: int
    finished: int
    p50_ms: float | None
    in_flight: int
    counts: Sequence[Count]
    users: int = 0
    lost: int = 0
    failed: int = 0


def applicable(goals: Iterable[Goal]) -> tuple[list[Goal], list[Goal]]:
    """Those that a load line can be held to, and those that name a rate, which are left out."""
    kept: list[Goal] = []
    left_out: list[Goal] = []
    for goal in goals:
        (left_out if goal.metric.subject in ("rate", "journeys") else kept).append(goal)
    return kept, left_out


def allowed_share(goal: Goal) -> float | None:
    """How much of what a goal measures may be beyond its limit (0..1); None where the goal is no fraction."""
    if goal.window_s is not None or goal.operator not in ("<", "<="):
        return None
    if isinstance(goal.metric.statistic, float):
        return 1 - goal.metric.statistic
    return goal.limit / 100 if goal.unit == "%" else None


def second_of(interval: Interval, due: int, fractions: Sequence[Goal]) -> LoadSecond:
    total = observe_interval(interval, "total")
    p50_us = total.latency.quantile_us(0.5)
    return LoadSecond(
        start_s=interval.start_s,
        width_s=interval.width_s,
        due=due,
        finished=total.journeys + interval.carried,
        p50_ms=None if p50_us is None else p50_us / 1000,
        in_flight=interval.waiting,
        counts=[count_of(goal, observe_interval(interval, goal.scope)) for goal in fractions],
        users=interval.users,
        lost=total.dropped,
        failed=total.journeys_failed,
    )


def of_idle(goals: Iterable[Goal]) -> list[Goal]:
    """Those that a single user can be held to: fractions of what it asks for."""
    return [goal for goal in goals if allowed_share(goal) is not None and goal.metric.subject != "dropped"]


def count_of(goal: Goal, seen: Observed) -> Count:
    """Of a goal that is a fraction. Raises AssertionError for another."""
    subject = goal.metric.subject
    if subject == "errors":
        return seen.errors + seen.lost, seen.count + seen.lost
    if subject == "dropped":
        return seen.dropped, max(seen.arrivals, seen.dropped)
    times = {"latency": seen.latency, "service": seen.service, "wait": seen.wait, "lag": seen.lag}[subject]
    limit_us = round(goal.limit * 1000)
    if subject != "latency":
        return times.count_above_us(limit_us), times.count
    good = times.without(seen.failed)
    of = times.count + seen.lost
    return of - (good.count - good.count_above_us(limit_us)), of
