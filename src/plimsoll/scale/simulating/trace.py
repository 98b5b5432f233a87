"""Requests that arrived in each second: what is played."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError

SECONDS_MAX: Final = 400 * 86_400  # a year; 276 MB


@dataclass(frozen=True, slots=True)
class Trace:
    """`counts[i]` requests in second i. `starts_at`: seconds since 1970, where the trace tells. `step_s`: how long a
    count of it was for; where that is more than a second they were spread evenly over it. `rate`: the column whose
    values were rates, so many in each second of a step. `missing`: steps without a row, taken as without requests."""

    name: str
    counts: "array[float]"
    starts_at: float | None = None
    step_s: float = 1.0
    rate: str = ""
    missing: int = 0

    @classmethod
    def of(cls, name: str, counts: Iterable[float], starts_at: float | None = None, step_s: float = 1.0) -> "Trace":
        return cls(name, array("d", counts), starts_at, step_s)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def requests(self) -> float:
        return sum(self.counts)

    @property
    def busiest_minute_per_s(self) -> float:
        """The mean rate of the busiest minute, of the whole where it is shorter."""
        counts, width = self.counts, min(60, len(self.counts))
        total = most = sum(counts[:width])
        for second in range(width, len(counts)):
            total += counts[second] - counts[second - width]
            most = max(most, total)
        return most / width

    def checked(self) -> "Trace":
        """Itself; raises UsageError where there is nothing to play."""
        if not self.counts or self.requests <= 0:
            raise UsageError("the trace has no requests", where=self.name, remedy="name another, or its --format")
        return self
