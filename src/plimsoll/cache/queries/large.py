"""Answers that are too large to keep. Pure: time is an argument.

Who asks for what is kept waits for another's fill of it. Where nothing will be kept, each would then wait for all who
asked before him: so such calls are remembered, and go by the cache.
"""

from typing import Final

from plimsoll.cache.queries.rows import Packed
from plimsoll.cache.store.size import size_of

LARGE_S: Final = 30.0  # after which one call tries again
CALLS_MAX: Final = 1_000  # that are remembered; what came first goes


class Large:
    """Calls, by key, whose last answer was more than `rows_max` rows or `bytes_max` bytes. `calls` is to be read."""

    def __init__(self, rows_max: int, bytes_max: int) -> None:
        self._rows_max = rows_max
        self._bytes_max = bytes_max
        self.calls: dict[str, tuple[str, float]] = {}

    def judged(self, key: str, kept: Packed, now_s: float) -> str:
        """Why this answer is too large, or ""."""
        why = self._why(kept)
        self.calls.pop(key, None)
        if why:
            self.calls[key] = why, now_s
            if len(self.calls) > CALLS_MAX:
                del self.calls[next(iter(self.calls))]
        return why

    def why(self, key: str, now_s: float) -> str:
        """Why the last one was. Now and then one call gets "", and tries again, while the others go on."""
        why, since_s = self.calls.get(key, ("", now_s))
        if now_s < since_s + LARGE_S:
            return why
        self.calls[key] = why, now_s
        return ""

    def _why(self, kept: Packed) -> str:
        if len(kept[1]) > self._rows_max:
            return f"more than {self._rows_max} rows"
        return f"more than {self._bytes_max} bytes" if size_of(kept) > self._bytes_max else ""
