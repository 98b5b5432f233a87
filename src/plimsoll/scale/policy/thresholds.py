"""Threshold rules, as step scaling of clouds: one above its upper threshold up, all below their lower ones down."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.decision import Ask
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import NAMES, Readings


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above `up` more workers, below `down` fewer; between them nothing: that is the hysteresis."""

    up: float
    down: float

    def __post_init__(self) -> None:
        if not 0 <= self.down < self.up < math.inf:
            raise UsageError(
                "wrong threshold", why=f"down at {self.down:g} and up at {self.up:g} leaves nothing between",
                remedy="a lower threshold below the upper one",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ThresholdSettings:
    """`rules` by metric. A step is `step_workers` or `step_share` of what runs, whichever is more."""

    rules: Mapping[str, Threshold] = field(
        default_factory=lambda: {"cpu": Threshold(0.7, 0.3), "memory": Threshold(0.8, 0.5)}
    )
    optional: frozenset[str] = frozenset({"memory"})  # may never be there
    step_workers: int = 1
    step_share: float = 0.0
    up_cooldown_s: float = 60.0
    down_cooldown_s: float = 300.0

    def __post_init__(self) -> None:
        if not self.rules or (wrong := set(self.rules) - set(NAMES)):
            raise UsageError(
                "wrong threshold rules", why=f"unknown: {', '.join(sorted(wrong))}" if self.rules else "there are none",
                remedy=f"metrics are {', '.join(NAMES)}",
            )  # fmt: skip


class Thresholds(Policy):
    name: ClassVar[str] = "thresholds"

    def __init__(self, limits: Limits, settings: ThresholdSettings | None = None, period_s: float = 15.0) -> None:
        super().__init__(limits)
        self.settings, self.period_s = settings or ThresholdSettings(), period_s
        self._changed: float | None = None
        self._seen = 0

    def adopt(self, settings: ThresholdSettings) -> None:
        self.settings = settings

    def needs(self, readings: Readings) -> str:
        optional = [name for name in self.settings.rules if name in self.settings.optional]
        return self.unknown(readings, [name for name in self.settings.rules if name not in optional], optional)

    def ask(self, readings: Readings) -> Ask:
        now, current, settings = readings.now, readings.workers, self.settings
        if self._seen and current != self._seen:  # counted from what happened, not from what was wished
            self._changed = now
        self._seen = current
        step = max(settings.step_workers, math.ceil(settings.step_share * current))
        wish = self._wish(readings, current, step)
        if wish.workers == current or self._changed is None:
            return wish
        seconds = settings.up_cooldown_s if wish.workers > current else settings.down_cooldown_s
        since = now - self._changed
        if since < seconds:
            return Ask(current, "cooldown", {"asked": wish.workers, "since": since, "seconds": seconds})
        return wish

    def _wish(self, readings: Readings, current: int, step: int) -> Ask:
        quiet = True
        for name, rule in self.settings.rules.items():
            value = readings.fresh(name)
            if value is None:
                continue
            if value > rule.up:
                told = name if name in ("cpu", "memory", "latency_s", "queue") else "target"
                numbers = {"value": value, "limit": rule.up, "metric": NAMES[name]}
                return Ask(current + step, told, numbers)
            quiet = quiet and value < rule.down
        return Ask(current - step, "quiet", {}) if quiet else Ask(current, "steady", {})
