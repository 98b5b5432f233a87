"""Costs by HypoPG: indexes that only the planner of our own session believes in.

Nothing is written and no lock is kept; they are gone with the session. A partial hypothetical index where a statement
reads a view crashes the server (HypoPG's issue 116), so that none is ever made; an expression has statistics only in
an index that is there, and other methods than B-tree are not reckoned or reckoned badly: they need real builds.
"""

from dataclasses import dataclass, field
from typing import Final

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.statement import OURS
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.costing.costing import Answer, Configuration, comparable, used_in
from plimsoll.tune.costing.planning import planned

KEPT_MAX: Final = 200  # hypothetical indexes at once; every plan of their tables weighs them all
_FIND = """
SELECT e.extversion, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'hypopg'
"""


@dataclass
class Hypothetical:
    """Of one connection, not behind a pooler. `schema` is the extension's; `there` are names and oids of those that the
    session has now, `refused` what the server said of those that it would not have."""

    connection: asyncpg.Connection
    version: str
    schema: str
    timeout_s: float
    there: dict[Index, tuple[str, int]] = field(default_factory=dict)
    refused: dict[Index, str] = field(default_factory=dict)
    plain: dict[str, Planned] = field(default_factory=dict)  # by statement, without any of them
    kept_max: int = KEPT_MAX

    @property
    def words(self) -> str:
        return f"HypoPG {self.version}"

    @property
    def freely(self) -> bool:
        return True

    def unfit(self, index: Index) -> str:
        return unfit(index)

    def size(self, index: Index) -> int | None:
        """HypoPG's own may be off by ten times."""
        return None

    async def answer(self, query: Query, indexes: Configuration) -> Answer:
        await self._have(frozenset(one for one in indexes if not unfit(one)))
        found = await planned(self.connection, query, self.timeout_s)
        plain = self.plain.setdefault(query.id, found)
        if not comparable(plain, found):
            return Answer(plain.cost)
        said = {node.index for plan in found.plans if plan for node in plan.walk() if node.index}
        return Answer(found.cost, used_in({name: one for one, (name, _) in self.there.items()}, said))

    async def close(self) -> None:
        """Forgets them all."""
        if not self.connection.is_closed():
            await self.connection.execute(f"SELECT {OURS} {self._function('hypopg_reset')}()")
        self.there.clear()

    async def _have(self, wanted: Configuration) -> None:
        """Exactly these, as far as the server takes them."""
        for one in [index for index in self.there if index not in wanted]:
            _, oid = self.there.pop(one)
            await self.connection.fetchval(f"SELECT {OURS} {self._function('hypopg_drop_index')}($1)", oid)
        for one in list(wanted - self.there.keys() - self.refused.keys())[: self.kept_max]:
            await self._make(one)

    async def _make(self, index: Index) -> None:
        create = f"SELECT {OURS} indexname, indexrelid FROM {self._function('hypopg_create_index')}($1)"
        try:
            name, oid = await self.connection.fetchrow(create, index.create())
        except asyncpg.PostgresError as error:
            self.refused[index] = str(error).partition("\n")[0]
            return
        self.there[index] = (name, oid)

    def _function(self, name: str) -> str:
        return f"{quote_identifier(self.schema)}.{name}"


def unfit(index: Index) -> str:
    """Why a hypothetical index would not tell what the real one gives."""
    if index.method != "btree":
        return f"HypoPG does not reckon {index.method} indexes: only a real build on a copy tells"
    if index.predicate:
        return "a partial hypothetical index may crash the server: only a real build on a copy tells"
    if not all(index.columns):
        return "an expression has statistics only in an index that is there: only a real build on a copy tells"
    return ""


async def find_hypothetical(connection: asyncpg.Connection, timeout_s: float) -> Hypothetical | None:
    """Where the extension is installed in this database; it is never installed here."""
    found = await connection.fetchrow(_FIND)
    return Hypothetical(connection, found[0], found[1], timeout_s) if found is not None else None
