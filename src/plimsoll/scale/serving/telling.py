"""Which decisions are worth a line: what changes something, and what keeps it from changing, once. Pure."""

from dataclasses import replace
from typing import Final

from plimsoll.core.balancing import Passed
from plimsoll.core.check import counted
from plimsoll.scale.policy.decision import Decision

HELD_BY: Final = frozenset({"max", "connections", "machine", "peak", "unknown"})  # rules that keep workers away
GONE: Final = "who is gone"
UNANSWERED_S: Final = 10.0  # between two lines of requests that got no answer


class Telling:
    """Remembers what was said of what holds, so that it is said once and not at each tick. Where the number of
    workers is `fixed`, what is not known changes nothing, and is not worth a line."""

    def __init__(self) -> None:
        self._held_by = ""

    def line(self, decision: Decision, *, fixed: bool = False, paused: bool = False) -> str:
        """What to say of it; "" for nothing. While it is `paused` what would be done is said once, too."""
        changes = decision.wanted != decision.before
        cause = decision.rule if decision.rule in HELD_BY and not (fixed and decision.rule == "unknown") else ""
        cause = f"{cause} {decision.because}" if cause == "unknown" else cause
        if paused and changes:
            cause = f"paused {decision.wanted}"
        new, self._held_by = cause != self._held_by and bool(cause), cause
        if not new and (paused or not changes):
            return ""
        said = replace(decision, admit_per_s=None).summary  # the queue's limits refuse, at no rate of ours
        return f"paused, or else: {said}" if paused and changes else said


class Unanswered:
    """Sums up what was lost with workers. The access log has no line of it where nothing was answered and the client's
    connection had requests before, for HAProxy then closes that and says nothing."""

    def __init__(self) -> None:
        self._by_worker: dict[str, int] = {}
        self._told_at = float("-inf")

    def line(self, passed: Passed, now: float) -> str:
        """What to say of it; "" for nothing, or not yet."""
        lost = {name: counts.failures for name, counts in passed.servers.items()}
        lost[GONE] = passed.lost - sum(lost.values())
        for name, count in lost.items():
            if count > 0:
                self._by_worker[name] = self._by_worker.get(name, 0) + count
        if not self._by_worker or now < self._told_at + UNANSWERED_S:
            return ""
        found, self._by_worker, self._told_at = self._by_worker, {}, now
        of = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
        return (
            f"{counted(sum(found.values()), 'request')} got no answer or half of one, and could not be sent again,"
            f" since the worker died, closed the connection or took too long: {of}"
        )
