"""From totals to the summary: goals judged, validity weighed, figures rounded. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plimsoll.core.background import Background
from plimsoll.core.course import Recovery
from plimsoll.core.drift import DriftWatch
from plimsoll.core.goal import TOTAL, Goal, WindowTracker, judge
from plimsoll.core.interval import Interval
from plimsoll.core.observing import observe, observe_interval, observed_scopes, without_cut_off
from plimsoll.core.recovery import Burst, RecoveryWatch
from plimsoll.core.stalls import StallWatch
from plimsoll.core.summary import (
    GeneratorSummary,
    GoalSummary,
    HttpSummary,
    JourneySummary,
    ShortSpread,
    Spread,
    StepSummary,
    Summary,
)
from plimsoll.core.totals import Totals
from plimsoll.core.validity import judge_validity, share


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What a summary repeats of the run's facts."""

    schema_version: int
    run_id: str
    scenario: str
    environment: str
    profile: str
    seed: int
    started_at: str
    processes: int
    open_loop: bool


class Judge:
    """Follows a run interval by interval: totals, the windows of goals, abort conditions, drift, recovery of bursts."""

    def __init__(self, goals: Sequence[Goal], abort: Sequence[Goal] = (), bursts: Sequence[Burst] = ()) -> None:
        self.totals = Totals()
        self.drift = DriftWatch()
        self.stalls = StallWatch()
        self._recoveries = [RecoveryWatch(burst) for burst in bursts]
        self._goals = [(goal, WindowTracker(goal) if goal.window_s else None) for goal in goals]
        self._abort = [WindowTracker(condition) for condition in abort]
        self._interrupted = False

    def add(self, interval: Interval, *, interrupted: bool = False) -> None:
        """`interrupted`: by the user; what was cut off then judges no goal, for it is nobody's failure."""
        self._interrupted |= interrupted
        self.totals.add(interval)
        self.drift.add(interval)
        self.stalls.add(interval)
        for recovery in self._recoveries:
            recovery.add(interval)
        if interval.warmup:
            return
        trackers = [tracker for _, tracker in self._goals if tracker is not None]
        for tracker in (*trackers, *self._abort):
            observed = observe_interval(interval, tracker.goal.scope)
            tracker.feed(without_cut_off(observed) if self._interrupted else observed)

    def abort_because(self) -> str | None:
        """The abort condition that has been met, with its scope unless that is the total."""
        met = next((tracker.goal for tracker in self._abort if tracker.held), None)
        if met is None:
            return None
        return met.expression if met.scope == TOTAL else f"{met.scope}: {met.expression}"

    def recoveries(self) -> list[Recovery] | None:
        """Of each burst; None where the profile has none."""
        return [watch.value() for watch in self._recoveries] or None

    def goal_summaries(self) -> list[GoalSummary]:
        known = set(observed_scopes(self.totals))
        return [self._judged(goal, tracker, known) for goal, tracker in self._goals]

    def _judged(self, goal: Goal, tracker: WindowTracker | None, known: Iterable[str]) -> GoalSummary:
        observed = observe(self.totals, goal.scope)
        spared = observed.incomplete if self._interrupted else 0
        result = judge(goal, without_cut_off(observed) if spared else observed, window=tracker)
        because = "; ".join(filter(None, [_spared_words(spared), result.because]))
        if goal.scope not in known:
            because = f"no {goal.scope.partition(':')[0]} of this name was measured"
        actual = None if result.actual is None else round(result.actual, 6)
        return GoalSummary(result.scope, result.expression, actual, result.passed, result.unit, because)


def _spared_words(count: int) -> str:
    return f"without {count:,} that the interruption cut off" if count else ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a run besides its intervals."""

    stopped_by: str
    warnings: Sequence[str] = ()
    invalid_because: Sequence[str] = field(default_factory=tuple)
    background: Background | None = None


def summarize(identity: RunIdentity, judge_: Judge, circumstances: Circumstances) -> Summary:
    """The run in one value."""
    totals = judge_.totals
    validity = judge_validity(totals, open_loop=identity.open_loop)
    seconds = totals.measured_s
    because = (*circumstances.invalid_because, *validity.invalid_because)
    return Summary(
        schema_version=identity.schema_version,
        run_id=identity.run_id,
        scenario=identity.scenario,
        environment=identity.environment,
        profile=identity.profile,
        seed=identity.seed,
        started_at=identity.started_at,
        duration_s=round(seconds, 3),
        warmup_s=round(totals.warmup_end_s, 3),
        stopped_by=circumstances.stopped_by,
        valid=not because,
        invalid_because=list(because),
        warnings=[*circumstances.warnings, *validity.warnings, *judge_.stalls.warnings()],
        requests=totals.requests,
        errors=totals.errors,
        error_rate=round(share(totals.errors, totals.requests) or 0.0, 6),
        dropped=totals.dropped,
        incomplete=totals.incomplete,
        retries=totals.retries,
        reconnects=totals.reconnects,
        rate_per_s=_rate(totals.requests, seconds),
        journeys_per_s=_rate(totals.journeys_finished, seconds),
        target_rate_per_s=_rounded(totals.target_rate_per_s),
        latency_ms=Spread.of(totals.latency()),
        service_ms=Spread.of(totals.service()),
        wait_ms=ShortSpread.of(totals.wait.value()),
        lag_ms=ShortSpread.of(totals.lag.value()),
        steps=_steps(totals),
        journeys=_journeys(totals),
        goals=judge_.goal_summaries(),
        generator=_generator(totals, identity.processes, saturated=validity.saturated),
        recovery=judge_.recoveries(),
        drift=judge_.drift.value(),
        background=circumstances.background,
    )


def _steps(totals: Totals) -> list[StepSummary]:
    return [
        StepSummary(
            name=name,
            journey=journey,
            kind=step.kind,
            count=step.count,
            errors=step.errors,
            rate_per_s=_rate(step.count, totals.measured_s),
            latency_ms=Spread.of(step.latency.value()),
            service_ms=Spread.of(step.service.value()),
            error_classes=dict(step.error_classes.most_common()),
            http=HttpSummary.of(step.http.value()) if step.http is not None else None,
        )
        for (journey, name), step in sorted(totals.steps.items())
    ]


def _journeys(totals: Totals) -> list[JourneySummary]:
    return [
        JourneySummary(name, journey.count, journey.errors, Spread.of(journey.latency.value()))
        for name, journey in sorted(totals.journeys.items())
    ]


def _generator(totals: Totals, processes: int, *, saturated: bool) -> GeneratorSummary:
    per_request = totals.cpu_s / totals.requests * 1e6 if totals.requests else None
    return GeneratorSummary(
        processes=processes,
        cpu_us_per_request=_rounded(per_request, 2),
        cpu_share=_rounded(share(totals.cpu_s, totals.wall_s)),
        run_delay_share=_rounded(share(totals.run_delay_s, totals.wall_s)),
        saturated=saturated,
    )


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 3) if seconds else 0.0


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
