"""How late changes are applied, as a process can tell from inside. Pure.

When a change was committed it does not know. But what a poll found was not seen by the poll before: it became visible
after that was sent. So from there until it is applied is the longest that it can have taken.
"""

from bisect import bisect_left

from plimsoll.core.time_bounds import FILL_MS


class Lags:
    """Of the polls that found changes, by the bounds of FILL_MS. `found` and then `applied`, for each poll."""

    def __init__(self) -> None:
        self._counts = [0] * len(FILL_MS)
        self._before_s: float | None = None  # when the poll before was sent
        self._has_found = False

    def found(self) -> None:
        """The poll that is being applied found something."""
        self._has_found = True

    def applied(self, sent_s: float, now_s: float) -> None:
        """It was sent then, and is applied everywhere now."""
        if self._has_found and self._before_s is not None:
            self._counts[bisect_left(FILL_MS, (now_s - self._before_s) * 1000)] += 1
        self._before_s, self._has_found = sent_s, False

    def told(self) -> tuple[int, ...]:
        """As many as FILL_MS has bounds."""
        return tuple(self._counts)
