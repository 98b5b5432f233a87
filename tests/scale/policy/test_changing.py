"""What can be changed of a policy while it decides: by name, all or nothing, and what it remembers stays."""

from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.changing import change, changeable
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.making import POLICIES, make
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Reading, Readings

CHANGES: dict[str, dict[str, Any]] = {
    "hybrid": {"capacity_per_s": 7.0, "start_s": 9.0, "utilization": 0.4, "seasonal": False},
    "kpa": {"capacity_per_s": 7.0},
    "hpa-70": {"cpu_target": 0.3, "down_cooldown_s": 60.0},
    "hpa-50": {"cpu_target": 0.3, "down_cooldown_s": 60.0},
    "thresholds": {"cpu_up": 0.9, "cpu_down": 0.2, "up_cooldown_s": 5.0, "down_cooldown_s": 6.0},
}


def a_policy(name: str) -> Policy:
    return make(name, Limits(1, 8), Capacity(20.0))


def decided(policy: Policy, now: float, rate: float, ready: int = 2) -> int:
    names = ("rate", "served", "in_flight", "queue", "cpu", "memory", "latency_s")
    readings = Readings(now, ready)
    for name, value in zip(names, (rate, rate, 1.0, 0.0, 0.5, 0.2, 0.05), strict=True):
        setattr(readings, name, Reading(value, now))
    return policy.decide(readings).wanted


@pytest.mark.parametrize("name", POLICIES)
def test_each_policy_takes_what_it_has(name: str) -> None:
    policy = a_policy(name)
    change(policy, {**CHANGES[name], "workers_max": 5})
    assert {one: pytest.approx(value) for one, value in (CHANGES[name] | {"workers_max": 5}).items()}.items() <= (
        changeable(policy).items()
    )
    assert policy.limits == Limits(1, 5)
    for step in range(40):
        assert 1 <= decided(policy, step * policy.period_s, 50.0) <= 5


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"speed": 1}, {"workers_min": 9}, {"workers_max": 0}, {"workers_max": 3.5}, {"workers_max": True},
        {"workers_max": None}, {"workers_max": 20_000}, {"connections_max": 3}, {"connection_pool": 4},
        {"connections_max": 90, "connection_pool": None},
        {"utilization": 7.0}, {"utilization": "0.5"}, {"seasonal": 1}, {"capacity_per_s": 0.0},
        {"capacity_per_s": float("nan")}, {"start_s": -1.0}, {"cpu_target": 0.0}, {"cpu_up": 0.1, "cpu_down": 0.2},
        {"down_cooldown_s": 1e9}, {"up_cooldown_s": -1.0},
    ],
)  # fmt: skip
def test_what_is_wrong_changes_nothing_not_even_what_is_right_beside_it(name: str, wrong: dict[str, Any]) -> None:
    policy = a_policy(name)
    before = changeable(policy)
    with pytest.raises(UsageError):
        change(policy, {"workers_max": 6, **wrong})
    assert changeable(policy) == before


def test_a_budget_comes_and_goes() -> None:
    policy = a_policy("hybrid")
    change(policy, {"connections_max": 40, "connection_pool": 5})
    assert policy.limits.budget == ConnectionBudget(40, 5)
    change(policy, {"connections_max": 60})
    assert policy.limits.budget == ConnectionBudget(60, 5)
    change(policy, {"connections_max": None})
    assert policy.limits.budget is None


def test_what_was_seen_counts_under_other_settings() -> None:
    seen, unseen = a_policy("hybrid"), a_policy("hybrid")
    for step in range(60):
        decided(seen, step * 2.0, 100.0)
    for policy in (seen, unseen):
        change(policy, {"capacity_per_s": 40.0})
    assert decided(seen, 120.0, 0.0) > decided(unseen, 120.0, 0.0)


def test_a_capacity_that_is_to_be_learned_begins_at_what_was_known() -> None:
    policy = HybridPolicy(Limits(1, 8), HybridSettings(Capacity(20.0)))
    change(policy, {"capacity_per_s": None})
    assert (policy.capacity, changeable(policy)["capacity_per_s"]) == (Capacity(20.0), None)


def test_one_that_begins_anew_has_its_settings_and_no_memory() -> None:
    policy = a_policy("hybrid")
    change(policy, {"utilization": 0.5, "workers_min": 2})
    for step in range(60):
        decided(policy, step * 2.0, 200.0)
    again = policy.anew()
    assert changeable(again) == changeable(policy)
    assert decided(again, 120.0, 10.0) < decided(policy, 120.0, 10.0)
