"""A few users in a closed loop: how fast the target is when nearly idle, and whether it has become so again.

These runs are no part of the result: they leave nothing behind, and nothing is watched beside them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from plimsoll.analyze.load_line.demands import Count, allowed_share, count_of, of_idle
from plimsoll.analyze.load_line.stepping import CLEAR, beyond
from plimsoll.core.errors import RefusedError
from plimsoll.core.goal import TOTAL, Goal, judge, measure
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.load_line import Probe
from plimsoll.core.observing import observe, observe_interval
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.summary import Summary
from plimsoll.core.totals import Totals
from plimsoll.core.units import format_in_unit
from plimsoll.runs.facts import RunFacts
from plimsoll.workflows.run import run
from plimsoll.workflows.run_request import RunRequest, StopRequest

PROBE_USERS: Final = 8
PROBE_S: Final = 3.0
PROBE_S_MAX: Final = 30.0
PACE_S_MIN: Final = 1.0
JOURNEYS_EACH: Final = 3  # of every user, before the probe may end
ALONE_S: Final = 2.0
ALONE_S_MAX: Final = 10.0
ALONE_REQUESTS: Final = 60
ALONE_REQUESTS_MIN: Final = 20  # of which one is the 5 % that a p95 allows
COOL_S_MAX: Final = 30.0
COOL_RISE: Final = 1.5  # latency is back where it is at most so many times that of the probe ...
COOL_MS: Final = 2.0  # ... or no more than this above it


class Silent:
    """Follows a run and says nothing."""

    def began(self, facts: RunFacts, profile: Profile) -> None:
        pass

    def measured(self, interval: Interval) -> None:
        pass


@dataclass(slots=True)
class Pace:
    """Follows a probe: how many journeys its users make a second once each has made one, which leaves what they do only
    once (logging in) out. Enough is known after some journeys each, and some seconds."""

    users: int
    least_s: float
    totals: Totals = field(default_factory=Totals)
    begun_s: float | None = None
    before: int = 0

    def __call__(self, interval: Interval) -> str:
        self.totals.add(interval)
        done = self.totals.journeys_finished
        if self.begun_s is None and done >= self.users:
            self.begun_s, self.before = self.totals.measured_s, self.succeeded
        ended = done >= JOURNEYS_EACH * self.users and self.totals.measured_s >= self.least_s
        return "enough is known" if ended else ""

    @property
    def succeeded(self) -> int:
        """Refusals are quick, and tell nothing of how fast the target is."""
        return self.totals.journeys_finished - self.totals.journeys_failed

    @property
    def rate_per_s(self) -> float:
        """Over everything, where too little came after the first journeys."""
        done, lasted_s = self.succeeded, self.totals.measured_s
        if self.begun_s is None or done <= self.before or lasted_s - self.begun_s < PACE_S_MIN:
            return done / lasted_s if lasted_s else 0.0
        return (done - self.before) / (lasted_s - self.begun_s)


@dataclass(slots=True)
class _Back:
    """Whether latency is back to what it was."""

    p50_ms: float
    back: bool = False

    def __call__(self, interval: Interval) -> str:
        failed = Histogram.merged(step.failed for step in interval.steps.values())
        latency = Histogram.merged(step.latency for step in interval.steps.values()).without(failed)
        p50_us = latency.quantile_us(0.5)
        if p50_us is None or interval.errors == interval.requests:
            return ""
        self.back = p50_us / 1000 <= max(COOL_RISE * self.p50_ms, self.p50_ms + COOL_MS)
        return "latency is back" if self.back else ""


@dataclass(slots=True)
class Alone:
    """Follows a single user: by how much the goals are missed without any load."""

    goals: Sequence[Goal]
    totals: Totals = field(default_factory=Totals)
    counts: list[list[Count]] = field(default_factory=list)

    def __call__(self, interval: Interval) -> str:
        self.totals.add(interval)
        self.counts.append([count_of(goal, observe_interval(interval, goal.scope)) for goal in self.goals])
        enough = self.totals.requests >= ALONE_REQUESTS and self.totals.measured_s >= ALONE_S
        return "enough is known" if enough else ""

    @property
    def missed(self) -> str:
        """The first that is missed beyond chance, in words; "" where none is, or too little is known."""
        if self.totals.requests < ALONE_REQUESTS_MIN:
            return ""
        for at, goal in enumerate(self.goals):
            if beyond([second[at] for second in self.counts], allowed_share(goal) or 0.0, CLEAR):
                return _missed_words(goal, measure(goal, observe(self.totals, goal.scope)))
        return ""


def _missed_words(goal: Goal, actual: float | None) -> str:
    said = goal.expression if goal.scope == TOTAL else f"{goal.scope}: {goal.expression}"
    return f"a single user already misses {said}: {format_in_unit(actual, goal.unit)}"


async def probe(
    base: RunRequest,
    goals: Sequence[Goal],
    users_max: int,
    least_s: float,
    longest_s: float | None,
    stop: StopRequest,
) -> Probe:
    """Takes `PROBE_S`, or a step's `least_s` where that is less; where its users miss a goal, a single one is asked.

    Raises RefusedError where no journey succeeded, and what a run raises.
    """
    users = min(PROBE_USERS, users_max)
    pace = Pace(users, min(PROBE_S, least_s))
    lasts = min(PROBE_S_MAX, longest_s or PROBE_S_MAX)
    summary = await _closed_loop(base, users, lasts, pace, stop)
    totals = pace.totals
    if not pace.succeeded and not stop.event.is_set():
        raise RefusedError(
            "no journey of the probe succeeded",
            why=_failure(summary, users, lasts),
            remedy=f"mend that first: plimsoll run {base.scenario} --users 1 --duration 10s",
        )
    rate = round(pace.rate_per_s, 4)
    alone = Alone(of_idle(goals))
    if any(not judge(goal, observe(totals, goal.scope)).passed for goal in alone.goals) and not stop.event.is_set():
        await _closed_loop(base, 1, min(ALONE_S_MAX, longest_s or ALONE_S_MAX), alone, stop)
    p50_us = totals.latency().without(totals.failed()).quantile_us(0.5)
    p50_ms = None if p50_us is None else round(p50_us / 1000, 3)
    return Probe(users, rate, p50_ms, round(users / rate, 4) if rate else 0.0, alone.missed)


def _failure(summary: Summary, users: int, lasts: float) -> str:
    classes = [name for step in summary.steps for name in step.error_classes]
    if classes:
        return f"{users} users had {summary.errors:,} errors, most often {classes[0]}"
    return f"{users} users ended none in {lasts:g} s"


async def cool_down(base: RunRequest, before: Probe, longest_s: float | None, stop: StopRequest) -> bool:
    """Waits, with a single user, until latency is back to the probe's; False where it was not within the bound."""
    if before.p50_ms is None:
        return True
    back = _Back(before.p50_ms)
    await _closed_loop(base, 1, min(COOL_S_MAX, longest_s or COOL_S_MAX), back, stop)
    return back.back


async def _closed_loop(
    base: RunRequest, users: int, lasts_s: float, ends_when: Callable[[Interval], str], stop: StopRequest
) -> Summary:
    profile = Profile("probe", "constant-users", (Stage(users, lasts_s),), graceful_stop_s=5.0)
    with TemporaryDirectory(prefix="plimsoll-probe-") as root:
        request = replace(
            base,
            profile=profile,
            processes=1,
            goals=(),
            abort=(),
            runs_root=Path(root),
            samples_bytes_max=0,
            watched=False,
            reported=False,
            ends_when=ends_when,
        )
        return (await run(request, Silent(), stop)).summary
