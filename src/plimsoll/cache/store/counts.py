"""What happened in a store, by reason."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from plimsoll.cache.store.entry import Gone, Miss, Put


class Statistics(NamedTuple):
    """Counts since the store was made, and what it holds now. `gone`: entries by why they went; `refused`: values that
    were not stored. `bytes` has everything, `tenant_bytes` the entries."""

    hits: int
    misses: Mapping[Miss, int]
    puts: int
    refused: Mapping[Put, int]
    gone: Mapping[Gone, int]
    entries: int
    bytes: int
    tenant_bytes: Mapping[str, int]

    @property
    def hit_ratio(self) -> float | None:
        """Hits among all that was asked for; None if nothing was."""
        asked = self.hits + sum(self.misses.values())
        return self.hits / asked if asked else None


class Counts:
    """Counted by the store as it goes. `second_looks` are hits that were not plain."""

    def __init__(self) -> None:
        self.second_looks = 0
        self.puts = 0
        self.misses = dict.fromkeys(Miss, 0)
        self.refused: dict[Put, int] = {reason: 0 for reason in Put if reason not in (Put.STORED, Put.EVICTED)}
        self.gone: dict[Gone, int] = dict.fromkeys(get_args(Gone), 0)

    def missed(self, why: Miss) -> Miss:
        self.misses[why] += 1
        return why

    def told(self, hits: int, entries: int, held_bytes: int, tenant_bytes: Mapping[str, int]) -> Statistics:
        return Statistics(
            hits + self.second_looks,
            dict(self.misses),
            self.puts,
            dict(self.refused),
            dict(self.gone),
            entries,
            held_bytes,
            dict(tenant_bytes),
        )
