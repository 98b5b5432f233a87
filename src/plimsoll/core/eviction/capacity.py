"""How much a cache may hold: in entries, in weight (bytes, mostly), or both at once."""

from typing import Final, NamedTuple

UNBOUNDED: Final = 2**62


class Capacity(NamedTuple):
    """Both limits hold at once; one that is left out never binds. At least one entry and a weight of 1."""

    entries: int = UNBOUNDED
    weight: int = UNBOUNDED

    def checked(self) -> "Capacity":
        """Itself. Limits below 1 are a mistake of ours: what users write is checked where it is read."""
        assert self.entries >= 1, "a cache of no entries"
        assert self.weight >= 1, "a cache of no weight"
        return self

    def share(self, percent: int) -> "Capacity":
        """So many percent of both limits, rounded down, never below 1."""
        return Capacity(max(1, self.entries * percent // 100), max(1, self.weight * percent // 100))

    def exceeded_by(self, entries: int, weight: int) -> bool:
        return entries > self.entries or weight > self.weight
