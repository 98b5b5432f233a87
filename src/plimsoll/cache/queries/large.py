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
    """Calls, by key, whose last answer was more than `rows_max` rows or `bytes_max` bytes."""

    def __init__(self, rows_max: int, bytes_max: int) -> None:
        self._rows_max = rows_max
        self._bytes_max = bytes_max
        self._calls: dict[str, tuple[str, float]] = {}

    def judged(self, key: str, kept: Packed, now_s: float) -> str:
        """Why this answer is too large, or ""."""
        why = self._why(kept)
        self._calls.pop(key, None)
        if why:
            self._calls[key] = why, now_s
            if len(self._calls) > CALLS_MAX:
                del self._calls[next(iter(self._calls))]
        return why

    def why(self, key: str, now_s: float) -> str:
        """Why the last one was. Now and then one call gets "", and tries again, while the others go on."""
        why, since_s = self._calls.get(key, ("", now_s))
        if now_s < since_s + LARGE_S:
            return why
        self._calls[key] = why, now_s
        return ""

    def _why(self, kept: Packed) -> str:
        if len(kept[1]) > self._rows_max:
            return f"more than {self._rows_max} rows"
        return f"more than {self._bytes_max} bytes" if size_of(kept) > self._bytes_max else ""

    def __bool__(self) -> bool:
        return bool(self._calls)
