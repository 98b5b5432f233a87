"""What a search asks for costs: hypothetical indexes, or real ones on a copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query

Configuration = frozenset[Index]
NOTHING: Final[Configuration] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """`cost` is of a call, `used` which of the indexes its plans use, `missing` those that could not be there at once
    with the others."""

    cost: float
    used: Configuration = frozenset()
    missing: Configuration = frozenset()


class Costing(Protocol):
    """`words` say by what it reckons ("HypoPG 1.3.1")."""

    @property
    def words(self) -> str: ...

    @property
    def freely(self) -> bool:
        """Whether an index costs nothing to be asked about."""
        ...

    def unfit(self, index: Index) -> str:
        """Why it cannot tell what this index gives, as far as is known by now; "" where it can."""
        ...

    def size(self, index: Index) -> int | None:
        """Bytes, where they were measured."""
        ...

    async def answer(self, query: Query, indexes: Configuration) -> Answer:
        """What a call costs with these indexes, and which of them are used."""
        ...

    async def close(self) -> None:
        """The database plans as if nothing had been asked."""
        ...


def comparable(plain: Planned, found: Planned) -> bool:
    """Whether the same bindings have plans: one that could not be planned this time (it took too long, a table was
    locked) must not look as if it cost nothing."""
    return [one is None for one in plain.plans] == [one is None for one in found.plans]


def used_in(names: Mapping[str, Index], said: set[str]) -> Configuration:
    """Of the names that plans have, those of ours."""
    return frozenset(names[one] for one in said if one in names)
