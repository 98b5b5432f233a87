"""Requests that wait for a worker: what kept workers away, by what the supervisor told in that moment."""

from collections.abc import Sequence

import pytest

from plimsoll.analyze.diagnosing import diagnose
from plimsoll.analyze.rules.workers_held import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import Course, evidence, step, the_one

WORKERS = {"wanted_workers": 4.0, "ready_workers": 4.0, "max_workers": 4.0, "connections_bind": 0.0}
LOAD = {"in_flight": 20.0, "queue": 8.0, "rate_per_s": 100.0, "refused_per_s": 0.0}
SIXTH = [1.0] * 10 + [0.0] * 50


def found(**changes: Course) -> list[Finding]:
    told = {f'scaling_{name}{{served="shop"}}': course for name, course in {**WORKERS, **LOAD, **changes}.items()}
    return list(examine(evidence(steps=[step(kind="http")], gauges=told)))


def times(course: Sequence[float], factor: float) -> list[float]:
    return [factor * one for one in course]


def test_a_queue_at_the_maximum_is_the_maximums_with_the_part_of_the_time_that_requests_wait() -> None:
    one = the_one(found())
    assert (one.kind, one.subject, one.confidence) == ("workers-at-maximum", "shop", "likely")
    assert "shop is held at 4 workers, the most that it may have, while requests wait for one, 40 %" in one.title
    assert one.share is not None
    assert one.share.value == pytest.approx(0.4)
    assert one.chart is not None


def test_where_the_databases_connections_bind_they_are_named_and_more_workers_are_not_advised() -> None:
    one = the_one(found(connections_bind=1.0, max_workers=9.0, connections_cap=40.0))
    assert one.kind == "workers-by-connections"
    assert one.details["connections"] == 40


def test_a_queue_while_workers_start_or_before_they_are_asked_for_is_lateness() -> None:
    one = the_one(found(ready_workers=[1.0] * 10 + [4.0] * 50, queue=times(SIXTH, 15), max_workers=9.0))
    assert (one.kind, one.details["starting"]) == ("workers-late", 10)
    assert "in 10 of 60 looks" in one.title
    unseen = the_one(found(wanted_workers=1.0, ready_workers=1.0, queue=times(SIXTH, 15)))
    assert "none were asked for yet" in unseen.explanation


def test_more_than_ready_workers_carry_is_lateness_too_though_nothing_waits_at_the_balancer() -> None:
    started = [1.0] * 10 + [4.0] * 50
    one = the_one(found(queue=0.0, ready_workers=started, capacity_per_s=times(started, 40)))
    assert (one.kind, one.share, one.confidence) == ("workers-late", None, "possible")
    assert "in 10 of 60 looks more arrived than ready ones carry" in one.title
    assert not found(queue=0.0, ready_workers=started, capacity_per_s=times(started, 120))
    assert not found(queue=0.0, ready_workers=started), "what a worker carries is not known"


def test_what_is_refused_counts_as_failed() -> None:
    one = the_one(found(queue=0.0, refused_per_s=30.0))
    assert one.failed == pytest.approx(0.3)
    assert "30 % of them are refused" in one.title


def test_a_short_queue_a_chance_and_an_application_that_is_not_watched_are_no_findings() -> None:
    assert not found(queue=0.2)
    assert not found(queue=[20.0, 20.0] + [0.0] * 58)
    assert not list(examine(evidence()))
    assert not found(in_flight=[], queue=[])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "--workers 1..8"),
        ({"connections_bind": 1.0}, "--pool"),
        ({"ready_workers": 2.0}, "--workers 2..8"),
    ],
)
def test_each_says_what_to_do(changes: dict[str, Course], said: str) -> None:
    told = {f'scaling_{name}{{served="shop"}}': course for name, course in {**WORKERS, **LOAD, **changes}.items()}
    advice = diagnose(evidence(steps=[step(kind="http")], gauges=told)).recommendations
    assert any(said in how.text for one in advice for how in one.how)
