"""What would have changed a decision: found by asking the policy again, so that what is said is so.

Some 200 decisions of a copy, about 10 ms: for decisions that somebody looks at, not for each.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import NAMES, Reading, Readings

PROBES: Final = (
    1.05,
    1.1,
    1.25,
    1.5,
    2.0,
    3.0,
    5.0,
    10.0,
    30.0,
)  # times a reading; below it divided, and 0
HALVINGS: Final = 12
SHARES: Final = ("cpu", "memory", "machine_memory")  # which end at 1


@dataclass(frozen=True, slots=True)
class Change:
    """With `input` at `value` instead of `was`, all else the same, `wanted` workers had been decided."""

    input: str
    was: float
    value: float
    wanted: int

    def __str__(self) -> str:
        name = _LIMITS.get(self.input) or NAMES[self.input]
        share = self.input in SHARES
        was, value = (f"{each:.1%}" if share else _number(each) for each in (self.was, self.value))
        return f"{name} at {value} instead of {was}: {self.wanted} worker{'' if self.wanted == 1 else 's'}"

    def to_json(self) -> dict[str, Any]:
        return {"input": self.input, "was": self.was, "value": self.value, "wanted": self.wanted}


def _number(value: float) -> str:
    return f"{value:.4g}" if value < 10_000 else f"{value:.6g}"


_LIMITS: Final = {
    "workers_max": "the maximum", "workers_min": "the minimum", "connections_max": "the database's max_connections",
}  # fmt: skip


def what_would_change(policy: Policy, readings: Readings) -> tuple[Decision, list[Change]]:
    """What `policy`, as it is before it decides, would decide; and for each input the nearest values that change it.

    The policy itself is not told anything.
    """
    decision = policy.copy().decide(readings)
    found = [change for name, value in readings.given() for change in _of_reading(policy, readings, name, value)]
    return decision, [*found, *_of_limits(policy, readings, decision)]


def _of_reading(policy: Policy, readings: Readings, name: str, value: float) -> Iterator[Change]:
    at = getattr(readings, name).at

    def decided(other: float) -> int:
        changed = replace(readings)
        setattr(changed, name, Reading(other, at))
        return policy.copy().decide(changed).wanted

    before, most = decided(value), 1.0 if name in SHARES else math.inf
    up = [min(most, (value or 1.0) * probe) for probe in PROBES]
    down = [value / probe for probe in PROBES] + [0.0]
    for probes in (up, down if value > 0 else []):
        if (found := _nearest(decided, before, value, probes)) is not None:
            yield Change(name, value, found, decided(found))


def _nearest(decided: Callable[[float], int], before: int, value: float, probes: list[float]) -> float | None:
    """The first probe at which it is decided otherwise, halved towards `value`, and rounded where that still holds."""
    same = value
    for probe in probes:
        if decided(probe) != before:
            break
        same = probe
    else:
        return None
    differs = probe
    for _ in range(HALVINGS):
        middle = (same + differs) / 2
        if decided(middle) != before:
            differs = middle
        else:
            same = middle
    rounded = _rounded(differs, math.ceil if differs > value else math.floor)
    return rounded if rounded >= 0 and decided(rounded) != before else differs


def _rounded(value: float, towards: Callable[[float], int]) -> float:
    """To three digits, away from where it was."""
    if value == 0:
        return 0.0
    digits = 2 - math.floor(math.log10(abs(value)))
    scale = 10.0**digits
    return towards(value * scale) / scale


def _of_limits(policy: Policy, readings: Readings, decision: Decision) -> Iterator[Change]:
    for name, was, limits in _looser(policy.limits, decision.rule):
        twin = policy.copy()
        twin.limits = limits
        wanted = twin.decide(readings).wanted
        if wanted != decision.wanted:
            budget = limits.budget
            value = budget.connections_max if name == "connections_max" and budget else getattr(limits, name)
            yield Change(name, was, value, wanted)


def _looser(limits: Limits, rule: str) -> Iterator[tuple[str, int, Limits]]:
    budget: ConnectionBudget | None = limits.budget
    if rule == "max":
        yield "workers_max", limits.workers_max, replace(limits, workers_max=limits.workers_max + 1)
    elif rule == "min" and limits.workers_min > 1:
        yield "workers_min", limits.workers_min, replace(limits, workers_min=limits.workers_min - 1)
    elif rule == "connections" and budget is not None:
        more = replace(budget, connections_max=budget.connections_max + budget.pool)
        yield "connections_max", budget.connections_max, replace(limits, budget=more)
