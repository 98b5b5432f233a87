"""A trace, played against one policy: what it would have done, and what requests would have met."""

from array import array
from collections import deque
from collections.abc import Callable
from itertools import accumulate, chain

from plimsoll.core.policy_outcome import PolicyOutcome
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Reading, Readings
from plimsoll.scale.simulating.fleet import Fleet
from plimsoll.scale.simulating.trace import Trace

Watcher = Callable[[int, Policy, Readings], None]  # the second, and the policy before it decides on these readings


class Player:
    """Steps a fleet second by second; the policy is asked when its period is over, on metrics as old as `delay_s`."""

    def __init__(self, trace: Trace, policy: Policy, fleet: Fleet, watcher: Watcher | None = None) -> None:
        self._trace, self._policy, self._fleet, self._watcher = trace, policy, fleet, watcher
        self._arrived = array("d", chain((0.0,), accumulate(trace.counts)))  # a year of floats is 276 MB so, not 1 GB
        self._known: deque[tuple[float, float, float, int]] = deque(maxlen=fleet.model.delay_s + 1)
        self._last = (0.0, 0.0, 0)  # served, could have been served, second: of the readings before
        self.played = PolicyOutcome(policy.name, self._arrived[-1])

    def play(self) -> PolicyOutcome:
        fleet, played, counts = self._fleet, self.played, self._trace.counts
        period, served, could = max(1, round(self._policy.period_s)), 0.0, 0.0
        known, worker_s = self._known, 0
        known.append((0.0, 0.0, 0.0, 0))
        for second, arrived in enumerate(counts):
            if fleet.starting:
                fleet.arrive(second)
            if second and second % period == 0:
                self._decide(second)
            served += fleet.step(arrived)
            could += fleet.capacity(fleet.ready)
            worker_s += fleet.ready + len(fleet.starting)
            if fleet.queue > played.queue_max:
                played.queue_max = fleet.queue
            known.append((served, could, fleet.queue, second + 1))
        played.violated, played.refused = fleet.violated, fleet.refused
        played.worker_hours = worker_s / 3600
        return played

    def _decide(self, second: int) -> None:
        readings = self._readings(second)
        if readings is None:
            return
        policy, fleet, played = self._policy, self._fleet, self.played
        if self._watcher is not None:
            self._watcher(second, policy, readings)
        decision = policy.decide(readings)
        step = decision.wanted - fleet.workers
        if step:
            played.ups, played.downs = played.ups + (step > 0), played.downs + (step < 0)
            played.by_rule[decision.rule] = played.by_rule.get(decision.rule, 0) + 1
            fleet.scale(second, decision.wanted)
        played.workers_max = max(played.workers_max, fleet.workers)

    def _readings(self, second: int) -> Readings | None:
        """Of the time since the readings before; None while that is nothing. Memory and requests in flight are not
        modelled; the latency is the wait alone."""
        served, could, queue, until = self._known[0]
        served_before, could_before, since = self._last
        if until <= since:
            return None
        self._last = (served, could, until)
        at = float(until)
        rate = (self._arrived[until] - self._arrived[since]) / (until - since)
        share = (served - served_before) / (could - could_before) if could > could_before else 0.0
        fleet = self._fleet
        return Readings(
            float(second), fleet.ready, len(fleet.starting), Reading(rate, at),
            Reading((served - served_before) / (until - since), at),
            None, Reading(queue, at), Reading(min(1.0, share), at), None,
            Reading(queue / max(1e-9, fleet.capacity(fleet.ready)), at),
        )  # fmt: skip
