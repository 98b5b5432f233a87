"""What a snapshot of PostgreSQL sees, by transaction id."""

import re
from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.errors import UsageError

XID_BITS: Final = 64
_TEXT: Final = re.compile(r"(\d{1,20}):(\d{1,20}):((?:\d{1,20})(?:,\d{1,20})*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions had ended when it was taken: of `pg_current_snapshot()`, by 64-bit ids, never wrapping.

    All below `xmin` had, none from `xmax` on had, and of those in between all but `running`. Only ids of whole
    transactions: a savepoint has none of its own here. What was rolled back counts as seen; it left no row.
    """

    xmin: int
    xmax: int
    running: frozenset[int] = field(default=frozenset())

    def __post_init__(self) -> None:
        assert 0 < self.xmin <= self.xmax
        assert all(self.xmin <= xid < self.xmax for xid in self.running)

    @staticmethod
    def parse(text: str) -> "Snapshot":
        """From the server's text, "xmin:xmax:xip,xip". Raises UsageError."""
        found = _TEXT.fullmatch(text)
        if found is not None:
            xmin, xmax = int(found[1]), int(found[2])
            running = frozenset(map(int, found[3].split(","))) if found[3] else frozenset()
            if 0 < xmin <= xmax < 2**XID_BITS and all(xmin <= xid < xmax for xid in running):
                return Snapshot(xmin, xmax, running)
        why = f"{text[:60]!r} is not as the server writes one"
        raise UsageError("not a snapshot", why=why, remedy="pass the text of pg_current_snapshot(), as 100:104:100,102")

    def sees(self, xid: int) -> bool:
        """Whether that transaction had ended."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.running)

    def covers(self, other: "Snapshot") -> bool:
        """Whether it sees all that `other` sees: of two snapshots of one server the later one covers the earlier."""
        return self.xmax >= other.xmax and not any(map(other.sees, self.running))

    def __str__(self) -> str:
        """As the server writes it."""
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.running)))}"
