"""What is let in finds what workers answer, whatever the policy believes, and never bounds what is not known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.readings import Reading, Readings
from plimsoll.scale.serving.admission import Admission

TICK_S = 2.0


def readings(at: float, rate: float, served: float, queue: float, ready: int = 2) -> Readings:
    return Readings(
        at,
        ready,
        rate=Reading(rate, at),
        served=Reading(served, at),
        queue=Reading(queue, at),
        latency_s=Reading(0.1, at),
    )


def decided(admit: float | None, wanted: int = 2) -> Decision:
    return Decision(0.0, "hybrid", 2, wanted, 4, "max", {"most": 2}, {}, admit)


def settled(goal_s: float | None = None) -> Admission:
    """All workers were there a tick before."""
    admission = Admission(goal_s)
    admission.step(readings(0.0, 300, 100, 0), decided(None))
    return admission


def let_in(rate: float, carried: float, believed: float, ticks: int = 40) -> list[float | None]:
    """What is let in at each tick, where workers answer `carried` and what is more waits, at most a second."""
    admission, queue, found = Admission(0.5), 0.0, list[float | None]()
    for tick in range(ticks):
        comes = rate if admission.admit_per_s is None else min(rate, admission.admit_per_s)
        served = min(carried, comes + queue / TICK_S)
        queue = min(carried, max(0.0, queue + (comes - served) * TICK_S))
        found.append(admission.step(readings(tick * TICK_S, rate, served, queue), decided(believed)))
    return found


@given(st.floats(50, 500), st.floats(1.2, 20), st.floats(0.5, 3))
def test_it_settles_at_what_workers_answer(carried: float, times: float, belief: float) -> None:
    last = let_in(carried * times, carried, carried * belief)[-10:]
    assert all(one is not None and 0.6 * carried < one < 1.3 * carried for one in last)


def test_nobody_is_refused_while_workers_answer_all() -> None:
    assert let_in(rate=99, carried=100, believed=50) == [None] * 40


def test_what_is_not_known_bounds_nothing() -> None:
    full = readings(0.0, 300, 100, 50)
    assert Admission().step(full, decided(100)) is None  # until it was seen what all workers together answer
    assert settled().step(full, decided(100)) == 95
    for name in ("rate", "served", "queue"):
        bounding = settled()
        bounding.step(full, decided(100))
        blind = replace(full)
        setattr(blind, name, None)
        assert bounding.step(blind, decided(100)) is None
    assert settled().step(full, decided(None)) is None
    assert settled().step(full, decided(100, wanted=3)) is None  # another worker is about to come


def test_answers_that_are_late_for_the_goal_bound_it_without_a_queue() -> None:
    late = replace(readings(0.0, 300, 100, 0), latency_s=Reading(0.4, 0.0))
    assert settled(0.3).step(late, decided(100)) == 95
    assert settled(0.5).step(late, decided(100)) is None


def test_after_a_standstill_it_begins_again_from_a_part_of_what_was_believed() -> None:
    admission = settled()
    assert admission.step(readings(0.0, 300, 0, 50), decided(100)) == 25
    ticks = [admission.step(readings(at * TICK_S, 300, 100, 0), decided(100)) for at in range(1, 9)]
    assert ticks == pytest.approx([31.25, 39.0625, 48.828125, 61.03515625, 76.2939453125, 95, 98, 101])


def test_what_was_answered_while_a_worker_stood_still_bounds_nothing() -> None:
    admission, full = settled(), readings(0.0, 300, 100, 50)
    assert admission.step(replace(full, settled=False), decided(100)) is None
    assert admission.step(full, decided(100)) is None  # nor what it answered at once when it went on
    assert admission.step(full, decided(100)) == 95


def test_it_is_said_once_that_it_begins_and_that_it_has_been_over_for_a_while() -> None:
    admission = settled()
    admission.step(readings(0.0, 300, 100, 50), decided(100))
    assert admission.line(0.0) == "more comes than the workers answer: 95/s are let in, the rest gets 503"
    admission.step(readings(2.0, 300, 100, 50), decided(None))
    said = [admission.line(at) for at in (0.0, 10.0, 31.0, 40.0)]
    assert said == ["", "", "all requests are let in again", ""]
