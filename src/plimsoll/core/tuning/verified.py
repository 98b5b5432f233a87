"""What came of a tuning that was applied, by statement and by index. What `plimsoll tune verify --json` prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from plimsoll.core.json_values import Format
from plimsoll.core.tuning.proof import Effect, Interval95

VERIFIED_VERSION: Final = 1
Outcome = Literal["better", "worse", "same", "unclear", "taken-back"]
_FORMAT: Final = Format()


@dataclass(frozen=True, slots=True)
class Side:
    """Of a statement before, or since: calls, and milliseconds a call; None where there were too few to tell."""

    calls: int
    ms: Interval95 | None = None


@dataclass(frozen=True, slots=True)
class QueryVerified:
    """`ratio` is since / before; `promised` the same as it was measured on the copy, None where it was not. `touched`:
    a change is for it. `important`: it is that, or a share of the time that counts."""

    query: str
    text: str
    before: Side
    after: Side
    effect: Effect
    ratio: Interval95 | None = None
    promised: float | None = None
    touched: bool = False
    important: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class IndexVerified:
    """One that was built; `scans` since then, None where it is not there any more."""

    name: str
    change: str
    scans: int | None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Verified:
    """All of it. `saved` is the share of the time that the calls since then would have taken before; `promised` the
    same by the proof. `others` is how many times as long statements take that no change is for: 1 where nothing else
    has changed. `seconds` is how long it has served. `taken_back_at`: when plimsoll tune undo took back the last of it,
    where nothing of it is in effect."""

    tuning: str
    database: str
    applied_at: datetime
    at: datetime
    seconds: float
    outcome: Outcome
    why: str
    saved: Interval95 | None = None
    promised: float | None = None
    others: float | None = None
    queries: Sequence[QueryVerified] = ()
    indexes: Sequence[IndexVerified] = ()
    notes: Sequence[str] = ()
    taken_back_at: datetime | None = None
    schema_version: int = VERIFIED_VERSION

    @property
    def worse(self) -> list[QueryVerified]:
        """Important statements that became worse, and not as all others did."""
        return [one for one in self.queries if one.effect == "worse" and one.important]


def verified_to_json(verified: Verified) -> dict[str, Any]:
    found: dict[str, Any] = _FORMAT.written(verified)
    return found
