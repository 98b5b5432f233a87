"""Two ways for a copy to be, and how it gets from one to the other."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.core.tuning.query import Query
from plimsoll.tune.building.building import Build, Builds, NotBuilt

# What is not live is left alone by writes and does not stop HOT updates, as if it had been dropped; its tables have to
# hear of it, since they remember their indexes. Whatever is written meanwhile is rolled back, so that it stays whole.
_LIVE: Final = """
WITH RECURSIVE these AS (
    SELECT named::pg_catalog.regclass::oid AS indexrelid FROM pg_catalog.unnest($1::text[]) AS named
    UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN these ON i.inhparent = these.indexrelid
)
UPDATE pg_catalog.pg_index SET indislive = $2 WHERE indexrelid IN (SELECT indexrelid FROM these) AND indislive <> $2
RETURNING indrelid
"""
_HEARD: Final = "UPDATE pg_catalog.pg_class SET relhasindex = relhasindex WHERE oid = ANY($1::oid[])"


@dataclass(frozen=True, slots=True)
class Side:
    """The copy with these indexes of ours and without those of its own; `changes` have steps of another kind."""

    indexes: frozenset[Index] = frozenset()
    without: frozenset[ExistingIndex] = frozenset()
    changes: tuple[Change, ...] = ()

    def having(self, change: Change) -> "Side":
        """With one more change."""
        if change.index is not None:
            return replace(self, indexes=self.indexes | {change.index})
        if change.existing is not None:
            return replace(self, without=self.without | {change.existing})
        return replace(self, changes=(*self.changes, change))

    def has(self, change: Change) -> bool:
        """Whether it is made here."""
        return change.index in self.indexes or change.existing in self.without or change in self.changes

    def asked(self, query: Query) -> Query:
        """As the statement is written here."""
        written = (one.after for one in self.changes if one.kind == "rewrite" and one.subject == query.id)
        return replace(query, text=next(written, query.text))

    def lacking(self, change: Change) -> "Side":
        """Without one of its changes."""
        if change.index is not None:
            return replace(self, indexes=self.indexes - {change.index})
        if change.existing is not None:
            return replace(self, without=self.without - {change.existing})
        return replace(self, changes=tuple(one for one in self.changes if one != change))


NONE: Final = Side()


@dataclass
class Switch:
    """Of one copy. `dormant` are quoted names of indexes that are not live now, `done` changes whose steps are."""

    builds: Builds
    connection: asyncpg.Connection
    dormant: set[str] = field(default_factory=set)
    done: tuple[Change, ...] = ()
    side: Side | None = None

    async def show(self, side: Side) -> None:
        """Makes the copy be so."""
        if side == self.side:
            return
        self.side = None
        await self.builds.show(side.indexes, side.without)
        asleep = {_quoted(build) for one, build in self.builds.built.items() if one not in side.indexes}
        await self._sleep(asleep | {one.quoted for one in side.without})
        await self._do(side.changes)
        self.side = side

    async def build(self, index: Index) -> Build | NotBuilt:
        """As Builds.build, which must not find an index that vacuum would pass over."""
        await self.wake()
        return await self.builds.build(index)

    async def drop(self, index: Index) -> None:
        """As Builds.drop."""
        await self.wake()
        await self.builds.drop(index)

    async def wake(self) -> None:
        """Every index is kept up again, and nothing is done to the copy."""
        self.side = None
        await self._sleep(set())
        await self._do(())

    async def _sleep(self, wanted: set[str]) -> None:
        await self._live(sorted(self.dormant - wanted), live=True)
        self.dormant &= wanted
        await self._live(sorted(wanted - self.dormant), live=False)
        self.dormant = wanted

    async def _live(self, names: Sequence[str], *, live: bool) -> None:
        if not names:
            return
        async with self.connection.transaction():
            tables = {row[0] for row in await self.connection.fetch(_LIVE, names, live)}
            await self.connection.execute(_HEARD, list(tables))

    async def _do(self, wanted: tuple[Change, ...]) -> None:
        """A change that fails half way is taken back."""
        for one in reversed([each for each in self.done if each not in wanted]):
            self.done = tuple(each for each in self.done if each != one)
            await self._execute(undone(one))
        for one in [each for each in wanted if each not in self.done]:
            await self._make(one)
            self.done = (*self.done, one)

    async def _make(self, one: Change) -> None:
        try:
            await self._execute(made(one))
        except asyncpg.PostgresError:
            for sql in undone(one):
                with suppress(asyncpg.PostgresError):
                    await self.connection.execute(sql)
            raise

    async def _execute(self, statements: Iterable[str]) -> None:
        for sql in statements:
            await self.connection.execute(sql)


def made(change: Change) -> list[str]:
    """What makes it on the copy. A setting is given to the session that measures: the steps would be the server's."""
    if change.kind == "setting":
        return [f"SET {_setting(change)} = {_literal(change.details['proposed'])}"]
    return [one.sql for one in change.steps]


def undone(change: Change) -> list[str]:
    """What takes it back; tables are analyzed anew, since what ANALYZE found stays where its target is reset."""
    if change.kind == "setting":
        return [f"RESET {_setting(change)}"]
    analyzed = [one.sql for one in change.steps if one.sql.startswith("ANALYZE")]
    return [*(one.undo for one in reversed(change.steps) if one.undo), *analyzed]


def _setting(change: Change) -> str:
    return ".".join(map(quote_identifier, change.details["setting"].split(".")))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(build: Build) -> str:
    return f"{quote_identifier(build.index.table.schema)}.{quote_identifier(build.name)}"
