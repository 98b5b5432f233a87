"""How many requests a second are let in while limits keep fewer workers than the load asks for. Pure.

A policy says what its workers carry (`Decision.admit_per_s`); whether they do, the queue and the answers show. So what
they were seen to answer while requests waited too long is what is let in, less a little, so that the queue drains; from
there it rises while none wait too long, as TCP's congestion window does. Without readings, or while workers are still
to come, all are let in: the queue's bounds, which HAProxy holds by itself, then refuse what is too much.
"""

from typing import Final

from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.readings import Readings

WAIT_S: Final = 0.25  # that may be waited, without a goal
WAIT_PART: Final = 0.25  # of a goal
DRAIN: Final = 0.95  # of what is answered: with all of it the queue would stay as long as it is
LEAST_PART: Final = 0.25  # of what the policy says: after a database that stood still one begins again from there
RISE: Final = 1.25  # up to where it was full last; an outage that is over is forgotten in some ticks
RISE_MORE: Final = 0.03  # of what was answered then, beyond
FORGETTING: Final = 0.9  # of that, each time that less is answered
CALM_S: Final = 30.0  # for which all were let in before it is said


class Admission:
    """`admit_per_s` is what is let in now; None: all."""

    def __init__(self, goal_s: float | None = None) -> None:
        self._goal_s = goal_s
        self._wait_s = WAIT_S if goal_s is None else goal_s * WAIT_PART
        self.admit_per_s: float | None = None
        self._answered = 0.0  # a second, while it was full
        self._settled = False  # workers were all there at the last tick, too, and well: what is answered is theirs
        self._bounded_at: float | None = None  # of what was said last

    def step(self, readings: Readings, decision: Decision) -> float | None:
        """The next one, after a tick's readings and what the policy made of them."""
        settled, self._settled = self._settled, decision.wanted <= readings.ready and readings.settled
        base = decision.admit_per_s if settled and self._settled else None
        rate, served, queue = (readings.fresh(name) for name in ("rate", "served", "queue"))
        if base is None or rate is None or served is None or queue is None:
            self.admit_per_s, self._answered = None, 0.0
        elif self._is_full(readings, served, queue):
            self._answered = max(served, self._answered * FORGETTING)
            before = served if self.admit_per_s is None else self.admit_per_s
            self.admit_per_s = max(base * LEAST_PART, DRAIN * min(served, before))
        elif self.admit_per_s is not None:
            self.admit_per_s = self._raised(self.admit_per_s, self._answered or base)
            if rate <= self.admit_per_s:
                self.admit_per_s = None
        return self.admit_per_s

    def line(self, now: float) -> str:
        """What to say of it; "" for nothing."""
        if self.admit_per_s is not None:
            begun, self._bounded_at = self._bounded_at is None, now
            return f"more comes than the workers answer: {self.admit_per_s:.4g}/s are let in, the rest gets 503" * begun
        if self._bounded_at is not None and now - self._bounded_at >= CALM_S:
            self._bounded_at = None
            return "all requests are let in again"
        return ""

    def _is_full(self, readings: Readings, served: float, queue: float) -> bool:
        """Whether who comes now waits too long, or answers are late already."""
        latency_s = readings.fresh("latency_s")
        late = self._goal_s is not None and latency_s is not None and latency_s > self._goal_s
        return late or queue > served * self._wait_s

    @staticmethod
    def _raised(admit: float, answered: float) -> float:
        safe = answered * DRAIN
        return min(safe, admit * RISE) if admit < safe else admit + answered * RISE_MORE
