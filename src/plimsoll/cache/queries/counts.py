"""What became of calls, counted as they go."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REASONS_MAX: Final = 200  # that are counted apart
_OTHERS: Final = "other reasons"


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """Since it was made: statements that are known, calls by whether their answers may be kept, and if not, by reason.

    `changed`: how often a statement was judged anew, since what it rests on in the schema had changed.
    """

    statements: int
    cached: int
    uncached: Mapping[str, int]
    changed: int


class Counted:
    """Calls of a query cache: `cached`, and the others by reason."""

    def __init__(self) -> None:
        self.cached = 0
        self._uncached = Counter[str]()

    @property
    def uncached(self) -> dict[str, int]:
        return dict(self._uncached)

    def refuse(self, reason: str) -> None:
        known = reason in self._uncached or len(self._uncached) < REASONS_MAX
        self._uncached[reason if known else _OTHERS] += 1

    def told(self, statements: int, changed: int) -> QueryStatus:
        return QueryStatus(statements, self.cached, self.uncached, changed)
