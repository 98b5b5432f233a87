"""Knative's pod autoscaler (KPA): a stable window of a minute and a panic window of six seconds.

As its documents and `pkg/autoscaler/scaling/autoscaler.go` have it, with their defaults. It has no tolerance and no
delay of scaling down beside the windows; scale to zero is left out.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import NEVER
from plimsoll.scale.policy.decision import Ask
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Readings
from plimsoll.scale.policy.windows import MeanWindow

UTILIZATION: Final = 0.7  # target-utilization-percentage


@dataclass(frozen=True, slots=True)
class KnativeSettings:
    """`target` of `metric` for each worker, after the share of it that is aimed at: 0.7 × what a worker can."""

    target: float
    metric: Literal["rate", "in_flight"] = "rate"
    stable_s: float = 60.0
    panic_s: float = 6.0
    panic_threshold: float = 2.0
    up_rate_max: float = 1000.0
    down_rate_max: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.target < math.inf:
            raise UsageError("wrong target", why=f"{self.target} {self.metric} for each worker is no target above 0",
                             remedy="what a worker is to have of it")  # fmt: skip


class KnativePolicy(Policy):
    name: ClassVar[str] = "kpa"

    def __init__(self, limits: Limits, settings: KnativeSettings, period_s: float = 2.0) -> None:
        super().__init__(limits)
        self.settings, self.period_s = settings, period_s
        self._stable, self._panic = MeanWindow(settings.stable_s), MeanWindow(settings.panic_s)
        self._panicking: float | None = None
        self._panic_workers = 0
        self._begun = False

    def adopt(self, settings: KnativeSettings) -> None:
        self.settings = settings

    def needs(self, readings: Readings) -> str:
        return readings.trouble(self.settings.metric)

    def ask(self, readings: Readings) -> Ask:
        value = readings.fresh(self.settings.metric)
        if value is None and not len(self._stable):
            return Ask(readings.workers, "unknown", {"trouble": self.needs(readings)})
        return self.step(readings.now, value, readings.ready)

    def step(self, now: float, value: float | None, ready: int) -> Ask:
        """The rule itself; without a value by those that were before."""
        if not self._begun:  # it begins in panic where more than one worker runs: it does not know their load yet
            self._begun = True
            if ready > 1:
                self._panicking, self._panic_workers = now, ready
        if value is not None:
            self._stable.put(now, value)
            self._panic.put(now, value)
        return self._of(max(1, ready), now, self.settings)

    def _of(self, ready: int, now: float, settings: KnativeSettings) -> Ask:
        lowest, highest = ready // settings.down_rate_max, math.ceil(settings.up_rate_max * ready)
        need, urgent = (math.ceil(min(NEVER, window.mean / settings.target)) for window in (self._stable, self._panic))
        stable, panic = (int(min(max(each, lowest), highest)) for each in (need, urgent))
        over = urgent / ready >= settings.panic_threshold
        if over:
            self._panicking = now
        elif self._panicking is not None and now - self._panicking > settings.stable_s:
            self._panicking, self._panic_workers = None, 0
        numbers = {"value": self._stable.mean, "seconds": settings.stable_s, "limit": settings.target}
        if self._panicking is not None:
            self._panic_workers = max(self._panic_workers, stable, panic)
            numbers = {"value": self._panic.mean, "seconds": settings.panic_s, "calm": settings.stable_s}
            return Ask(self._panic_workers, "panic", numbers)
        if stable > need:
            return Ask(stable, "down-rate", {"asked": need, "most": stable})
        return Ask(stable, "stable", numbers)
