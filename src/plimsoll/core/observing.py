"""From intervals and totals to what a goal is judged by. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from plimsoll.core.goal import TOTAL, Observed
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.totals import Totals


def observe(totals: Totals, scope: str) -> Observed:
    """What was measured in a scope ("total", "step:NAME", "journey:NAME") over everything that was folded in.

    A step's name may stand in several journeys; all of them count.
    """
    kind, _, name = scope.partition(":")
    if scope == TOTAL:
        return _total(totals)
    return _steps(totals, name) if kind == "step" else _journey(totals, name)


def observe_interval(interval: Interval, scope: str) -> Observed:
    """The same of one interval, warm-up or not."""
    totals = Totals()
    totals.add_measured(interval)
    return replace(observe(totals, scope), stuck=not interval.requests and interval.waiting > 0)


def without_cut_off(observed: Observed) -> Observed:
    """As if nothing had been under way when the user ended the run."""
    return replace(observed, incomplete=0, arrivals=observed.arrivals - observed.incomplete, stuck=False)


def observed_scopes(totals: Totals) -> Iterable[str]:
    """Every scope of which something was measured."""
    yield TOTAL
    yield from dict.fromkeys(f"step:{step}" for _, step in totals.steps)
    yield from (f"journey:{name}" for name in totals.journeys)


def _total(totals: Totals) -> Observed:
    return Observed(
        count=totals.requests,
        errors=totals.errors,
        arrivals=totals.journeys_begun,
        dropped=totals.dropped,
        incomplete=totals.incomplete,
        duration_s=totals.measured_s,
        journeys=totals.journeys_finished,
        latency=totals.latency(),
        failed=totals.failed(),
        journeys_failed=totals.journeys_failed,
        service=totals.service(),
        wait=totals.wait.value(),
        lag=totals.lag.value(),
    )


def _steps(totals: Totals, name: str) -> Observed:
    steps = [step for (_, known), step in totals.steps.items() if known == name]
    return Observed(
        count=sum(step.count for step in steps),
        errors=sum(step.errors for step in steps),
        duration_s=totals.measured_s,
        latency=Histogram.merged([step.latency.value() for step in steps]),
        failed=Histogram.merged([step.failed.value() for step in steps]),
        service=Histogram.merged([step.service.value() for step in steps]),
    )


def _journey(totals: Totals, name: str) -> Observed:
    journey = totals.journeys.get(name)
    if journey is None:
        return Observed(duration_s=totals.measured_s)
    return Observed(
        count=journey.count,
        errors=journey.errors,
        arrivals=journey.begun,
        dropped=journey.dropped,
        incomplete=journey.incomplete,
        duration_s=totals.measured_s,
        journeys=journey.count,
        latency=journey.latency.value(),
        failed=journey.failed.value(),
        journeys_failed=journey.errors,
    )
