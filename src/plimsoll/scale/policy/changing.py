"""What of a policy can be changed while it decides: told by name, checked whole, and done whole or not at all.

Its memory of the load stays. Numbers that were fixed on made-up loads are no settings, here as elsewhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy
from plimsoll.scale.policy.knative import UTILIZATION, KnativePolicy
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.target_tracking import TargetTracking
from plimsoll.scale.policy.thresholds import Threshold, Thresholds

COOLDOWN_S_MAX: Final = 86_400.0
_WHOLE: Final = frozenset({"workers_min", "workers_max", "connections_max", "connection_pool"})
_MAY_BE_NONE: Final = frozenset({"capacity_per_s", "connections_max", "connection_pool"})
_LIMITS: Final = ("workers_min", "workers_max", "connections_max", "connection_pool")
POOL: Final = 10  # of a worker, where only max_connections are told; as on the command line


def changeable(policy: Policy) -> dict[str, Any]:
    """The names of what this policy has, with their values; None: learned, or no budget."""
    limits, budget = policy.limits, policy.limits.budget
    pool = None if budget is None else budget.pool
    connections = None if budget is None else budget.connections_max
    found = dict(zip(_LIMITS, (limits.workers_min, limits.workers_max, connections, pool), strict=True))
    return found | _settings(policy)


def _settings(policy: Policy) -> dict[str, Any]:
    match policy:
        case HybridPolicy(settings=settings):
            capacity = None if settings.capacity is None else settings.capacity.one_per_s
            return {
                "capacity_per_s": capacity, "start_s": settings.start_s, "utilization": settings.utilization,
                "seasonal": settings.seasonal, "down_cooldown_s": settings.down_window_s,
            }  # fmt: skip
        case KnativePolicy(settings=target):
            return {"capacity_per_s": target.target / UTILIZATION}
        case TargetTracking(settings=tracking):
            return {"cpu_target": tracking.targets.get("cpu"), "down_cooldown_s": tracking.down_window_s}
        case Thresholds(settings=rules):
            cpu = rules.rules.get("cpu")
            return {
                "cpu_up": cpu and cpu.up, "cpu_down": cpu and cpu.down,
                "up_cooldown_s": rules.up_cooldown_s, "down_cooldown_s": rules.down_cooldown_s,
            }  # fmt: skip
        case _:
            return {}


def change(policy: Policy, changes: Mapping[str, Any]) -> None:
    """Raises UsageError, and then nothing was changed."""
    there = changeable(policy)
    for name, value in changes.items():
        _check(policy, name, value, there)
    limits = _limits(policy.limits, changes)
    adopt = _adopting(policy, changes)
    policy.limits = limits
    if adopt is not None:
        policy.adopt(adopt)


def _check(policy: Policy, name: str, value: Any, there: Mapping[str, Any]) -> None:
    if name not in there:
        why = f"the policy {policy.name} has {', '.join(there)}"
        raise UsageError(f"{name[:60]!r} cannot be changed", why=why)
    if value is None and name in _MAY_BE_NONE and not isinstance(policy, KnativePolicy):
        return
    if name == "seasonal":
        fits, kind = isinstance(value, bool), "true or false"
    else:
        whole = name in _WHOLE
        kind = "a whole number" if whole else "a number"
        fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits:
        raise UsageError(f"{name} cannot be {value!r:.60}", why=f"it is {kind}")
    if name.endswith("_cooldown_s") and not 0 <= value <= COOLDOWN_S_MAX:
        raise UsageError(f"{name} cannot be {value:g} s", remedy=f"0 to {COOLDOWN_S_MAX:,.0f}")
    if name in ("cpu_up", "cpu_down", "cpu_target") and not 0 <= value <= 1:
        raise UsageError(f"{name} cannot be {value:g}", why="a share of the CPU is 0 to 1", remedy="0.7 for 70 %")


def _limits(limits: Limits, changes: Mapping[str, Any]) -> Limits:
    least, most = (int(changes.get(name, getattr(limits, name))) for name in ("workers_min", "workers_max"))
    budget = limits.budget
    if changes.get("connections_max", 0) is None:
        budget = None
    elif changes.get("connection_pool", 0) is None:
        raise UsageError(
            "connections without a pool of each worker", remedy="a number, or connections_max of none, too"
        )
    elif budget is None and changes.get("connections_max"):
        budget = ConnectionBudget(changes["connections_max"], changes.get("connection_pool") or POOL)
    elif budget is not None:
        pool = changes.get("connection_pool") or budget.pool
        budget = replace(budget, connections_max=changes.get("connections_max", budget.connections_max), pool=pool)
    elif changes.get("connection_pool"):
        raise UsageError("a pool caps nothing by itself", remedy="tell connections_max, too")
    return Limits(least, most, budget)


def _adopting(policy: Policy, changes: Mapping[str, Any]) -> Any:
    """The settings with these changes; None where none of them is among them."""
    told = {name: value for name, value in changes.items() if name not in _LIMITS}
    if not told:
        return None
    match policy:
        case HybridPolicy(settings=settings):
            if "capacity_per_s" in told:
                told["capacity"] = _capacity(settings.capacity, told.pop("capacity_per_s"))
            if "down_cooldown_s" in told:
                told["down_window_s"] = told.pop("down_cooldown_s")
            return replace(settings, **told)
        case KnativePolicy(settings=target):
            return replace(target, target=UTILIZATION * Capacity(told["capacity_per_s"]).one_per_s)
        case TargetTracking(settings=tracking):
            cpu = told.get("cpu_target", tracking.targets["cpu"])
            window = told.get("down_cooldown_s", tracking.down_window_s)
            return replace(tracking, targets={**tracking.targets, "cpu": cpu}, down_window_s=window)
        case Thresholds(settings=rules):
            cpu = rules.rules["cpu"]
            cpu = Threshold(told.pop("cpu_up", cpu.up), told.pop("cpu_down", cpu.down))
            return replace(rules, rules={**rules.rules, "cpu": cpu}, **told)
        case _:
            return None


def _capacity(before: Capacity | None, one_per_s: float | None) -> Capacity | None:
    if one_per_s is None:
        return None
    return Capacity(one_per_s) if before is None else replace(before, one_per_s=one_per_s)
