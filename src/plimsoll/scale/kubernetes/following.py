"""What is worth a word beside decisions: what others do to the object, and what keeps it from being followed. Pure."""

from dataclasses import replace
from typing import Final

from plimsoll.scale.kubernetes.workload import Observed
from plimsoll.scale.policy.decision import Decision

STUCK_S: Final = 120.0  # some are not ready for so long
KNOWN_S: Final = 60.0  # the longest window of the policy: what it says before is said of a moment
GAP_S: Final = 30.0  # without a decision, the API being away, for instance
LIMITS: Final = frozenset({"connections", "max"})  # which hold whatever the load is


class Following:
    """Remembers what we set, and what was said, so that each thing is said once."""

    def __init__(self) -> None:
        self._set: int | None = None
        self._uid = ""
        self._paused = False
        self._short_since: float | None = None
        self._stuck = False

    def applied(self, replicas: int) -> None:
        self._set = replicas

    def notes(self, now: float, seen: Observed) -> list[str]:
        """What became known with this look."""
        return [*self._hands(seen), *self._pause(seen), *self._stuck_pods(now, seen)]

    def _hands(self, seen: Observed) -> list[str]:
        before, self._set = self._set, seen.replicas
        anew, self._uid = bool(self._uid) and self._uid != seen.uid, seen.uid
        if anew:
            return [f"it was made anew, with {_replicas(seen.replicas)}: it goes on from there"]
        if before is None or before == seen.replicas:
            return []
        return [f"somebody else set {_replicas(seen.replicas)} where there were {before}: it goes on from there"]

    def _pause(self, seen: Observed) -> list[str]:
        before, self._paused = self._paused, seen.paused
        if before == seen.paused:
            return []
        if seen.paused:
            return ["its rollout is paused: replicas are set all the same, and new ones are of what runs already"]
        return ["its rollout goes on"]

    def _stuck_pods(self, now: float, seen: Observed) -> list[str]:
        if seen.starting == 0:
            self._short_since, self._stuck = None, False
        elif self._short_since is None:
            self._short_since = now
        elif now - self._short_since >= STUCK_S and not self._stuck:
            self._stuck = True
            why = "no room for them, a quota, or the application does not start: kubectl describe"
            return [f"of {_replicas(seen.replicas)} {seen.starting} are not ready since {STUCK_S:.0f} s ({why})"]
        return []


class Settling:
    """Nobody is taken away before the load has been known for KNOWN_S: pods of ours are moved often, metrics come back
    after they were away, and the first look sees a single moment."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0

    def settled(self, now: float, decision: Decision, trouble: str) -> Decision:
        """`trouble`: what the policy needs to know and does not, now."""
        if trouble or self._since is None or now - self._last > GAP_S:
            self._since = now
        self._last = now
        fewer = decision.wanted < decision.before and decision.rule not in LIMITS
        if not fewer or now - self._since >= KNOWN_S:
            return decision
        why = f"the load has not been known for {KNOWN_S:.0f} s yet"
        return replace(decision, wanted=decision.before, rule="unknown", numbers={"trouble": why})


def _replicas(count: int) -> str:
    return f"{count} replica{'s' * (count != 1)}"


def held(seen: Observed, others: list[str]) -> str:
    """Why nothing is set though it was decided; "" where nothing speaks against it."""
    if others:
        return f"{' and '.join(others)} set{'s' * (len(others) == 1)} its replicas, too: nothing is set"
    if seen.replicas == 0:
        return "it was scaled to 0, which switches scaling off: nothing is set until somebody sets 1 or more"
    return ""
