"""Statements of a workload executed on the copy, as the application's role; what they write is rolled back."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median_low
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.asking import arguments, plan_of
from plimsoll.settings.masking import mask
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.migrating.catalog_checks import literal
from plimsoll.tune.proving.execution import EXPLAIN, ROLLED_BACK, SAVEPOINT, Execution, mean, read_explained

# What a server or the driver says of a statement or a value that is not as it should be.
REFUSALS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, ArithmeticError, KeyError, TypeError)
_NAME: Final = "plimsoll_generic"  # of a prepared statement
_LOCK_TIMEOUT_MS: Final = 5000
_WARM_MS: Final = 20.0  # of a statement that takes longer, what its first planning takes more is nothing


class NotRun(Exception):
    """A statement that the server does not execute like this; its words are the reason."""


@dataclass
class Running:
    """Of one connection to the copy. `limit_s` bounds each execution."""

    clone: Clone
    connection: asyncpg.Connection
    limit_s: float

    async def plans(self, query: Query) -> list[PlanNode | None]:
        """Of each binding; None where there is none."""
        return [await self._plan(query, binding) for binding in query.bindings]

    async def executed(self, query: Query, repeats: int, *, least: bool = True) -> Execution:
        """Each binding as often as that, after one more that warms; the mean over bindings of their medians. After one
        that runs into the time limit no other is executed: they count nothing where it is asked what the statement
        takes at `least`, else the limit. Raises NotRun."""
        found: list[tuple[Execution, float]] = []
        for one in query.bindings:
            if any(each.bound for each, _ in found):
                found.append((self._ended(0.0 if least else self.limit_s), one.share))
            else:
                found.append((await self._binding(query, one, repeats), one.share))
        return mean(found)

    async def once(self, query: Query, binding: Binding) -> Execution:
        """A single execution, which nothing warms. Raises NotRun."""
        return await self._binding(query, binding, 0)

    def _ended(self, seconds: float) -> Execution:
        return Execution(seconds * 1000, plan="ended at the time limit", bound=True)

    async def fetched(self, query: Query, text: str, values: Sequence[object]) -> asyncpg.Record | None:
        """One row of something else that is asked as the query is. Raises NotRun."""
        undone = self.connection.transaction()
        await undone.start()
        try:
            await self._prepare(query)
            return await self.connection.fetchrow(text, *values)
        except REFUSALS as error:
            self._raise_if_lost(error)
            raise NotRun(_words(error)) from error
        finally:
            if not self.connection.is_closed():
                await undone.rollback()

    async def generic(self, query: Query) -> PlanNode | None:
        """The plan that is made without values; None where there is none. `query` may have fewer parameters than
        types. Of a partitioned table it is told without the partitions that it leaves out for a value when it begins
        (for NULL all of them), so the fullest is taken."""
        told = [await self._generic(query, binding) for binding in query.bindings]
        return max((one for one in told if one is not None), key=lambda one: len(list(one.walk())), default=None)

    async def _generic(self, query: Query, binding: Binding) -> PlanNode | None:
        values = ", ".join("NULL" if one is None else literal(one) for one in binding.values)
        undone = self.connection.transaction()
        await undone.start()
        try:
            await self._prepare(query)
            await self.connection.execute(
                f"SET LOCAL plan_cache_mode = force_generic_plan; PREPARE {_NAME}{_typed(query)} AS {query.text}"
            )
            said = await self.connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {_NAME}({values})")
            return PlanNode.from_json(json.loads(said)[0]["Plan"])
        except REFUSALS as error:
            self._raise_if_lost(error)
            return None
        finally:
            if not self.connection.is_closed():
                await undone.rollback()
                with suppress(asyncpg.PostgresError):
                    await self.connection.execute(f"DEALLOCATE {_NAME}")

    async def _binding(self, query: Query, binding: Binding, repeats: int) -> Execution:
        """A transaction for all of its repetitions: what was done to the catalog before is known from the first on."""
        undone = self.connection.transaction()
        await undone.start()
        try:
            await self._prepare(query)
            return await self._repeated(query, arguments(query, binding), repeats)
        except asyncpg.QueryCanceledError:
            return self._ended(self.limit_s)
        except REFUSALS as error:
            self._raise_if_lost(error)
            raise NotRun(_words(error)) from error
        finally:
            if not self.connection.is_closed():
                await undone.rollback()

    async def _repeated(self, query: Query, values: Sequence[object], repeats: int) -> Execution:
        """The median one. The first execution reads what was done to the catalog, which only short ones feel."""
        first = await self._once(query, values)
        if first.ms > _WARM_MS or not repeats:
            return first
        found = [await self._once(query, values) for _ in range(repeats)]
        middle = median_low([one.ms for one in found])
        return next(one for one in found if one.ms == middle)

    async def _once(self, query: Query, values: Sequence[object]) -> Execution:
        if not query.writes:
            return await self._explain(query, values)
        await self.connection.execute(SAVEPOINT)
        found = await self._explain(query, values)
        await self.connection.execute(ROLLED_BACK)
        return found

    async def _explain(self, query: Query, values: Sequence[object]) -> Execution:
        return read_explained(await self.connection.fetchval(f"{EXPLAIN} {query.text}", *values))

    async def _prepare(self, query: Query) -> None:
        """What is checked at a transaction's end would never be, for it is rolled back."""
        limit_ms = max(1, round(self.limit_s * 1000))
        await self.connection.execute(
            f"SET LOCAL statement_timeout = {limit_ms}; SET LOCAL lock_timeout = {min(limit_ms, _LOCK_TIMEOUT_MS)}"
        )
        if query.writes:
            await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await self.clone.act(self.connection)

    async def _plan(self, query: Query, binding: Binding) -> PlanNode | None:
        undone = self.connection.transaction()
        await undone.start()
        try:
            await self._prepare(query)
            return await plan_of(self.connection, query, binding)
        except REFUSALS as error:
            self._raise_if_lost(error)
            return None
        finally:
            if not self.connection.is_closed():
                await undone.rollback()

    def _raise_if_lost(self, error: Exception) -> None:
        if self.connection.is_closed():
            raise RefusedError("cannot measure on the copy", why="the connection to it was lost") from error


def _typed(query: Query) -> str:
    return f" ({', '.join(query.types)})" if query.types else ""


def _words(error: Exception) -> str:
    return mask(str(error).strip().partition("\n")[0] or type(error).__name__)
