"""Readings and policies, as tests of scaling make them."""

from hypothesis import strategies as st

from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import FRESH_S, Reading, Readings
from plimsoll.scale.policy.target_tracking import TargetTracking, TrackingSettings
from plimsoll.scale.policy.thresholds import Threshold, Thresholds, ThresholdSettings

History = list[tuple[dict[str, float], float]]
NAMES = ("hybrid", "live", "kpa", "hpa", "thresholds")
LIMITS = Limits(2, 40)
BUDGETED = Limits(1, 40, ConnectionBudget(103, pool=10, surge=0))  # ten workers


def policy(name: str, limits: Limits = LIMITS, per_worker: float = 10.0) -> Policy:
    made: dict[str, Policy] = {
        "hybrid": HybridPolicy(limits, HybridSettings(Capacity(per_worker))),
        "live": HybridPolicy(limits, HybridSettings(Capacity(per_worker, 0.01, 0.001), live=True)),
        "kpa": KnativePolicy(limits, KnativeSettings(0.7 * per_worker)),
        "hpa": TargetTracking(limits, TrackingSettings({"cpu": 0.7, "queue": 5.0})),
        "thresholds": Thresholds(
            limits, ThresholdSettings({"cpu": Threshold(0.7, 0.3), "queue": Threshold(10, 1)}, frozenset())
        ),
    }
    return made[name]


def read(now: float, ready: int, *, age: float = 0.0, **values: float) -> Readings:
    """All of the same age."""
    made = Readings(now, ready)
    for name, value in values.items():
        setattr(made, name, Reading(value, now - age))
    return made


REQUIRED = ("rate", "cpu", "queue")
_VALUES = {
    "rate": st.one_of(st.floats(0, 1_000), st.just(0.0)),
    "served": st.floats(0, 1_000),
    "queue": st.one_of(st.just(0.0), st.floats(0, 5_000)),
    "cpu": st.floats(0, 1),
    "memory": st.floats(0, 1),
    "other_connections": st.integers(0, 150).map(float),
}
WHOLE = st.fixed_dictionaries(_VALUES)  # everything is measured, and fresh
SOME = st.fixed_dictionaries({}, optional=_VALUES)
AGES = st.sampled_from((0.0, 1.0, FRESH_S + 5))


@st.composite
def histories(draw: st.DrawFn, values: st.SearchStrategy[dict[str, float]] = WHOLE) -> History:
    """What was read one after the other, and how old it was."""
    return draw(st.lists(st.tuples(values, AGES), min_size=1, max_size=12))
