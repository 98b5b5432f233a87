"""What a goal is judged by, from a run's totals or from one interval."""

from dataclasses import replace

from hypothesis import given

from plimsoll.core.goal import Observed
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.observing import observe, observe_interval, observed_scopes
from plimsoll.core.totals import Totals
from tests.core.made_intervals import journey, second, some_second, step, times

INTERVAL = second(
    7,
    {("a", "select"): step(3, 1, timeout=1), ("b", "select"): step(5, 9), ("b", "update"): step(2, 4)},
    {"a": journey(3, 2, errors=1, dropped=4, incomplete=2), "b": journey(2, 14)},
    wait=times(10, 0.1),
    lag=times(5, 0.2),
    incomplete=2,
    width_s=0.5,
)


def test_the_total_counts_steps_and_what_became_of_every_arrival() -> None:
    seen = observe_interval(INTERVAL, "total")
    assert (seen.count, seen.errors, seen.duration_s) == (10, 1, 0.5)
    assert (seen.arrivals, seen.journeys, seen.dropped, seen.incomplete) == (11, 5, 4, 2)
    assert seen.latency == Histogram.merged([times(3, 1), times(5, 9), times(2, 4)])
    assert (seen.wait, seen.lag) == (times(10, 0.1), times(5, 0.2))


def test_a_step_of_several_journeys_is_one_scope() -> None:
    seen = observe_interval(INTERVAL, "step:select")
    assert seen == Observed(
        count=8,
        errors=1,
        duration_s=0.5,
        latency=Histogram.merged([times(3, 1), times(5, 9)]),
        service=Histogram.merged([times(3, 0.5), times(5, 4.5)]),
    )


def test_a_journey_is_judged_by_its_own_samples_and_losses() -> None:
    seen = observe_interval(INTERVAL, "journey:a")
    assert seen == Observed(
        count=3,
        errors=1,
        arrivals=9,
        dropped=4,
        incomplete=2,
        duration_s=0.5,
        journeys=3,
        journeys_failed=1,
        latency=times(3, 2),
    )


def test_an_unknown_scope_shows_nothing_but_the_time() -> None:
    for scope in ("step:nowhere", "journey:nowhere"):
        assert observe_interval(INTERVAL, scope) == Observed(duration_s=0.5)


def test_names_with_colons_are_found() -> None:
    named = replace(INTERVAL, steps={("a", "GET: all"): step(1)}, journeys={"a:b": journey(2)})
    assert observe_interval(named, "step:GET: all").count == 1
    assert observe_interval(named, "journey:a:b").count == 2


def test_each_scope_of_which_something_was_measured_is_listed_once() -> None:
    totals = Totals()
    totals.add(INTERVAL)
    assert list(observed_scopes(totals)) == ["total", "step:select", "step:update", "journey:a", "journey:b"]


@given(some_second())
def test_a_run_of_one_second_is_observed_like_that_second(interval: Interval) -> None:
    totals = Totals()
    totals.add(interval)
    for scope in ("total", "step:select", "step:update", "journey:a", "journey:b"):
        assert observe(totals, scope) == observe_interval(interval, scope)


@given(some_second())
def test_scopes_of_steps_add_up_to_the_total(interval: Interval) -> None:
    steps = [observe_interval(interval, f"step:{name}") for name in ("select", "update")]
    total = observe_interval(interval, "total")
    assert sum(seen.count for seen in steps) == total.count
    assert sum(seen.errors for seen in steps) == total.errors
    assert Histogram.merged(seen.latency for seen in steps) == total.latency
