"""A file's samples -> the summary that a run has, as far as a file tells. Pure.

A JTL knows how long a sample took, not when it should have begun: waiting within the generator is in none of its times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from plimsoll.analyze.metrics.counted import Times
from plimsoll.analyze.metrics.file_warnings import file_warnings
from plimsoll.analyze.metrics.fold import FoldedStep
from plimsoll.analyze.metrics.measured import Measured
from plimsoll.analyze.metrics.timeline import TimePoint
from plimsoll.core.goal import TOTAL, Goal, Observed, WindowTracker, judge, parse_goal
from plimsoll.core.observing import observe, observed_scopes
from plimsoll.core.sample import StepKind
from plimsoll.core.summary import GeneratorSummary, GoalSummary, JourneySummary, ShortSpread, StepSummary, Summary
from plimsoll.core.totals import JourneyTotals, StepTotals, Totals
from plimsoll.core.validity import judge_validity
from plimsoll.runs.facts import SCHEMA_VERSION

NO_JOURNEY: Final = "all"
DEFAULT_GOALS: Final = ("p95<1s", "errors<1%", "rate>=100/s")


def default_goals() -> Sequence[Goal]:
    return [parse_goal(text) for text in DEFAULT_GOALS]


def file_summary(found: Measured, name: str, goals: Sequence[Goal], *, stated: bool) -> Summary:
    """`stated` says that somebody demanded these goals; of the default ones those that nothing tells are left out."""
    totals = totals_of(found)
    validity = judge_validity(replace(totals, journeys={}), open_loop=False)  # a file's are transactions
    seconds = found.duration_s
    spread = all_times(found.steps).spread()
    return Summary(
        schema_version=SCHEMA_VERSION,
        run_id="",
        scenario=name,
        environment="",
        profile="",
        seed=0,
        started_at=_date(found.start_ms),
        duration_s=round(seconds, 3),
        warmup_s=0.0,
        stopped_by="completed",
        valid=not validity.invalid_because,
        invalid_because=list(validity.invalid_because),
        warnings=[*validity.warnings, *file_warnings(found)],
        requests=totals.requests,
        errors=totals.errors,
        error_rate=round(totals.errors / totals.requests, 6) if totals.requests else 0.0,
        dropped=0,
        incomplete=0,
        retries=0,
        reconnects=0,
        rate_per_s=_rate(totals.requests, seconds),
        journeys_per_s=_rate(totals.journeys_finished, seconds),
        target_rate_per_s=None,
        latency_ms=spread,
        service_ms=spread,
        wait_ms=ShortSpread(None, None, None),
        lag_ms=ShortSpread(None, None, None),
        steps=[_step(step, seconds) for step in found.steps],
        journeys=[_journey(name, steps) for name, steps in _by_label(found.journeys).items()],
        goals=judged(found, totals, goals, stated=stated),
        generator=GeneratorSummary(0, None, None, None, saturated=False),
    )


def totals_of(found: Measured) -> Totals:
    """What goals are judged by."""
    totals = Totals(end_s=found.duration_s)
    for step in found.steps:
        made = totals.steps.setdefault(step_key(step), StepTotals(step_kind(step)))
        made.count += step.count
        made.error_classes.update(step.sums.error_classes)
        failed, ok = step.failed.histogram(), step.ok.histogram()
        for part in (failed, ok):
            made.latency.add(part)
            made.service.add(part)
        made.failed.add(failed)
    for name, steps in _by_label(found.journeys).items():
        totals.journeys[name] = _journey_totals(steps)
    return totals


def judged(found: Measured, totals: Totals, goals: Sequence[Goal], *, stated: bool) -> Sequence[GoalSummary]:
    known = [goal for goal in goals if stated or goal.metric.subject != "rate" or found.duration_s]
    return [_judged(found, totals, goal) for goal in known]


def _judged(found: Measured, totals: Totals, goal: Goal) -> GoalSummary:
    if goal.scope not in set(observed_scopes(totals)):
        because = f"no {goal.scope.partition(':')[0]} of this name is in the file"
        return GoalSummary(goal.scope, goal.expression, None, False, goal.unit, because)
    if goal.metric.subject in ("wait", "lag", "dropped"):
        return GoalSummary(goal.scope, goal.expression, None, False, goal.unit, "a file does not tell it")
    result = judge(goal, observe(totals, goal.scope), window=_window(found, goal))
    actual = None if result.actual is None else round(result.actual, 6)
    return GoalSummary(goal.scope, goal.expression, actual, result.passed, goal.unit, result.because)


def _window(found: Measured, goal: Goal) -> WindowTracker | None:
    """What followed the goal second by second; of single steps, and of bins longer than its window, nothing did."""
    width_s = found.points[0].width_s if found.points else 0.0
    if goal.window_s is None or goal.scope != TOTAL or not 0 < width_s <= goal.window_s:
        return None
    tracker = WindowTracker(goal)
    for point in found.points:
        tracker.feed(_observed(point))
    return tracker


def _observed(point: TimePoint) -> Observed:
    return Observed(
        count=point.requests,
        errors=point.errors,
        duration_s=point.width_s,
        latency=point.latency,
        service=point.latency,
        stuck=not point.requests and point.in_flight > 0,
    )


def all_times(steps: Sequence[FoldedStep]) -> Times:
    return Times.merged([part for step in steps for part in (step.ok, step.failed)])


def step_key(step: FoldedStep) -> tuple[str, str]:
    return step.sums.group or NO_JOURNEY, step.sums.label or "(no label)"


def step_kind(step: FoldedStep) -> StepKind:
    return "http" if step.sums.http else "custom"


def _step(step: FoldedStep, seconds: float) -> StepSummary:
    journey, name = step_key(step)
    spread = step.times().spread()
    return StepSummary(
        name=name,
        journey=journey,
        kind=step_kind(step),
        count=step.count,
        errors=step.failed.count,
        rate_per_s=_rate(step.count, seconds),
        latency_ms=spread,
        service_ms=spread,
        error_classes=dict(step.sums.error_classes.most_common()),
    )


def _journey(name: str, steps: Sequence[FoldedStep]) -> JourneySummary:
    count, errors = sum(step.count for step in steps), sum(step.failed.count for step in steps)
    return JourneySummary(name, count, errors, all_times(steps).spread())


def _by_label(steps: Sequence[FoldedStep]) -> Mapping[str, Sequence[FoldedStep]]:
    found: dict[str, list[FoldedStep]] = {}
    for step in steps:
        found.setdefault(step.sums.label, []).append(step)
    return found


def _journey_totals(steps: Sequence[FoldedStep]) -> JourneyTotals:
    made = JourneyTotals()
    for step in steps:
        made.count += step.count
        made.errors += step.failed.count
        made.latency.add(step.times().histogram())
        made.failed.add(step.failed.histogram())
    return made


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 3) if seconds else 0.0


def _date(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
