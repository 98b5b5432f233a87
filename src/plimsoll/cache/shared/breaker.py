"""When a server that failed is asked again: not for a while, which doubles, and then by one at a time. Pure."""

from random import Random
from typing import Final

FIRST_S: Final = 0.1
LONGEST_S: Final = 5.0
PROBE_S_MAX: Final = 1.0  # for how long one that is trying keeps others from it, should it never tell


class Breaker:
    """`allows(now_s)` before each call, then `worked()` or `failed(now_s)`. Chance keeps processes apart."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0
        self._closed_until_s = 0.0

    @property
    def failing(self) -> bool:
        """Whether the last that is known is a failure."""
        return self._failures > 0

    def allows(self, now_s: float) -> bool:
        """Whether to call now. After a failure one call at a time may try."""
        if not self._failures:
            return True
        if now_s < self._closed_until_s:
            return False
        self._closed_until_s = now_s + PROBE_S_MAX
        return True

    def worked(self) -> None:
        self._failures = 0

    def failed(self, now_s: float) -> None:
        longest: float = min(FIRST_S * 2 ** min(self._failures, 10), LONGEST_S)
        self._failures += 1
        self._closed_until_s = now_s + longest * self._random.uniform(0.5, 1.0)
