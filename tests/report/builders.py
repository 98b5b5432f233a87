"""Runs made up by hand, small enough to read: what the outputs are tested and looked at with."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from plimsoll.core.goal import parse_goal
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, Interval, JourneyInterval, StepInterval
from plimsoll.core.sample import StepKind
from plimsoll.core.summary import (
    GeneratorSummary,
    GoalSummary,
    ShortSpread,
    Spread,
    Summary,
)
from plimsoll.core.verdict import Circumstances, Judge, RunIdentity, summarize
from plimsoll.runs.facts import RunFacts

INJECTION = "</script><img src=x onerror=\"document.title='owned'\">"
STEPS: tuple[tuple[str, str, StepKind, float], ...] = (
    ("look_up", "look up account", "sql", 1.8),
    ("transfer", "begin transfer", "transaction", 6.0),
    ("transfer", "list projects", "http", 14.0),
)
NO_SPREAD = Spread(*[None] * 7)
NO_SHORT_SPREAD = ShortSpread(None, None, None)


def facts(**changes: object) -> RunFacts:
    made = RunFacts(
        run_id="20260214-101500-3fa2",
        scenario="scenarios/accounts.py",
        environment="dev",
        target="postgresql://app:***@db.example/app",
        profile_name="steps",
        profile={
            "executor": "ramping-rate",
            "arrivals": "poisson",
            "stages": [
                {"level": 100.0, "for_s": 40.0, "ramp_s": 0.0},
                {"level": 300.0, "for_s": 55.0, "ramp_s": 10.0},
                {"level": 200.0, "for_s": 20.0, "ramp_s": 0.0},
            ],
        },
        open_loop=True,
        seed=7,
        processes=2,
        connections="per-user",
        warmup_s=5.0,
        started_at="2026-02-14T10:15:00+01:00",
        goals=(("total", "p95<1s"), ("total", "errors<1%")),
        versions={"plimsoll": "0.1.0", "python": "3.11.9", "postgresql": "18.1"},
        server={"version": "PostgreSQL 18.1", "max_connections": "300", "shared_buffers": "128MB"},
        machine={"cpus": "2", "memory": "8 GiB", "system": "Linux 6.1"},
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # tests name fields by keyword


def histogram(rng: np.random.Generator, count: int, median_ms: float, sigma: float = 0.45) -> Histogram:
    return Histogram.of_us(np.maximum(1, rng.lognormal(np.log(median_ms * 1000), sigma, count)).astype(np.int64))


def intervals(
    seconds: int = 120,
    *,
    seed: int = 1,
    steps: Sequence[tuple[str, str, StepKind, float]] = STEPS,
    rate: int = 100,
    slow_from: int | None = None,
    errors_from: int | None = None,
    without: Sequence[int] = (),
    warmup_s: int = 5,
) -> Iterator[Interval]:
    """`rate` samples a step and second; from `slow_from` on 30 times slower, from `errors_from` on failing in part."""
    rng = np.random.default_rng(seed)
    for second in range(seconds):
        if second in without:
            continue
        slow = 30.0 if slow_from is not None and second >= slow_from else 1.0
        failing = rate // 8 if errors_from is not None and second >= errors_from else 0
        yield _interval(rng, second, steps, rate, slow, failing, warmup=second < warmup_s)


def _interval(
    rng: np.random.Generator,
    second: int,
    steps: Sequence[tuple[str, str, StepKind, float]],
    rate: int,
    slow: float,
    failing: int,
    *,
    warmup: bool,
) -> Interval:
    measured: dict[tuple[str, str], StepInterval] = {}
    for at, (journey, name, kind, median_ms) in enumerate(steps):
        count = int(rng.poisson(rate))
        service = histogram(rng, count, median_ms * slow)
        waited = histogram(rng, max(1, count // 20), median_ms * slow * 6, 0.8)
        errors = {"40001": failing, "timeout": failing // 3} if failing and at == 1 else {}
        latency = Histogram.merged([service, waited])
        measured[journey, name] = StepInterval(kind, latency.count, errors, latency, service)
    journeys = {
        name: JourneyInterval(
            int(rng.poisson(rate)), failing if name == "transfer" else 0, histogram(rng, rate, 20 * slow)
        )
        for name in dict.fromkeys(journey for journey, *_ in steps)
    }
    if failing:
        name, first = next(iter(journeys.items()))
        journeys[name] = replace(first, dropped=failing // 2)
    return Interval(
        start_s=float(second),
        width_s=1.0,
        warmup=warmup,
        users=int(12 * slow**0.5 + rng.integers(0, 3)),
        target_users=None,
        target_rate_per_s=float(rate * 2),
        steps=measured,
        journeys=journeys,
        wait=histogram(rng, rate, 0.08 * slow, 1.0),
        lag=histogram(rng, rate, 0.06, 0.6),
        generator=GeneratorUse(cpu_s=0.02, run_delay_s=0.006, wall_s=2.0),
    )


GOALS = ("p95<1s", "errors<1%", "dropped<1%", "p99<500ms for 10s", "step:look up account: p99<50ms")


def summary_of(found: Sequence[Interval], goals: Sequence[str] = GOALS, **changes: object) -> Summary:
    """What a run of these intervals comes to."""
    judge = Judge([parse_goal(goal) for goal in goals])
    for interval in found:
        judge.add(interval)
    known = facts()
    identity = RunIdentity(
        schema_version=known.schema_version,
        run_id=known.run_id,
        scenario=known.scenario,
        environment=known.environment,
        profile=known.profile_name,
        seed=known.seed,
        started_at=known.started_at,
        processes=known.processes,
        open_loop=known.open_loop,
    )
    return replace(summarize(identity, judge, Circumstances("completed")), **changes)  # type: ignore[arg-type]  # as above


GOALS_MISSED = (
    GoalSummary("total", "p95<1s", 1213.0, passed=False, unit="ms", because="it was 1.21 s"),
    GoalSummary("total", "errors<1%", 2.13, passed=False, unit="%", because="it was 2.13 %"),
    GoalSummary("total", "p99.9<2s for 10s", 1740.0, passed=True, unit="ms"),
    GoalSummary(
        "journey:transfer", "p99<3s", None, passed=False, unit="ms",
        because="the percentile falls among 12 dropped, which count as infinitely late",
    ),
)  # fmt: skip


def healthy() -> tuple[Summary, list[Interval], RunFacts]:
    found = list(intervals(without=(63, 64, 65)))
    return summary_of(found), found, facts()


def failing() -> tuple[Summary, list[Interval], RunFacts]:
    found = list(intervals(slow_from=70, errors_from=80))
    warnings = ("the samples reached their limit in bytes; later ones were not stored",)
    goals = (*GOALS[:4], "journey:transfer: p99<1s")
    return summary_of(found, goals, warnings=warnings, retries=31, reconnects=2), found, facts()


def invalid() -> tuple[Summary, list[Interval], RunFacts]:
    found = list(intervals(30))
    because = (
        "the load generator was saturated: lag p99 was 212 ms and it waited 34 % of the time for a core",
        "2 of 4 processes ended early",
    )
    saturated = GeneratorSummary(4, 61.3, 0.91, 0.34, saturated=True)
    changed = summary_of(found, valid=False, invalid_because=because, generator=saturated)
    return changed, found, facts()


def hostile() -> tuple[Summary, list[Interval], RunFacts]:
    """Names and texts that try to break out of whatever they are put into; more steps than are shown."""
    names = [INJECTION, "[bold red]x[/]", "\x1b[2Jwiped\u202e", "Übung — 検索 🔍", "n" * 5000, "a,b:c%\r\nd"]
    steps: list[tuple[str, str, StepKind, float]] = [(INJECTION, name, "sql", 9.0) for name in names]
    steps += [(INJECTION, f"step {number}", "sql", 2.0) for number in range(240)]
    found = list(intervals(3, steps=steps, rate=4, warmup_s=0, errors_from=0))
    goals = (
        GoalSummary(f"step:{INJECTION}", "p95<1s", 1.0, passed=False, unit="ms", because=INJECTION),
        GoalSummary("total", f"not a goal {INJECTION}", None, passed=False),
    )
    made = summary_of(found, scenario=INJECTION, warnings=(INJECTION, "&amp;"))
    steps_failed = tuple(replace(step, error_classes={INJECTION: 3, "\x00": 1}) for step in made.steps)
    return (
        replace(made, goals=goals, steps=steps_failed),
        found,
        facts(scenario=INJECTION, environment=INJECTION, target=INJECTION, server={INJECTION: INJECTION}),
    )


def empty() -> tuple[Summary, list[Interval], RunFacts]:
    return empty_summary(), [], facts(profile={}, goals=(), versions={}, server={}, machine={}, warmup_s=0.0)


def empty_summary() -> Summary:
    return Summary(
        schema_version=1,
        run_id="20260214-101500-3fa2",
        scenario="scenarios/accounts.py",
        environment="dev",
        profile="steps",
        seed=7,
        started_at="2026-02-14T10:15:00+01:00",
        duration_s=0.0,
        warmup_s=0.0,
        stopped_by="completed",
        valid=False,
        invalid_because=("nothing was measured",),
        warnings=(),
        requests=0,
        errors=0,
        error_rate=0.0,
        dropped=0,
        incomplete=0,
        retries=0,
        reconnects=0,
        rate_per_s=0.0,
        journeys_per_s=0.0,
        target_rate_per_s=None,
        latency_ms=NO_SPREAD,
        service_ms=NO_SPREAD,
        wait_ms=NO_SHORT_SPREAD,
        lag_ms=NO_SHORT_SPREAD,
        steps=(),
        journeys=(),
        goals=(),
        generator=GeneratorSummary(1, None, None, None, saturated=False),
    )
