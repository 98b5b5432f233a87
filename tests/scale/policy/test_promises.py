"""What every policy keeps, whatever is read."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.scale.policy.changes import what_would_change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import NAMES as READINGS
from plimsoll.scale.policy.readings import Reading, Readings
from tests.scale.made import BUDGETED, LIMITS, NAMES, REQUIRED, SOME, WHOLE, History, histories, policy, read

each_policy = pytest.mark.parametrize("name", NAMES)


def told(one: Policy, history: History, ready: int = 5) -> list[Decision]:
    """Its decisions, each of which is done at once."""
    made = []
    for index, (values, age) in enumerate(history):
        made.append(one.decide(read(1_000 + index * one.period_s, ready, age=age, **values)))
        ready = made[-1].wanted
    return made


@each_policy
@given(history=histories(SOME), limits=st.sampled_from((LIMITS, BUDGETED, Limits(3, 3))))
@settings(max_examples=15)
def test_limits_hold(name: str, history: History, limits: Limits) -> None:
    others = 0.0
    for (values, age), decision in zip(history, told(policy(name, limits), history), strict=True):
        if age <= 1:
            others = values.get("other_connections", others)
        most = min(limits.workers_max, max(limits.connected(others), min(decision.before, limits.connected(None))))
        assert min(limits.workers_min, limits.connected(others)) <= decision.wanted <= most
        assert decision.because
        assert decision.admit_per_s is None or decision.asked > decision.wanted or decision.rule == "peak"


@each_policy
@given(history=histories(), missing=st.sampled_from(("none", "stale", "nan", "negative")), ready=st.integers(2, 40))
@settings(max_examples=15)
def test_nobody_is_taken_away_for_what_is_not_known(name: str, history: History, missing: str, ready: int) -> None:
    one = policy(name)
    told(one, history, ready)
    now = 1_000 + len(history) * one.period_s
    readings = read(now, ready)
    if missing != "none":
        value = {"stale": 0.0, "nan": math.nan, "negative": -1.0}[missing]
        for each in REQUIRED:
            setattr(readings, each, Reading(value, now - (60 if missing == "stale" else 0)))
    decision = one.decide(readings)
    assert decision.wanted >= ready
    assert decision.rule in ("unknown", "max") or decision.wanted > ready


@pytest.mark.parametrize(
    ("name", "gone"), [("hybrid", "queue"), ("hybrid", "cpu"), ("thresholds", "queue"), ("hpa", "queue")]
)
@given(history=histories(), stale=st.booleans(), ready=st.integers(2, 40))
@settings(max_examples=10)
def test_nor_for_one_that_was_there_and_is_gone(
    name: str, gone: str, history: History, stale: bool, ready: int
) -> None:
    one = policy(name)
    told(one, [({"rate": 1.0, "cpu": 0.1, "queue": 0.0}, 0.0), *history], ready)
    now = 1_000 + (len(history) + 1) * one.period_s
    readings = read(now, ready, **{each: 0.0 for each in REQUIRED if each != gone})
    if stale:
        setattr(readings, gone, Reading(0.0, now - 60))
    assert one.decide(readings).wanted >= ready


@each_policy
@given(
    told=st.lists(
        st.dictionaries(st.sampled_from(sorted(READINGS)), st.one_of(st.floats(), st.floats(0, 1e12)), min_size=3),
        min_size=2, max_size=5,
    )
)  # fmt: skip
@settings(max_examples=10)
def test_no_readings_whatever_lead_beyond_the_maximum(name: str, told: list[dict[str, float]]) -> None:
    for one in (policy(name), policy(name, per_worker=1e-6)):
        for tick, values in enumerate(told):
            decision = one.decide(read(tick * one.period_s, 5, **values))
            assert 2 <= decision.wanted <= 40
            assert len(decision.because) < 300


def test_what_is_beyond_sense_is_no_reading() -> None:
    decision = policy("hybrid").decide(read(0, 5, rate=1e308, queue=1e300))
    assert (decision.wanted, decision.because[:44]) == (5, "the rate of requests is 1e+308, which cannot")
    learning = HybridPolicy(LIMITS, HybridSettings())
    for tick in range(4):
        learning.decide(read(tick * 2, 5, rate=1e12, served=5e-324, queue=9.0))


@each_policy
@given(history=histories(SOME), last=WHOLE, ready=st.integers(2, 40))
@settings(max_examples=8)
def test_what_is_said_to_have_changed_a_decision_does(
    name: str, history: History, last: dict[str, float], ready: int
) -> None:
    one = policy(name, BUDGETED)
    told(one, history)
    readings = read(1_000 + len(history) * one.period_s, ready, **last)
    decision, changes = what_would_change(one, readings)
    assert decision == one.copy().decide(readings)
    for change in changes:
        assert change.wanted != decision.wanted
        assert str(change)
        if change.input in last:
            other = read(readings.now, ready, **{**last, change.input: change.value})
            assert one.copy().decide(other).wanted == change.wanted


@each_policy
@given(history=histories(SOME))
@settings(max_examples=10)
def test_a_copy_decides_alike_and_leaves_the_policy_alone(name: str, history: History) -> None:
    first, second = policy(name), policy(name)
    ready = 5
    for index, (values, age) in enumerate(history):
        readings = read(1_000 + index * first.period_s, ready, age=age, **values)
        first.copy().decide(read(readings.now, ready, rate=999.0, cpu=1.0, queue=999.0))
        decision = first.decide(readings)
        assert decision == second.decide(readings)
        ready = decision.wanted


@each_policy
@given(history=histories(), last=WHOLE, more=st.integers(0, 150))
@settings(max_examples=8)
def test_more_connections_of_others_never_bring_workers(
    name: str, history: History, last: dict[str, float], more: int
) -> None:
    one = policy(name, BUDGETED)
    told(one, history)
    now = 1_000 + len(history) * one.period_s
    few, many = (one.copy().decide(read(now, 6, **{**last, "other_connections": float(n)})) for n in (0, more))
    assert many.wanted <= few.wanted


def test_of_a_database_with_forty_connections_pools_of_ten_are_two_with_room_for_a_restart() -> None:
    assert ConnectionBudget(40, pool=10).workers() == 2
    assert ConnectionBudget(40, pool=10, surge=0).workers() == 3
    assert ConnectionBudget(40, pool=10, surge=0).workers(others=8) == 2


def test_what_the_database_does_not_carry_is_to_be_refused() -> None:
    one = policy("hybrid", BUDGETED)
    for tick in range(30):
        decision = one.decide(read(tick * 2.0, 10, rate=400.0, cpu=1.0, queue=500.0))
    assert (decision.wanted, decision.rule, decision.admit_per_s) == (10, "connections", 100.0)
    assert "is to be shed" in decision.because
    assert "let in 100/s" in decision.summary


def test_the_number_of_others_that_is_no_longer_told_stays_as_it_was() -> None:
    one = policy("hybrid", BUDGETED)
    one.decide(read(0, 6, rate=400.0, other_connections=40.0))
    assert one.decide(read(2, 6, rate=400.0)).wanted == 6


def test_with_the_maximum_higher_there_would_be_more() -> None:
    one = policy("kpa", Limits(1, 4))
    for tick in range(5):
        one.decide(read(tick * 2.0, 4, rate=100.0))
    decision, changes = what_would_change(one, read(10, 4, rate=100.0))
    assert (decision.rule, decision.wanted) == ("max", 4)
    assert [str(change) for change in changes if change.input == "workers_max"] == [
        "the maximum at 5 instead of 4: 5 workers"
    ]


def test_a_reading_tells_what_is_wrong_with_it() -> None:
    readings = Readings(100.0, 1, rate=Reading(5, 60), cpu=Reading(math.inf, 100), queue=Reading(1, 102))
    assert readings.trouble("rate") == "the rate of requests is 40 s old"
    assert readings.trouble("cpu") == "the CPU is inf, which cannot be"
    assert readings.trouble("queue") == "the queue is from the future"
    assert readings.trouble("memory") == "the memory was not measured"
    assert dict(readings.given()) == {}
