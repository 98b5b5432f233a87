"""What a provider is: a name, bounds, and one call that purges a batch and says what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from plimsoll.edge.purge.wish import Kind

LOCAL: Final = "local"  # what stands inside of all CDNs, and is purged before them
CALL_S: Final = 20.0  # that one call may take


class Rate(NamedTuple):
    """`per_s` in the long run, at most `burst` at once: a token bucket."""

    per_s: float
    burst: float


@dataclass(frozen=True, slots=True)
class Limits:
    """`batch` is how many wishes of a kind go into one call; a kind that is missing cannot be purged there.

    `calls` bounds calls, `items` what is in them, by kind: for the one process that asks.
    """

    batch: Mapping[Kind, int]
    calls: Rate
    items: Mapping[Kind, Rate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Wishes of one kind, all hard or all soft; each once, and no more than the provider's `Limits.batch`."""

    kind: Kind
    whats: tuple[str, ...]
    hard: bool = False


class Acknowledged(NamedTuple):
    """All of the batch is purged."""


class Later(NamedTuple):
    """Nothing is known to be purged, and the same batch may succeed later: not before `after_s`, if that is said."""

    why: str
    after_s: float | None = None


class Refused(NamedTuple):
    """Something in the batch is wrong, and will be. Which of several, a smaller batch tells."""

    why: str


Outcome = Acknowledged | Later | Refused


class Provider(Protocol):
    """`why` of an outcome is for people, and holds no credential. `purge` does not raise for what the other side does,
    and does not take longer than CALL_S."""

    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> Limits: ...

    async def purge(self, batch: Batch) -> Outcome: ...

    async def close(self) -> None: ...
