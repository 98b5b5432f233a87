"""One step of the search: a rate, run open loop until it can be told whether it holds, as a run of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from plimsoll.analyze.load_line.arrivals import Due, base_profile, fair_seed, step_profile
from plimsoll.analyze.load_line.demands import allowed_share, second_of
from plimsoll.analyze.load_line.stepping import Ruling, StepCourse, StepPlan, most_s
from plimsoll.analyze.load_line.steps import Measured, error_rate_of, judged, pressure_of, tails_of
from plimsoll.core.goal import TOTAL, Goal, Observed
from plimsoll.core.interval import Interval
from plimsoll.core.load_line import Limit, LineStep, Probe
from plimsoll.core.observing import observe
from plimsoll.core.profile import Profile
from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.core.totals import Totals
from plimsoll.core.units import format_ms
from plimsoll.runs.directory import find_run
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.finding.request import Bounds, FindRequest
from plimsoll.workflows.run import run
from plimsoll.workflows.run_request import RunRequest, StopRequest, Watcher

WARMUP_S: Final = (2.0, 20.0)  # at least, at most
GRACEFUL_S: Final = (5.0, 30.0)
SEEDS_APART: Final = 1_000  # between the seeds of two steps, so that none draws what another drew
SLACK_S: Final = 0.25  # by which the last tick of a profile may come late
BUSY_SHARE: Final = 0.98  # of the users, at which they are the limit ...
UNMOVED: Final = 1.5  # ... if the target still answers within so many times its time at the lowest rate
PLACEHOLDER: Final = base_profile(arrivals="poisson", users=1, warmup_s=0, graceful_stop_s=0)  # of no run
WORDS: Final[Mapping[Ruling, str]] = {
    "holds": "enough was known: the rate holds",
    "grows": "enough was known: the queue grew",
    "misses": "enough was known: a goal was missed beyond chance",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A step to be made."""

    number: int
    rate: float
    profile: Profile
    seed: int
    plan: StepPlan
    fractions: Sequence[Goal]


def rung_of(request: FindRequest, bounds: Bounds, probe: Probe, number: int, rate: float) -> Rung:
    fractions = [(goal, share) for goal in bounds.goals if (share := allowed_share(goal)) is not None]
    warmup_s = request.warmup_s if request.warmup_s is not None else _within(2 * probe.cycle_s, WARMUP_S)
    longest = most_s(bounds.least_s, rate)
    if bounds.total_s_max is not None:
        longest = min(longest, bounds.total_s_max - warmup_s)
    least = min(bounds.least_s, longest)
    base = base_profile(
        arrivals=request.arrivals,
        users=bounds.users,
        warmup_s=warmup_s,
        graceful_stop_s=_within(3 * probe.cycle_s, GRACEFUL_S),
    )
    profile = step_profile(base, rate, longest)
    seed = fair_seed(profile, request.base.seed + number * SEEDS_APART, least)
    plan = StepPlan(least, longest, [share for _, share in fractions])
    return Rung(number, rate, profile, seed, plan, [goal for goal, _ in fractions])


def _within(seconds: float, limits: tuple[float, float]) -> float:
    return round(min(max(seconds, limits[0]), limits[1]), 1)


class Follower:
    """Takes a step's intervals; asked after each whether the load should end."""

    def __init__(self, rung: Rung) -> None:
        self.course = StepCourse(rung.plan)
        self._rung = rung
        self._due = Due.of(rung.profile, rung.seed)
        self._ended = ""

    def __call__(self, interval: Interval) -> str:
        end_s = interval.start_s + interval.width_s
        if interval.warmup or self._ended or end_s > self._rung.profile.total_s + SLACK_S:
            return self._ended
        due = self._due.between(interval.start_s, end_s)
        self._ended = WORDS.get(self.course.add(second_of(interval, due, self._rung.fractions)), "")
        return self._ended


async def make_step(
    rung: Rung, base: RunRequest, bounds: Bounds, facts: Mapping[str, Any], watcher: Watcher, stop: StopRequest
) -> tuple[LineStep, Summary]:
    """Raises what a run raises."""
    follower = Follower(rung)
    request = replace(
        base,
        profile=rung.profile,
        goals=tuple(bounds.goals),
        seed=rung.seed,
        series=facts,
        ends_when=follower,
        reported=False,
    )
    summary = (await run(request, watcher, stop)).summary
    observed = _observed(base.runs_root, summary.run_id)
    return judged(rung.number, rung.rate, follower.course, measured_of(summary, bounds.goals, observed)), summary


def _observed(root: Path, run_id: str) -> Observed:
    totals = Totals()
    for interval in read_intervals(find_run(root, run_id).intervals_path):
        totals.add(interval)
    return observe(totals, TOTAL)


def measured_of(summary: Summary, goals: Sequence[Goal], observed: Observed) -> Measured:
    """`observed` is what goals count, over everything."""
    limited = limited_by(summary)
    return Measured(
        missed=[_named(goal) for goal in summary.goals if not goal.passed],
        pressure=pressure_of(goals, summary.goals),
        run_id=summary.run_id,
        no_evidence="; ".join(summary.invalid_because) if limited else "",
        limited_by=limited,
        **tails_of(observed),
        service_p50_ms=summary.service_ms.p50,
        error_rate=error_rate_of(observed),
        dropped=summary.dropped,
        incomplete=summary.incomplete,
        goals=summary.goals,
    )


def _named(goal: GoalSummary) -> str:
    return goal.expression if goal.scope == TOTAL else f"{goal.scope}: {goal.expression}"


def limited_by(summary: Summary) -> Limit | None:
    """What kept a run from being evidence: not that everything failed, which is the target's doing."""
    if summary.valid:
        return None
    if summary.generator.saturated:
        return "generator"
    failed = summary.requests and summary.errors == summary.requests
    return None if failed or not summary.requests else "error"


def held_back_by_users(step: LineStep, before: Sequence[LineStep], users: int) -> LineStep:
    """A step that failed is no evidence where all users were busy and the target was as quick as ever."""
    lowest = min(before, key=lambda one: one.rate_per_s, default=None)
    if step.outcome != "failed" or lowest is None or not lowest.service_p50_ms or not step.service_p50_ms:
        return step
    if step.users < BUSY_SHARE * users or step.service_p50_ms > UNMOVED * lowest.service_p50_ms:
        return step
    because = f"all {users} users were busy, and the target answered in {format_ms(step.service_p50_ms)}, as before"
    return replace(step, outcome="no evidence", limited_by="users", narrow=False, because=because)
