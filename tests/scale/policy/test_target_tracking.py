"""Target tracking beside what Kubernetes documents of its HPA (autoscaling/v2, defaults)."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.target_tracking import TargetTracking, TrackingSettings
from tests.scale.made import read

TICK = 15.0


def by_the_documents(utilizations: list[float], first: int) -> list[int]:
    """Where each decision is done before the next: then what may be added in 15 s begins anew each time."""
    current, recommended, made = first, [(0.0, first)], []
    for index, value in enumerate(utilizations):
        now = index * TICK
        desired = current if abs(value / 0.7 - 1) <= 0.1 else math.ceil(value / 0.7 * current)
        recommended.append((now, desired))
        if desired < current:
            current = min(current, max(n for at, n in recommended if at > now - 300))
        else:
            current = min(desired, max(current + 4, 2 * current))
        current = min(max(current, 1), 60)
        made.append(current)
    return made


@given(st.lists(st.integers(0, 100).map(lambda n: n / 100), min_size=1, max_size=50), st.integers(1, 40))
@settings(max_examples=30)
def test_it_decides_as_the_documents_say(utilizations: list[float], first: int) -> None:
    hpa, ready, told = TargetTracking(Limits(1, 60)), first, []
    for index, value in enumerate(utilizations):
        ready = hpa.decide(read(index * TICK, ready, cpu=value)).wanted
        told.append(ready)
    assert told == by_the_documents(utilizations, first)


def test_within_fifteen_seconds_it_adds_four_or_doubles_and_no_more() -> None:
    hpa = TargetTracking(Limits(), TrackingSettings({"queue": 1.0}), period_s=5.0)
    assert hpa.decide(read(0, 3, queue=100.0)).wanted == 7
    assert hpa.decide(read(5, 7, queue=100.0)).rule == "up-rate"
    assert hpa.decide(read(10, 7, queue=100.0)).wanted == 7
    assert hpa.decide(read(15, 7, queue=100.0)).wanted == 14


def test_the_highest_of_several_metrics_wins() -> None:
    hpa = TargetTracking(Limits(), TrackingSettings({"cpu": 0.5, "queue": 2.0}))
    decision = hpa.decide(read(0, 4, cpu=0.6, queue=12.0))
    assert (decision.wanted, decision.because) == (6, "the queue is 3 where 2 is aimed at, which asks for 6")


def test_a_metric_that_is_missing_blocks_the_way_down_and_not_up() -> None:
    hpa = TargetTracking(Limits(), TrackingSettings({"cpu": 0.5, "queue": 2.0}))
    assert hpa.decide(read(0, 4, cpu=0.9)).wanted == 8
    held = hpa.decide(read(400, 8, cpu=0.1))
    assert (held.wanted, held.because) == (8, "the queue was not measured: nobody is taken away for what is not known")
