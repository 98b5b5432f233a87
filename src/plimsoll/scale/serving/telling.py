"""Which decisions are worth a line: what changes something, and what keeps it from changing, once. Pure."""

from dataclasses import replace
from typing import Final

from plimsoll.scale.policy.decision import Decision

HELD_BY: Final = frozenset({"max", "connections", "peak", "unknown"})  # rules that keep what the load asks for away


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
