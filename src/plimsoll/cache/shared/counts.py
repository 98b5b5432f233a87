"""What happened in tier 2, and how it stands: for `status`, JSON-able."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

Missed = Literal["absent", "invalidated", "broken", "not in use"]
IN_USE: Final = "in use"
Kept = Literal["stored", "not packable", "too large", "unknown tags", "server full", "not in use"]


@dataclass(frozen=True, slots=True)
class SharedStatus:
    """`state`: "in use", or why it is not. `missed` and `kept`: values asked for and offered, by what became of them.

    `owed`: tags and keys that the server has still to be told of. `failures`: calls that did not succeed; `trouble` is
    the last one's reason, "" while all is well. `begun_anew`: how often all that was there became useless at once.
    """

    url: str
    state: str
    hits: int
    missed: dict[str, int]
    kept: dict[str, int]
    raised: int
    owed: int
    begun_anew: int
    leases: int
    waits: int
    failures: int
    trouble: str

    @property
    def away(self) -> str:
        """Why it is passed by; "" while it is in use."""
        if self.state == IN_USE:
            return ""
        return f"{self.state}: {self.trouble}" if self.trouble else self.state


class SharedCounts:
    """Any thread's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.hits = self.raised = self.leases = self.waits = self.failures = 0
        self.missed: Counter[Missed] = Counter()
        self.kept: Counter[Kept] = Counter()
        self.trouble = ""

    def hit(self) -> None:
        with self._lock:
            self.hits += 1

    def miss(self, why: Missed) -> None:
        with self._lock:
            self.missed[why] += 1

    def keep(self, what: Kept) -> None:
        with self._lock:
            self.kept[what] += 1

    def told(self, count: int) -> None:
        with self._lock:
            self.raised += count

    def leased(self, *, waited: bool) -> None:
        with self._lock:
            self.waits += waited
            self.leases += not waited

    def failed(self, why: str) -> None:
        with self._lock:
            self.failures += 1
            self.trouble = why

    def well(self) -> None:
        self.trouble = ""
