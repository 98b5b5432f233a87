"""Goals judged: what was observed in one scope, what a goal makes of it, and windows of consecutive seconds.

What was asked for and not answered, or not rightly, counts against a goal: a refusal is quick, and no service. With
dropped arrivals and incomplete requests as *lost*:

- errors are (errors + lost) / (count + lost), or errors + lost as a count;
- a latency percentile ranks the lost and the failed as infinitely late, behind everything that succeeded;
- a rate is of what succeeded;
- the mean and the maximum are of what was measured, and the result says how many were lost;
- a goal of a run in which nothing was measured fails.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.goal_text import TOTAL, Goal, Metric, Unit, parse_goal, parse_scope
from plimsoll.core.histogram import Histogram, nearest_rank
from plimsoll.core.units import format_count, format_duration, format_in_unit

__all__ = [
    "TOTAL", "Goal", "GoalResult", "Metric", "Observed", "Unit", "WindowTracker", "judge", "measure", "parse_goal",
    "parse_scope",
]  # fmt: skip


SHORT_SHARE: Final = 0.01  # of its window, by which a run that lasted it may fall short: ends are never exact


@dataclass(frozen=True, slots=True)
class Observed:
    """What was measured in one scope over a stretch of time (a run, a second). Histograms hold microseconds.

    `count` and `errors` are of steps, in a journey's scope of journeys. `arrivals` are journeys that were due, the
    `dropped` among them; `incomplete` what was cut off at the end; `journeys` those that finished, `journeys_failed`
    among them. `failed` is the part of `latency` that is of failed ones. `stuck`: of a second in which nothing at all
    was answered, though users waited.
    """

    count: int = 0
    errors: int = 0
    arrivals: int = 0
    dropped: int = 0
    incomplete: int = 0
    duration_s: float = 0.0
    journeys: int = 0
    latency: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    wait: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
    failed: Histogram = field(default_factory=Histogram)
    journeys_failed: int = 0
    stuck: bool = False

    @property
    def lost(self) -> int:
        """What was asked for and never answered."""
        return self.dropped + self.incomplete


@dataclass(frozen=True, slots=True)
class GoalResult:
    """A goal's outcome. `actual` is in `unit` ("ms", "%", "count", "/s"), None where unknown or without bound."""

    scope: str
    expression: str
    actual: float | None
    passed: bool
    unit: Unit
    because: str

    @property
    def actual_text(self) -> str:
        """`actual` as people say it: "412 ms", "1.23 %"."""
        return format_in_unit(self.actual, self.unit)


def measure(goal: Goal, observed: Observed) -> float | None:
    """The goal's metric in the goal's unit; None where nothing tells it or where it is without bound."""
    value = _value(goal, observed)
    return value if value is not None and math.isfinite(value) else None


def judge(goal: Goal, observed: Observed, *, window: "WindowTracker | None" = None) -> GoalResult:
    """The goal's outcome over the whole of what was observed.

    A goal with a window is decided by the `window` that followed it; None means that nobody did, and fails.
    `because` says why it failed, or what the figure leaves out.
    """
    value = _value(goal, observed)
    passed, because = _verdict(goal, observed, value, window)
    actual = value if value is not None and math.isfinite(value) else None
    return GoalResult(goal.scope, goal.expression, actual, passed, goal.unit, because)


class WindowTracker:
    """Watches one goal or abort condition second by second. For a goal ask `violated`, for a condition `held`.

    Each turns true, for good, once the comparison was violated (or held) throughout the goal's window, or one second
    if it has none. A second with nothing measured neither breaks nor extends a streak; to a rate it counts as 0. One in
    which users waited and nobody was answered has an infinite latency.
    """

    __slots__ = (
        "_at_s",
        "_held_s",
        "_violated_s",
        "_window_s",
        "goal",
        "held",
        "longest_s",
        "longest_until_s",
        "violated",
    )

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self.violated = False
        self.held = False
        self._window_s = goal.window_s or 1.0
        self._violated_s = 0.0
        self._held_s = 0.0
        self._at_s = 0.0  # measured so far
        self.longest_s = 0.0  # of the violations without a break, and when that ended, since the warm-up
        self.longest_until_s = 0.0

    def feed(self, second: Observed) -> None:
        """Takes the next stretch, `second.duration_s` long."""
        self._at_s += second.duration_s
        value = _value(self.goal, second)
        if value is None:
            return
        held = self.goal.allows(value)
        self._held_s = self._held_s + second.duration_s if held else 0.0
        self._violated_s = 0.0 if held else self._violated_s + second.duration_s
        if self._violated_s > self.longest_s:
            self.longest_s, self.longest_until_s = self._violated_s, self._at_s
        self.held |= _reaches(self._held_s, self._window_s)
        self.violated |= _reaches(self._violated_s, self._window_s)


def _reaches(streak_s: float, window_s: float) -> bool:
    return streak_s >= window_s - 1e-6  # stretches of 0.1 s add up to a little less than whole seconds


def _value(goal: Goal, observed: Observed) -> float | None:
    """The metric in the goal's unit, infinite where it falls among the lost; None where nothing tells it."""
    subject = goal.metric.subject
    if subject == "rate" or subject == "journeys":
        steps, journeys = observed.count - observed.errors, observed.journeys - observed.journeys_failed
        happened = steps if subject == "rate" else journeys
        return happened / observed.duration_s if observed.duration_s > 0 else None
    if subject == "errors":
        return _part(observed.errors + observed.lost, observed.count + observed.lost, goal.unit)
    if subject == "dropped":
        return _part(observed.dropped, max(observed.arrivals, observed.dropped) or observed.count, goal.unit)
    return _time_ms(goal.metric, observed)


def _part(part: int, whole: int, unit: Unit) -> float | None:
    if not whole:
        return None
    return 100 * part / whole if unit == "%" else float(part)


def _time_ms(metric: Metric, observed: Observed) -> float | None:
    times = {"latency": observed.latency, "service": observed.service, "wait": observed.wait, "lag": observed.lag}
    histogram = times[metric.subject]
    lost = 0
    if metric.subject == "latency" and isinstance(metric.statistic, float):
        histogram, lost = histogram.without(observed.failed), observed.lost + observed.failed.count
    if metric.subject == "latency" and observed.stuck:
        return math.inf
    if metric.statistic == "mean" or metric.statistic == "max" or metric.statistic is None:
        us = histogram.mean_us if metric.statistic == "mean" else histogram.max_us
    elif not histogram.count + lost:
        us = None
    else:
        rank = nearest_rank(metric.statistic, histogram.count + lost)
        us = math.inf if rank > histogram.count else histogram.at_rank_us(rank)
    return None if us is None else us / 1000


def _verdict(goal: Goal, observed: Observed, value: float | None, window: "WindowTracker | None") -> tuple[bool, str]:
    if value is None or not observed.count + observed.lost:
        return False, "nothing was measured"
    if goal.window_s is not None:
        return _window_verdict(goal.window_s, observed.duration_s, window)
    if math.isinf(value):
        return False, f"the percentile falls among {_say_lost(observed)}, which count as infinitely late"
    if not goal.allows(value):
        return False, f"it was {format_in_unit(value, goal.unit)}"
    if observed.lost and goal.metric.subject == "latency" and isinstance(goal.metric.statistic, str):
        return True, f"without {_say_lost(observed)}"
    return True, ""


def _window_verdict(window_s: float, lasted_s: float, window: "WindowTracker | None") -> tuple[bool, str]:
    violated = window.violated if window is not None else None
    if not violated and lasted_s < window_s * (1 - SHORT_SHARE):  # nothing could have violated it
        lasted, wanted = format_duration(lasted_s), format_duration(window_s)
        return False, f"the run lasted {lasted}, less than the goal's {wanted}"
    if window is None:
        return False, "there are no figures by the second to tell"
    if not violated:
        return True, ""
    since, until = window.longest_until_s - window.longest_s, window.longest_until_s
    return False, f"violated from {format_duration(round(since, 1))} to {format_duration(round(until, 1))}"


def _say_lost(observed: Observed) -> str:
    kinds = (
        (observed.dropped, "dropped"),
        (observed.incomplete, "incomplete"),
        (observed.failed.count, "failed"),
    )
    said = [f"{format_count(count)} {kind}" for count, kind in kinds if count]
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""
