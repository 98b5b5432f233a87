"""How far a standby is behind in time, also where the server's own answer misleads. Pure.

While replay stands still a primary goes on telling the lag that it measured last, and a standby's last transaction may
be old only because there was nothing to replay. So it is noted when the end of the log was seen where: what had been
written then and is not replayed now has waited at least since.
"""

from bisect import bisect_right
from typing import Final

SEEN_MAX: Final = 1_000  # eight hours at the default period; a longer wait is told as that long


class LogSeen:
    """The end of the log at each look, as positions in bytes."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._ends: list[float] = []

    def add(self, steady_s: float, end: float) -> None:
        """Ends come in order; one that went back is another server's log."""
        if self._ends and end < self._ends[-1]:
            self._times, self._ends = [], []
        self._times.append(steady_s)
        self._ends.append(end)
        del self._times[:-SEEN_MAX], self._ends[:-SEEN_MAX]

    def behind_s(self, replayed: float, now_s: float) -> tuple[float, float | None]:
        """At least and at most so long; None where that is not known."""
        later = bisect_right(self._ends, replayed)
        at_least = now_s - self._times[later] if later < len(self._times) else 0.0
        return at_least, now_s - self._times[later - 1] if later else None


def lag_of_standby_s(told_s: float | None, behind_bytes: float, at_least_s: float) -> float | None:
    """As its primary sees it: `told_s` is what the server says."""
    if behind_bytes == 0:
        return 0.0
    return None if told_s is None and at_least_s == 0 else max(told_s or 0.0, at_least_s)


def lag_of_replay_s(
    age_s: float | None, behind_bytes: float, at_least_s: float, at_most_s: float | None
) -> float | None:
    """As the standby itself sees it: `age_s` is that of the last transaction that was replayed."""
    if behind_bytes == 0:
        return 0.0
    if age_s is None:
        return at_least_s or None
    return age_s if at_most_s is None else min(age_s, at_most_s)
