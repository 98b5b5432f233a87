"""What a fetch asks of a second tier, in an event loop or a thread: `plimsoll.cache.shared` has the one of Valkey.

A fetch asks it once for a key in this process, after `begin` and before its fill, and hands it what the fill gave. It
never raises for what is wrong with its server, never waits beyond its own bound, and is right by itself about what
other processes know: what it gives holds for the database as of when it was asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from plimsoll.cache.store.entry import Begun
from plimsoll.core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """A value that holds: goes into tier 1 with its own snapshot and tags, judged by what was applied since `begin`.

    `left_s` is how much of its time to live is left.
    """

    value: Any
    snapshot: Snapshot
    tags: tuple[str, ...]
    left_s: float


@dataclass(frozen=True, slots=True)
class Absent:
    """No value. `ticket` is what the tier wants back with the one that is filled now: nonces of tags, a lease."""

    ticket: Any = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A value that was filled and found right by tier 1, for storing. `ttl_s` is not shortened by chance."""

    value: Any
    snapshot: Snapshot
    tags: tuple[str, ...]
    ttl_s: float
    ticket: Any


class Tier(Protocol):
    """`key` has the namespace in it; `tags` are those known before the fill."""

    async def read(self, key: str, tags: Sequence[str], begun: Begun) -> Found | Absent:
        """What it has. It may wait, within a bound, for another process that is filling."""

    async def write(self, key: str, filled: Filled) -> None:
        """Stores it."""

    async def give_up(self, key: str, ticket: Any) -> None:
        """Nothing will be written: the fill failed, or its value was refused."""

    def read_sync(self, key: str, tags: Sequence[str], begun: Begun) -> Found | Absent:
        """As `read`, for a thread."""

    def write_sync(self, key: str, filled: Filled) -> None:
        """As `write`."""

    def give_up_sync(self, key: str, ticket: Any) -> None:
        """As `give_up`."""

    def take_out(self, key: str) -> None:
        """Takes it out of the tier. Waits for nothing: for us at once, for others as soon as it can be told."""

    def clear(self) -> None:
        """As `take_out`, of everything."""
