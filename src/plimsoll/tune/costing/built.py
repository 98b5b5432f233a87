"""Costs by real indexes on a copy: every kind is reckoned as the server itself does, with statistics of its own."""

from dataclasses import dataclass, field

from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.building.building import Build, Builds
from plimsoll.tune.costing.costing import Answer, Configuration, comparable, used_in
from plimsoll.tune.costing.planning import planned


@dataclass
class Built:
    """An index is built when it is first asked about, and stays for the proof unless room is needed; `sizes` are
    remembered of all. Whoever made `builds` closes them."""

    builds: Builds
    timeout_s: float
    sizes: dict[Index, int] = field(default_factory=dict)
    plain: dict[str, Planned] = field(default_factory=dict)  # by statement, without any of them
    _asked: dict[Index, None] = field(default_factory=dict)  # the longest ago first

    @property
    def words(self) -> str:
        return f"real builds on a copy ({self.builds.clone.copy.server})"

    @property
    def freely(self) -> bool:
        return False

    def unfit(self, index: Index) -> str:
        found = self.builds.refused.get(index)
        return found.why if found is not None else ""

    def size(self, index: Index) -> int | None:
        return self.sizes.get(index)

    async def answer(self, query: Query, indexes: Configuration) -> Answer:
        ordered = sorted(indexes, key=lambda one: one.definition)
        there = frozenset([one for one in ordered if await self._have(one, indexes)])
        plain = self.plain.get(query.id) or await self._planned(query, frozenset())
        self.plain[query.id] = plain
        found = await self._planned(query, there) if there else plain
        if not comparable(plain, found):
            return Answer(plain.cost)
        said = {node.index for plan in found.plans if plan for node in plan.walk() if node.index}
        missing = frozenset(one for one in indexes - there if not self.unfit(one))
        return Answer(found.cost, used_in(self.builds.names, said), missing)

    async def close(self) -> None:
        """All hidden."""
        if not self.builds.connection.is_closed():
            await self.builds.show(frozenset())

    async def _planned(self, query: Query, indexes: Configuration) -> Planned:
        await self.builds.show(indexes)
        return await planned(self.builds.connection, query, self.timeout_s, self.builds.clone.act)

    async def _have(self, index: Index, beside: Configuration) -> bool:
        if index not in self.builds.built:
            await self._make_room(index, beside)
        found = await self.builds.build(index)
        self._asked.pop(index, None)
        if not isinstance(found, Build):
            return False
        self._asked[index] = None
        self.sizes[index] = found.size_bytes
        return True

    async def _make_room(self, index: Index, beside: Configuration) -> None:
        """Drops what was asked about the longest ago, where half of the room is taken or there is none for the index;
        never what it is asked about beside."""
        for old in [one for one in self._asked if one not in beside]:
            if self.builds.bytes <= self.builds.room_bytes / 2 and not await self.builds.crowded(index):
                return
            await self.builds.drop(old)
            self._asked.pop(old)
