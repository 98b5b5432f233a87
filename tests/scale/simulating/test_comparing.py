"""Simulations: alike for all, the same each time, and with reasons."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.simulating.comparing import Conditions, compare, explain, usual_capacity
from plimsoll.scale.simulating.fleet import Model
from plimsoll.scale.simulating.shapes import SHAPES, make
from plimsoll.scale.simulating.trace import Trace


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_the_same_for_the_same_seed_and_another_for_another(shape: str) -> None:
    first, again, other = (make(shape, seconds=600, seed=seed) for seed in (1, 1, 2))
    assert first.counts == again.counts != other.counts
    assert first.requests > 0


def test_a_shape_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="no shape of load"):
        make("square")
    with pytest.raises(UsageError, match="wrong length"):
        make("even", seconds=0)


def test_on_a_load_that_jumps_ours_has_fewer_violations_than_kpa_for_no_more_worker_hours() -> None:
    counts = [100.0 + 10 * ((second * 7919) % 5 - 2) for second in range(3_600)]
    for second in range(1_500, 2_000):
        counts[second] += min(250.0, 12.0 * (second - 1_500))
    trace = Trace.of("jump", counts)
    ours, kpa = compare(trace, ["hybrid", "kpa"], Conditions(Capacity(10.0)))
    assert ours.violated < kpa.violated
    assert ours.worker_hours < kpa.worker_hours
    assert ours.actions == ours.ups + ours.downs == sum(ours.by_rule.values())


def test_it_is_the_same_each_time() -> None:
    trace = make("cloud", seconds=900)
    conditions = Conditions(usual_capacity(trace))
    assert compare(trace, ["hybrid"], conditions) == compare(trace, ["hybrid"], conditions)


def test_workers_that_start_later_leave_more_requests_waiting() -> None:
    trace = Trace.of("step", [20.0] * 120 + [200.0] * 300)
    waited = [compare(trace, ["kpa"], Conditions(Capacity(10.0), model=Model(start_s=s)))[0].violated for s in (1, 30)]
    assert waited[0] < waited[1]


def test_what_the_database_does_not_carry_is_refused_and_counted() -> None:
    budget = Limits(1, 100, ConnectionBudget(53, pool=10, surge=0))
    trace = Trace.of("much", [200.0] * 300)
    for one in compare(trace, ["hybrid", "kpa", "hpa-70", "thresholds"], Conditions(Capacity(10.0), budget)):
        assert one.workers_max == 5
        assert one.refused > 0.7 * trace.requests


def test_decisions_are_explained_as_they_were_made() -> None:
    trace = Trace.of("step", [20.0] * 120 + [200.0] * 300)
    [early, burst] = explain(trace, "hybrid", Conditions(Capacity(10.0)), [125, 60])
    assert (early.second, burst.second) == (60, 124)
    assert burst.decision.rule == "spent"
    assert burst.lines[0].startswith(f"{burst.decision.before} → {burst.decision.wanted} workers: ")
    assert all(line.startswith("  otherwise: ") for line in burst.lines[1:])
    assert {change.input for change in burst.changes} >= {"rate"}
    assert burst.to_json()["would_change"]
