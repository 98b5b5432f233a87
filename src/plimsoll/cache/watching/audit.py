"""The audit: of some hits the fill is run again, and what it gives is compared with what was held.

What differs may just be changing: a commit that was seen by the fill and not by the cache yet. So it is judged later,
when a poll is applied that was sent after the fill had ended: an entry that is still right then, by all that the
protocol knows, and had another value, was stale. That is a fault: of the cache, or of a writer that no trigger sees.
"""

from collections import deque
from collections.abc import Callable
from random import Random
from threading import Lock
from typing import Any, Final, NamedTuple

from plimsoll.cache.store.entry import Stamp
from plimsoll.core.cache_report import STALE_SHOWN_MAX, AuditReport
from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import above
from plimsoll.core.told import TEXT_CHARACTERS_MAX

APART_S: Final = 0.2  # at least, between two audits: five a second
DOUBTS_MAX: Final = 100  # that wait to be judged; what is beyond is not known

Vouches = Callable[[str, Stamp], bool]  # whether the store still holds that under the key, and it is right


class Doubt(NamedTuple):
    """A difference that was found at that time, of the watermark's clock."""

    key: str
    stamp: Stamp
    found_s: float


class Audit:
    """Of one cache. `due` is asked at each hit that may be audited, `compare` tells what came of it."""

    def __init__(self, share: float, random: Random) -> None:
        if not above(share, 0) or share > 1:
            why = f"{share!r:.60} of the hits is not above 0 and at most 1"
            raise UsageError("not an audit of a cache", why=why, remedy="audit=0.001 for one hit in 1,000")
        self._share = share
        self._random = random
        self.start_anew()

    def start_anew(self) -> None:
        """At the beginning, and after a fork, when another thread may have held the lock."""
        self._lock = Lock()
        self._doubts: deque[Doubt] = deque()
        self._found: dict[str, None] = {}
        self._checked = self._stale = self._changing = self._unknown = 0
        self._not_before_s = 0.0
        self._left = self._drawn()

    def due(self, now_s: Callable[[], float]) -> bool:
        """Whether this hit is one. Without a lock: two threads may count one hit."""
        self._left -= 1
        if self._left > 0:
            return False
        self._left = self._drawn()
        at_s = now_s()
        if at_s < self._not_before_s:
            return False
        self._not_before_s = at_s + APART_S
        return True

    def compare(self, key: str, held: Any, read: Any, now_s: float, stamp: Stamp | None) -> None:
        """After the fill ran again, and has ended at `now_s`. `stamp` is of what was held before it ran; None: it was
        gone already."""
        try:
            same = bool(held is read or held == read)
        except Exception:  # noqa: BLE001  # of values that cannot be compared as a whole, such as arrays
            self.not_known()
            return
        with self._lock:
            self._checked += 1
            if not same and stamp is None:
                self._changing += 1
            elif not same and stamp is not None and len(self._doubts) < DOUBTS_MAX:
                self._doubts.append(Doubt(key, stamp, now_s))
            elif not same:
                self._unknown += 1

    def not_known(self) -> None:
        """The fill failed, or says itself that it must not be believed."""
        with self._lock:
            self._checked += 1
            self._unknown += 1

    def judge(self, sent_s: float, vouches: Vouches) -> None:
        """A poll sent at that time is applied everywhere: what was found before is no longer in doubt."""
        while self._doubts and self._doubts[0].found_s < sent_s:
            doubt = self._doubts.popleft()
            stale = vouches(doubt.key, doubt.stamp)
            with self._lock:
                self._stale += stale
                self._changing += not stale
                if stale and len(self._found) < STALE_SHOWN_MAX:
                    self._found[_shown(doubt.key)] = None

    def report(self) -> AuditReport:
        """Since the cache was made."""
        with self._lock:
            return AuditReport(self._checked, self._stale, self._changing, self._unknown, tuple(self._found))

    def _drawn(self) -> int:
        """How many hits until the next: drawn, so that nothing regular is always missed."""
        return self._random.randint(1, max(1, round(2 / self._share) - 1))


def _shown(key: str) -> str:
    """A key of a namespace has that before it, between NULs."""
    return key.strip("\0").replace("\0", " ")[:TEXT_CHARACTERS_MAX]
