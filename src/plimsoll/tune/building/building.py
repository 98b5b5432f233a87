"""Real indexes on a copy: each is built once, kept, and seen by the planner when it is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.tune.building.extensions import extensions_for
from plimsoll.tune.building.hiding import family_of, quoted_in, show_oids
from plimsoll.tune.building.room import RESERVE_BYTES, BuildLimits, free_bytes, no_room, table_bytes
from plimsoll.tune.building.statistics import know_expressions, mark_visible
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.until import Until, unless

_LOCK_TIMEOUT = "10s"
_SIZE = "SELECT sum(pg_catalog.pg_relation_size(oid))::bigint FROM unnest($1::oid[]) AS i (oid)"
_TAKEN = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1)"  # in any schema: plans name no schema
_EXTENSION = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = $1
"""
_AVAILABLE = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = $1)"


@dataclass(frozen=True, slots=True)
class Build:
    """One that is there, under `name`; the time is the copy's, with what its settings and its disk make of it."""

    index: Index
    name: str
    size_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """`why` in words."""

    index: Index
    why: str


class _CutOff(Exception):
    """There is no time for it any more."""


@dataclass
class Builds:
    """Of one connection as superuser of the copy, on which nothing else runs meanwhile.

    A hidden index is out of the planner's sight only: writes keep it up, and an update of its columns is not HOT. Who
    measures what writing costs drops those that are not asked about. Planning opens every index of a table, hidden ones
    too: who measures short statements drops them as well.
    """

    clone: Clone
    connection: asyncpg.Connection
    limits: BuildLimits = field(default_factory=BuildLimits)
    until: Until = field(default_factory=Until.endless)
    built: dict[Index, Build] = field(default_factory=dict)
    refused: dict[Index, NotBuilt] = field(default_factory=dict)
    seconds: float = 0.0  # of all builds
    _oids: dict[Index, Mapping[int, str]] = field(default_factory=dict)
    _shown: frozenset[Index] = frozenset()
    _without: dict[str, Mapping[int, str]] = field(
        default_factory=dict
    )  # existing ones that are hidden, by quoted name
    _ready: bool = False
    _data_directory: str = ""

    @property
    def names(self) -> dict[str, Index]:
        """Ours by what plans call them, those of partitions too."""
        return {name: index for index, family in self._oids.items() for name in family.values()}

    @property
    def bytes(self) -> int:
        return sum(one.size_bytes for one in self.built.values())

    @property
    def room_bytes(self) -> int:
        """What ours may take at once, by the limits and by what is left of the disk."""
        free = free_bytes(self.clone.target, self._data_directory) if self._data_directory else None
        there = self.limits.bytes_max if free is None else max(0, self.bytes + free - RESERVE_BYTES)
        return min(self.limits.bytes_max, there)

    async def build(self, index: Index) -> Build | NotBuilt:
        """Built and hidden; one that is there already, or was refused before, is only looked up. What is cut off by
        `until`, or lacks the room that others take, is not refused for good."""
        known = self.built.get(index) or self.refused.get(index)
        if known is not None:
            return known
        try:
            why = await self._obstacle(index)
            crowded = "" if why else await self.crowded(index)
            if crowded:
                return NotBuilt(index, crowded)
            found = NotBuilt(index, why) if why else await self._built(index)
        except _CutOff:
            found = NotBuilt(index, "")
        except FOREIGN as error:
            self._raise_if_lost(error)
            found = NotBuilt(index, f"cannot be built: {mask(str(error).partition(chr(10))[0])}")
        if isinstance(found, NotBuilt) and self.until.over:
            return NotBuilt(index, f"not built: {self.until.why}")
        if isinstance(found, NotBuilt):
            self.refused[index] = found
        return found

    async def crowded(self, index: Index) -> str:
        """Why it has no room beside what is there now; "" where it has."""
        return await self._room_for(index, self.bytes)

    async def show(self, indexes: frozenset[Index], without: frozenset[ExistingIndex] = frozenset()) -> None:
        """Exactly these of ours are seen by the planner, of all sessions; and the existing ones of `without` are not.
        They must have been built."""
        unknown = indexes - self.built.keys()
        assert not unknown, f"not built: {sorted(one.name for one in unknown)}"
        if not self.clone.superuser:
            return
        await self.prepare()
        hidden = {one.quoted: one for one in without if one.valid}
        families = {name: self._without.get(name) or await family_of(self.connection, name) for name in hidden}
        shown = [oid for one in indexes - self._shown for oid in self._oids[one]]
        shown += [oid for name, family in self._without.items() if name not in families for oid in family]
        gone = [oid for one in self._shown - indexes for oid in self._oids[one]]
        gone += [oid for name, family in families.items() if name not in self._without for oid in family]
        if shown or gone:
            async with self.connection.transaction():
                await show_oids(self.connection, shown, gone)
        self._shown, self._without = indexes, families

    async def drop(self, index: Index) -> None:
        """Nothing where it is not there."""
        one = self.built.get(index)
        if one is None:
            return
        async with self.connection.transaction():
            await self.connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            await self.connection.execute(f"DROP INDEX IF EXISTS {quoted_in(index.table.schema, one.name)}")
        self.built.pop(index)
        self._oids.pop(index)
        self._shown -= {index}

    async def close(self) -> None:
        """All of ours are dropped, and all others seen as before."""
        if self.connection.is_closed():
            return
        if self._shown or self._without:
            await self.show(frozenset())
        for index in list(self.built):
            await self.drop(index)

    async def prepare(self) -> None:
        """Once: pages that are visible to all are known to be."""
        if not self._ready and self.clone.superuser:
            await self.connection.execute(f"SET statement_timeout = {_ms(self.limits.total_s)}")
            await mark_visible(self.connection)
            self._data_directory = await self.connection.fetchval("SHOW data_directory")
            self._ready = True

    async def _obstacle(self, index: Index) -> str:
        if not self.clone.superuser:
            return "needs superuser on the copy, where alone an index can be hidden from the planner"
        if self.until.over:
            raise _CutOff
        if self.seconds >= self.limits.total_s:
            return f"the time for building on the copy was over ({self.limits.total_s:g} s)"
        await self.prepare()
        return await self._room_for(index, 0) or await self._extended(index)

    async def _room_for(self, index: Index, kept: int) -> str:
        """Why it must not be built beside so many bytes of what is there."""
        needed = await table_bytes(self.connection, index.table.quoted)
        free = free_bytes(self.clone.target, self._data_directory)
        left = None if free is None else free + self.bytes - kept
        return no_room(needed, kept, left, self.limits)

    async def _extended(self, index: Index) -> str:
        for name in extensions_for(index):
            if await self.connection.fetchval(_EXTENSION, name) is None:
                if not await self.connection.fetchval(_AVAILABLE, name):
                    return f"needs the extension {name}, which the copy's server does not have"
                await self.connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        return ""

    async def _built(self, index: Index) -> Build:
        """In one transaction with its hiding: nobody ever sees it before, and one cut off leaves nothing."""
        name = await self._name(index)
        began = monotonic()
        try:
            async with self.connection.transaction():
                await self._set(index)
                began = monotonic()
                if await unless(self.until.stop, self.connection.execute(index.create(name=name))) is None:
                    raise _CutOff
                seconds = monotonic() - began
                family = await family_of(self.connection, quoted_in(index.table.schema, name))
                await show_oids(self.connection, [], family)
                if not all(index.columns):
                    await know_expressions(self.connection, index.table)
        finally:
            self.seconds += monotonic() - began
        size = await self.connection.fetchval(_SIZE, list(family))
        self._oids[index] = family
        self.built[index] = Build(index, name, size, seconds)
        return self.built[index]

    async def _set(self, index: Index) -> None:
        """Of the transaction that builds; operator classes are looked for in the schemas of their extensions too."""
        left_s = min(self.limits.build_s, self.limits.total_s - self.seconds, self.until.left_s)
        await self.connection.execute(
            f"SET LOCAL statement_timeout = {_ms(left_s)}; SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'; "
            f"SET LOCAL maintenance_work_mem = '{self.limits.memory_bytes // 1024}kB'"
        )
        schemas = [await self.connection.fetchval(_EXTENSION, name) for name in extensions_for(index)]
        path = [self.clone.search_path or '"$user", public', *map(quote_identifier, schemas)]
        await self.connection.execute("SELECT set_config('search_path', $1, true)", ", ".join(path))

    async def _name(self, index: Index) -> str:
        """Its own, where nothing in the database has it: plans tell of indexes by their bare names."""
        for number in range(1, 100):
            name = index.name if number == 1 else f"{index.name.encode()[:58].decode(errors='ignore')}_{number}"
            if not await self.connection.fetchval(_TAKEN, name):
                return name
        raise RefusedError("cannot name an index on the copy", why=f"{index.name} and its like are all taken")

    def _raise_if_lost(self, error: BaseException) -> None:
        if self.connection.is_closed():
            raise RefusedError("cannot build on the copy", why="the connection to it was lost") from error


def _ms(seconds: float) -> int:
    """At least 1: 0 would be no limit."""
    return max(1, round(seconds * 1000))
