"""Whether workers stood still: nobody was answered for a while though requests came. Pure.

A worker that is merely slow fails its checks, too, as they wait behind its requests; but it answers on.
"""

from typing import Final

from plimsoll.core.balancing import Glance

STILL_S: Final = 0.7  # three glances; HAProxy takes a worker for down after some 1.2 s


class Standstill:
    """By glances, several a second."""

    def __init__(self) -> None:
        self._seen: Glance | None = None  # since when nobody was answered, or nobody came
        self._since = self._longest_s = 0.0

    def look(self, now: float, glance: Glance) -> None:
        seen = self._seen
        if seen is None or glance.well != seen.well or glance.arrived <= seen.arrived:
            self._seen, self._since = glance, now
        else:
            self._longest_s = max(self._longest_s, now - self._since)

    def taken(self) -> bool:
        """Whether they stood still since this was asked last."""
        longest_s, self._longest_s = self._longest_s, 0.0
        return longest_s >= STILL_S
