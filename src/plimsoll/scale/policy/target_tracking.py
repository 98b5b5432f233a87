"""Target tracking as Kubernetes' HorizontalPodAutoscaler (autoscaling/v2) does it, with its defaults.

ceil(ready × value / target) each 15 s; nothing within ±10 % of the target; up at once, at most by 4 or by as many as
there are in 15 s; down to the most that was asked for within 300 s. Where metrics differ the highest wins; a metric
that is not known blocks the way down, and not the way up.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import NEVER
from plimsoll.scale.policy.decision import Ask, Decision
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import NAMES, Readings
from plimsoll.scale.policy.windows import MaxWindow

AVERAGED = ("cpu", "memory", "latency_s")  # of a worker; the others are sums over all, and are divided by them


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """`targets`: for each metric what a worker is to have."""

    targets: Mapping[str, float] = field(default_factory=lambda: {"cpu": 0.7})
    tolerance: float = 0.1
    down_window_s: float = 300.0
    up_period_s: float = 15.0
    up_workers: int = 4
    up_share: float = 1.0

    def __post_init__(self) -> None:
        wrong = [name for name, value in self.targets.items() if name not in NAMES or not 0 < value < math.inf]
        if wrong or not self.targets:
            raise UsageError(
                "wrong target", where=", ".join(wrong), why="a target is above 0, of a metric that is read",
                remedy=f"one of {', '.join(NAMES)}",
            )  # fmt: skip


class TargetTracking(Policy):
    name: ClassVar[str] = "hpa"

    def __init__(self, limits: Limits, settings: TrackingSettings | None = None, period_s: float = 15.0) -> None:
        super().__init__(limits)
        self.settings, self.period_s = settings or TrackingSettings(), period_s
        self._recent = MaxWindow(self.settings.down_window_s)
        self._ups: deque[tuple[float, int]] = deque(maxlen=64)  # when, and how many were added
        self._begun = False

    def adopt(self, settings: TrackingSettings) -> None:
        self._recent.seconds = settings.down_window_s
        self.settings = settings

    def needs(self, readings: Readings) -> str:
        return self.unknown(readings, self.settings.targets)

    def ask(self, readings: Readings) -> Ask:
        if not self._begun:  # what runs when it begins counts as the first recommendation
            self._begun = True
            self._recent.put(readings.now, readings.workers)
        asks = [ask for name in self.settings.targets if (ask := self._of(name, readings)) is not None]
        if not asks:
            return Ask(readings.workers, "unknown", {"trouble": self.needs(readings)})
        return self._stabilized(max(asks, key=lambda ask: ask.workers), readings)

    def _of(self, name: str, readings: Readings) -> Ask | None:
        """One metric's wish."""
        value, target = readings.fresh(name), self.settings.targets[name]
        if value is None:
            return None
        ready = max(1, readings.ready)
        each = value if name in AVERAGED else value / ready
        numbers = {"metric": NAMES[name], "value": each, "limit": target, "tolerance": self.settings.tolerance}
        if abs(1 - each / target) <= self.settings.tolerance:
            return Ask(readings.workers, "tolerance", numbers)
        return Ask(math.ceil(min(NEVER, each / target * ready)), "target", numbers)

    def _stabilized(self, ask: Ask, readings: Readings) -> Ask:
        now, current, settings = readings.now, readings.workers, self.settings
        self._recent.put(now, ask.workers)
        lately = int(self._recent.max)
        if ask.workers < current:
            held = min(current, lately)
            if held > ask.workers:
                numbers = {"asked": ask.workers, "most": held, "seconds": settings.down_window_s}
                return Ask(held, "down-window", numbers)
            return ask
        most = self._most(now, current)
        if ask.workers > most:
            return Ask(most, "up-rate", {"asked": ask.workers, "most": most})
        return ask

    def _most(self, now: float, current: int) -> int:
        """By the larger of both policies of scaling up, from where the period began."""
        settings = self.settings
        added = sum(count for at, count in self._ups if at > now - settings.up_period_s)
        begun = current - added
        return max(current, begun + settings.up_workers, math.ceil(begun * (1 + settings.up_share)))

    def decide(self, readings: Readings) -> Decision:
        decision = super().decide(readings)
        if decision.wanted > decision.before:
            self._ups.append((readings.now, decision.wanted - decision.before))
        return decision
