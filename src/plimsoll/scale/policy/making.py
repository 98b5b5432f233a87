"""Policies by the names that people choose them by."""

from collections.abc import Callable, Mapping
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.headroom import UTILIZATION
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.knative import UTILIZATION as KNATIVE_UTILIZATION
from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.target_tracking import TargetTracking, TrackingSettings
from plimsoll.scale.policy.thresholds import Thresholds

DEFAULT: Final = "hybrid"
DOWN_WINDOW_S: Final = 120.0  # where workers really start; simulations are played without it
WITHOUT_CAPACITY: Final = ("thresholds", "hpa-70", "hpa-50")  # which go by CPU and the like

Maker = Callable[[Limits, HybridSettings, Capacity], Policy]
POLICIES: Final[Mapping[str, Maker]] = {
    "hybrid": lambda limits, settings, _: HybridPolicy(limits, settings),
    "kpa": lambda limits, _, capacity: KnativePolicy(limits, KnativeSettings(KNATIVE_UTILIZATION * capacity.one_per_s)),
    "hpa-70": lambda limits, *_: TargetTracking(limits, TrackingSettings({"cpu": 0.7})),
    "hpa-50": lambda limits, *_: TargetTracking(limits, TrackingSettings({"cpu": 0.5})),
    "thresholds": lambda limits, *_: Thresholds(limits),
}


def known(name: str, *, where: str = "") -> str:
    """The name as it is written here; raises UsageError for none."""
    if (plain := name.strip().lower()) in POLICIES:
        return plain
    raise UsageError(f'"{name}" is no policy of scaling', where=where, remedy=f"one of {', '.join(POLICIES)}")


def make(
    name: str,
    limits: Limits,
    capacity: Capacity | None,
    start_s: float = 5.0,
    utilization: float = UTILIZATION,
    down_window_s: float = 0.0,
) -> Policy:
    """`start_s`: from a decision to a worker that takes requests. It, budget and window are only of use to ours.

    `capacity` None: ours learns it. Raises UsageError for a policy that has to know it.
    """
    name = known(name)
    if capacity is None and name not in (DEFAULT, *WITHOUT_CAPACITY):
        remedy = "--capacity 50, as `plimsoll find` gives it"
        raise UsageError(f"the policy {name} needs to know what a worker carries", remedy=remedy)
    settings = HybridSettings(capacity, start_s, utilization=utilization, down_window_s=down_window_s)
    return POLICIES[name](limits, settings, capacity or Capacity(1.0))
