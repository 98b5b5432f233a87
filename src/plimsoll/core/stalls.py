"""Stretches in which nobody was answered though users waited, which figures of answers do not show. Pure."""

from plimsoll.core.check import counted
from plimsoll.core.interval import Interval
from plimsoll.core.units import format_duration

STALL_S_MIN = 2.0  # shorter ones are seen in the latencies of what was answered then


class StallWatch:
    """Follows a run interval by interval and keeps the longest stretch. Times count from the start of the load."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self.longest_s = 0.0
        self.longest_since_s = 0.0
        self.waiting = 0  # users, at most

    def add(self, interval: Interval) -> None:
        if interval.requests or not interval.waiting:
            self._since_s = None
            return
        if self._since_s is None:
            self._since_s = interval.start_s
        lasted_s = interval.start_s + interval.width_s - self._since_s
        if lasted_s > self.longest_s:
            self.longest_s, self.longest_since_s = lasted_s, self._since_s
            self.waiting = max(self.waiting, interval.waiting)

    def warnings(self) -> list[str]:
        if self.longest_s < STALL_S_MIN:
            return []
        lasted, since = format_duration(round(self.longest_s, 1)), format_duration(round(self.longest_since_s, 1))
        return [f"nothing was answered for {lasted}, from {since} on, while {counted(self.waiting, 'user')} waited"]
