"""Several policies on one trace, under the same conditions; and why one of them decided as it did at a moment."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.policy_outcome import PolicyOutcome
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.changes import Change, what_would_change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.headroom import UTILIZATION
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.making import make
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Readings
from plimsoll.scale.simulating.fleet import Fleet, Model
from plimsoll.scale.simulating.playing import Player
from plimsoll.scale.simulating.trace import Trace

WORKERS_AT_PEAK: Final = 20  # that the busiest minute takes where no capacity is told
BEGINS_AT_UTILIZATION: Final = 0.7  # how many workers there are at the start, by the first minute


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for all policies. `utilization`: the budget of ours; `down_window_s`: its last too many stay."""

    capacity: Capacity
    limits: Limits = field(default_factory=Limits)
    model: Model = field(default_factory=Model)
    utilization: float = UTILIZATION
    down_window_s: float = 0.0

    def policy(self, name: str) -> Policy:
        return make(name, self.limits, self.capacity, self.model.start_s, self.utilization, self.down_window_s)


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision at a second of the trace, and what would have changed it."""

    second: int
    decision: Decision
    changes: Sequence[Change]

    @property
    def lines(self) -> list[str]:
        """In plain words: the decision, and below it what would have changed it."""
        changes = [f"  otherwise: {change}" for change in self.changes]
        return [self.decision.summary, *(changes or ["  otherwise: nothing of what was read would have changed it"])]

    def to_json(self) -> dict[str, Any]:
        changes = [change.to_json() for change in self.changes]
        return {"second": self.second, **self.decision.to_json(), "would_change": changes}


def usual_capacity(trace: Trace) -> Capacity:
    """Such that the busiest minute is the work of 20 workers."""
    return Capacity(max(trace.busiest_minute_per_s / WORKERS_AT_PEAK, 1e-6))


def compare(
    trace: Trace, policies: Sequence[str], conditions: Conditions, say: Callable[[str], None] = lambda _: None
) -> list[PolicyOutcome]:
    """Each policy in turn, which `say` hears of."""
    found = []
    for name in policies:
        found.append(play(trace, name, conditions))
        say(name)
    return found


def play(
    trace: Trace, name: str, conditions: Conditions, watcher: Callable[[int, Policy, Readings], None] | None = None
) -> PolicyOutcome:
    policy = conditions.policy(name)
    fleet = Fleet(conditions.model, _first(trace, conditions), _carrying(conditions))
    played = Player(trace, policy, fleet, watcher).play()
    played.policy = name
    return played


def explain(trace: Trace, name: str, conditions: Conditions, seconds: Sequence[int]) -> list[Explained]:
    """The decisions at these seconds, or the last before each. Raises UsageError for a second before the first one."""
    wanted = sorted(set(seconds))
    ended = Trace(trace.name, trace.counts[: wanted[-1] + 1], trace.starts_at)
    period = max(1, round(conditions.policy(name).period_s))
    due = {second - second % period for second in wanted}
    found: list[Explained] = []

    def watch(second: int, policy: Policy, readings: Readings) -> None:
        if second in due:
            decision, changes = what_would_change(policy, readings)
            found.append(Explained(second, decision, changes))

    play(ended, name, conditions, watch)
    if due - {one.second for one in found}:
        why = f"{name} decides every {period} s, on figures that are {conditions.model.delay_s} s old"
        raise UsageError("nothing was decided before that", where="--explain", why=why, remedy="ask for a later time")
    return found


def _first(trace: Trace, conditions: Conditions) -> int:
    width = min(60, len(trace))
    load = conditions.capacity.workers_for(sum(trace.counts[:width]) / width) / BEGINS_AT_UTILIZATION
    return conditions.limits.held(max(1, math.ceil(load)), None)[0]


def _carrying(conditions: Conditions) -> Callable[[int], float]:
    """By number of workers, reckoned once."""
    carried = [0.0] + [conditions.capacity.carries(workers) for workers in range(1, conditions.limits.workers_max + 1)]
    return carried.__getitem__
