"""From a step's course and its run's figures to what the search goes by. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from plimsoll.analyze.load_line.stepping import StepCourse
from plimsoll.core.goal import Goal, Observed, measure, parse_goal
from plimsoll.core.load_line import REACHED_SHARE, Limit, LineStep, Outcome
from plimsoll.core.summary import GoalSummary
from plimsoll.core.units import format_share

PRESSURE_MIN, PRESSURE_MAX = 0.001, 1_000.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the run of a step says of itself. `missed` are the goals' expressions, `pressure` as of `LineStep`.

    `no_evidence`: why nothing follows for the platform, "" where something does.
    """

    missed: Sequence[str]
    pressure: float
    run_id: str = ""
    no_evidence: str = ""
    limited_by: Limit | None = None
    service_p50_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    error_rate: float = 0.0
    dropped: int = 0
    incomplete: int = 0
    goals: Sequence[GoalSummary] = ()


def judged(number: int, rate: float, course: StepCourse, run: Measured) -> LineStep:
    """The step as the search sees it: it held where every goal did and what was due was served.

    A late generator makes latencies longer than they are, never shorter: what holds all the same holds without it too.
    """
    due, finished, seconds = course.due, course.finished, course.measured_s
    held = course.served and not run.missed
    doubtful = run.no_evidence and not (held and run.limited_by == "generator")
    outcome: Outcome = "no evidence" if doubtful else "held" if held else "failed"
    queued = course.short / (1 - REACHED_SHARE)
    pressure = min(max(run.pressure, min(queued, 1.0) if course.served else queued, PRESSURE_MIN), PRESSURE_MAX)
    return LineStep(
        number=number,
        run_id=run.run_id,
        rate_per_s=rate,
        outcome=outcome,
        because=_because(course, run, outcome),
        seconds=round(seconds, 3),
        due=due,
        finished=finished,
        achieved_per_s=round((finished - course.failed) / seconds, 3) if seconds else 0.0,
        p50_ms=run.p50_ms,
        p95_ms=run.p95_ms,
        p99_ms=run.p99_ms,
        error_rate=run.error_rate,
        dropped=run.dropped,
        in_flight=_mean([second.in_flight for second in course.seconds]),
        users=round(median([second.users for second in course.seconds] or [0])),
        pressure=round(pressure, 4),
        unserved=round(course.short, 6),
        narrow=outcome == "failed" and course.narrow,
        steady=course.steady,
        limited_by=run.limited_by,
        service_p50_ms=run.service_p50_ms,
        goals=run.goals,
        failed=course.failed,
        incomplete=run.incomplete,
    )


def _because(course: StepCourse, run: Measured, outcome: Outcome) -> str:
    if outcome == "no evidence":
        return run.no_evidence
    if outcome == "held" and run.no_evidence:
        return f"{run.no_evidence}; every goal held all the same"
    said = [f"missed {expression}" for expression in run.missed]
    if not course.served:
        growing = course.ruling() == "grows"
        share = format_share(1 - course.short)
        said.append(f"{share} of what was due ended in time{', and the queue grew' if growing else ''}")
    return "; ".join(said)


def pressure_of(goals: Sequence[Goal], summaries: Sequence[GoalSummary]) -> float:
    """The worst of: what was measured, in relation to the limit of its goal. What has no bound is without bound."""
    return max(map(_pressure, goals, summaries), default=0.0)


def _pressure(goal: Goal, judged_: GoalSummary) -> float:
    if judged_.actual is None:
        return PRESSURE_MIN if judged_.passed else PRESSURE_MAX
    part = judged_.actual / goal.limit if goal.limit else (PRESSURE_MIN if judged_.passed else PRESSURE_MAX)
    if goal.operator in (">", ">="):
        part = 1 / part if part else PRESSURE_MAX
    return part if (part <= 1) == judged_.passed or goal.window_s is None else 1.01


def tails_of(observed: Observed) -> dict[str, float | None]:
    """Percentiles as goals rank them, with what failed or was lost behind everything; None: without bound."""
    return {f"{name}_ms": measure(parse_goal(f"{name}<1s"), observed) for name in ("p50", "p95", "p99")}


def error_rate_of(observed: Observed) -> float:
    """The share (0 to 1) that goals count as errors: what failed, was dropped or was cut off."""
    return round((measure(parse_goal("errors<1%"), observed) or 0.0) / 100, 6)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 2) if values else 0.0
