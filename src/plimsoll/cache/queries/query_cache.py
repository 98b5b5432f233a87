"""`db.fetch(sql, *parameters)`: answers kept by statement, parameters and who asks; their tags come from the plan.

What may not be kept runs as if there were no cache, and is counted by reason.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from plimsoll.cache.face import Face
from plimsoll.cache.fill.filling import Filling, Standing, filling
from plimsoll.cache.fill.wish import checked_several
from plimsoll.cache.queries.analyzing import WantsSettingError
from plimsoll.cache.queries.context import Context, Told
from plimsoll.cache.queries.counts import Counted, QueryStatus
from plimsoll.cache.queries.facts import Facts, Judgement
from plimsoll.cache.queries.keys import UnsureError, key_of
from plimsoll.cache.queries.known import LOOK_S
from plimsoll.cache.queries.large import Large
from plimsoll.cache.queries.learning import Learning, RefusedCall
from plimsoll.cache.queries.looking import CrowdedError, Looking
from plimsoll.cache.queries.refusing import SETTINGS_MAX, checked_trusted
from plimsoll.cache.queries.rows import Packed, Row, Rows, packed
from plimsoll.cache.queries.sessions import Guise, Own, Sessions, ask
from plimsoll.cache.queries.tagging import moment_among, tags_of
from plimsoll.cache.store.lookup import NOT_PLAIN
from plimsoll.changes.clock import clock_s
from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import above, at_least

ROWS_MAX: Final = 10_000  # of an answer that is kept
BYTES_MAX: Final = 4_000_000
SETTINGS_OF_MAX: Final = 1_000  # statements whose settings are remembered
WAIT_S: Final = 10.0  # for a connection of the pool
_LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class _Call(NamedTuple):
    """What is asked for, by whom, and what it rests on."""

    sql: str
    parameters: tuple[Any, ...]
    context: Context
    facts: Facts
    tags: tuple[str, ...]
    key: str

    @property
    def about(self) -> tuple[object, ...]:
        return self.context.key(self.facts.judgement.settings)

    def all_tags(self) -> tuple[str, ...]:
        return (*tags_of(self.facts.judgement, self.parameters, self.context.settings), self.facts.tag, *self.tags)


class QueryCache:
    """Statements through a pool of asyncpg, answered from `cache` where that is right: docs/guides/cache-queries.md.

    `cache` has to follow the changes of the pool's database. `alike`: all sessions of the pool have one role and the
    same settings, so that a hit needs none of them; else each call asks a session who it is. `trusted`: functions,
    "schema.name", that rest on nothing but their arguments and the `tags` that are given with them. An answer of more
    than `rows_max` rows or `bytes_max` bytes is not kept. `wait_s`: for a connection, at most. `schema_s`: how
    old what is known of the schema may be, in seconds. For one event loop.
    """

    def __init__(
        self,
        cache: Face,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        alike: bool = False,
        trusted: Iterable[str] = (),
        rows_max: int = ROWS_MAX,
        bytes_max: int = BYTES_MAX,
        wait_s: float = WAIT_S,
        schema_s: float = LOOK_S,
    ) -> None:
        if not above(schema_s, 0):
            why = f"the schema cannot have been looked at {schema_s!r:.60} s ago or later"
            raise UsageError("not a time of a query cache", why=why, remedy="set schema_s=1.0 for a second")
        for told, most in (("rows_max", rows_max), ("bytes_max", bytes_max), ("wait_s", wait_s)):
            if not at_least(most, 0):
                raise UsageError("not a limit of a query cache", why=f"{told} is {most!r:.60}", remedy="set a number")
        given: tuple[object, object] = cache, pool
        if not isinstance(given[0], Face) or not hasattr(given[1], "acquire"):
            why = "got {!r:.60} and {!r:.60}".format(*given)
            raise UsageError("a query cache needs a cache and a pool", why=why, remedy="pass a pool of asyncpg")
        self._cache = cache
        self._alike = alike
        self._large = Large(rows_max, bytes_max)
        self._sessions = Sessions(pool, Guise(), wait_s=wait_s)
        self._looking = Looking(
            self._sessions, checked_trusted(trusted), look_s=schema_s, drop=self._changed, ask=lambda: cache._desk.ask
        )
        self._counted = Counted()
        cache._desk.count_queries(self._counted)
        self._learning = Learning(lambda: cache._desk.tier1.database)
        self._settings: dict[str, tuple[str, ...]] = {}

    def as_(self, role: str | Own = Own.ROLE, settings: Mapping[str, str] | None = None) -> "QueryCache":
        """The same, in that role and with these settings: for each statement, as SET LOCAL in a transaction.

        Without a role, in the session's own. Raises UsageError for what names none, as "" does.
        """
        sessions = Sessions(self._sessions.pool, Guise(role, dict(settings or {})), wait_s=self._sessions.wait_s)
        return self._beside(sessions, alike=self._alike)

    def on(self, connection: Any) -> "QueryCache":
        """The same, through that connection, as who it is: within a transaction, for example. While it is open."""
        return self._beside(Sessions(self._sessions.pool, Guise(), connection), alike=False)

    async def fetch(
        self,
        sql: str,
        *parameters: Any,
        ttl: float | None = None,
        tags: Iterable[str] = (),
        timeout: float | None = None,
    ) -> Rows:
        """All rows. `ttl` in seconds; None: until something that they rest on changes. `tags`: what they rest on too.

        `timeout` in seconds: of the whole call, waiting for a connection and for others' fills included. Raises what
        the driver raises for the statement, TimeoutError, and UsageError for what is no tag.
        """
        if timeout is None:
            return Rows(await self._answer(sql, parameters, ttl, tags))
        async with asyncio.timeout(timeout):
            return Rows(await self._answer(sql, parameters, ttl, tags))

    async def fetchrow(
        self,
        sql: str,
        *parameters: Any,
        ttl: float | None = None,
        tags: Iterable[str] = (),
        timeout: float | None = None,
    ) -> Row | None:
        """The first row of `fetch`, or None."""
        rows = await self.fetch(sql, *parameters, ttl=ttl, tags=tags, timeout=timeout)
        return rows[0] if rows else None

    async def fetchval(
        self,
        sql: str,
        *parameters: Any,
        column: int = 0,
        ttl: float | None = None,
        tags: Iterable[str] = (),
        timeout: float | None = None,
    ) -> Any:
        """A value of the first row of `fetch`, or None."""
        row = await self.fetchrow(sql, *parameters, ttl=ttl, tags=tags, timeout=timeout)
        return None if row is None else row[column]

    async def explain(self, sql: str) -> Judgement:
        """Whether the statement would be kept, by which tags, and if not, why. Nothing is executed."""
        try:
            _, facts = await self._known(sql)
        except RefusedCall as refused:
            return Judgement(str(refused))
        return facts.judgement

    def status(self) -> QueryStatus:
        known = self._looking.known
        return self._counted.told(len(known), known.changed)

    def _changed(self, tags: Sequence[str]) -> None:
        """What rests on statements that mean something else now is gone here."""
        if tags:
            self._cache._desk.tier1.invalidate(tags)

    def _beside(self, sessions: Sessions, *, alike: bool) -> "QueryCache":
        """Another way to ask, which knows and counts together with this one."""
        other = object.__new__(QueryCache)
        other.__dict__.update(self.__dict__)
        other._sessions, other._alike = sessions, alike
        return other

    async def _answer(self, sql: str, parameters: tuple[Any, ...], ttl: float | None, tags: Iterable[str]) -> Packed:
        if (within := filling()) is not None and within.afresh:
            return await self._executed(sql, parameters, within)
        try:
            call = await self._call(sql, parameters, checked_several(tags))
        except RefusedCall as refused:
            self._counted.refuse(str(refused))
            if within is not None:  # what that fills would rest on what nobody knows
                within.refuse(str(refused))
            return await self._executed(sql, parameters)
        kept: Packed
        if (found := self._cache.plain(self._cache.prefix + call.key)) is not NOT_PLAIN:
            self._counted.cached += 1
            kept = found
            return kept
        at_hand, reasons = [self._sessions], list[str]()
        try:
            fill = self._fill(call, at_hand, reasons)
            kept = await self._cache.fetch(call.key, fill, ttl=ttl, tags=call.all_tags())
            return kept
        finally:
            at_hand.clear()
            if reasons:
                self._counted.refuse(reasons[0])
            else:
                self._counted.cached += 1

    def _fill(self, call: _Call, at_hand: Sequence[Sessions], reasons: list[str]) -> Callable[..., Awaitable[Packed]]:
        """Fills as who called. One that runs on after the call, to refresh, has no right to the caller's connection.
        `reasons` hear why the answer is not to be kept."""
        beside = Sessions(self._sessions.pool, self._sessions.guise, wait_s=self._sessions.wait_s)

        async def fill(run: Filling) -> Packed:
            sessions = at_hand[0] if at_hand else beside

            async def rows(connection: asyncpg.Connection) -> Packed:
                self._stand(run, call, await ask(connection, call.facts.judgement.settings))
                return _packed(await connection.fetch(call.sql, *call.parameters))

            kept = await sessions.through(rows)
            if why := self._large.judged(call.key, kept, clock_s()):
                run.refuse(why)
            if run.refused:
                reasons.append(run.refused)
            return kept

        return fill

    def _stand(self, run: Filling, call: _Call, told: Told) -> None:
        """What the session that fills says of itself, before it answers."""
        _heard(run, told)
        if told.context.key(call.facts.judgement.settings) != call.about:
            self._learning.forget()
            run.refuse("another session than the one that was asked who it is")

    async def _executed(self, sql: str, parameters: Sequence[Any], afresh: Filling | None = None) -> Packed:
        async def rows(connection: asyncpg.Connection) -> Packed:
            if afresh is not None:
                _heard(afresh, await ask(connection))
            return _packed(await connection.fetch(sql, *parameters))

        return await self._sessions.through(rows)

    async def _call(self, sql: str, parameters: tuple[Any, ...], tags: tuple[str, ...]) -> _Call:
        """Raises RefusedCall."""
        context, facts = await self._known(sql)
        judgement = facts.judgement
        if judgement.refused:
            raise RefusedCall(judgement.refused)
        if moment_among(judgement, parameters):
            raise RefusedCall("a parameter may be read as a date that is another each day")
        try:
            made = key_of(sql, facts.fingerprint, (*context.key(judgement.settings), *sorted(tags)), parameters)
        except UnsureError as unsure:
            raise RefusedCall(str(unsure)) from None
        key = f"sql:{made}"
        if key in self._large.calls and (why := self._large.why(key, clock_s())):
            raise RefusedCall(why)
        return _Call(sql, parameters, context, facts, tags, key)

    async def _known(self, sql: str) -> tuple[Context, Facts]:
        """Who asks, with the settings that the statement asks for, and what is known of it. Raises RefusedCall."""
        names: Sequence[str] = (*self._sessions.guise.settings, *self._settings.get(sql, ()))
        try:
            context = await self._learning.context(self._sessions, names, alike=self._alike)
            for _ in range(SETTINGS_MAX + 1):
                try:
                    facts = await self._looking.facts(sql, context)
                    wanted = facts.judgement.settings
                except WantsSettingError as wants:
                    wanted = wants.names
                if context.knows(wanted):
                    return context, facts
                names = tuple(sorted({*context.settings, *wanted}))
                _remember(self._settings, sql, names)
                context = await self._learning.context(self._sessions, names, alike=self._alike)
        except CrowdedError:
            raise RefusedCall("too many new statements at once: write values as parameters") from None
        except _LOST as error:
            raise RefusedCall(f"it cannot be found out what it reads: {type(error).__name__}") from None
        raise RefusedCall(f"it asks for more than {SETTINGS_MAX} settings")


def _heard(run: Filling, told: Told) -> None:
    run.stands(Standing(str(told.snapshot), None, standby=False, isolation="read committed", database=told.database))
    if told.objection:
        run.refuse(told.objection)


def _packed(rows: Sequence[asyncpg.Record]) -> Packed:
    return packed(tuple(rows[0].keys()) if rows else (), rows)


def _remember(held: dict[Any, Any], key: object, value: object) -> None:
    """Within SETTINGS_OF_MAX: what came first goes."""
    held.pop(key, None)
    held[key] = value
    if len(held) > SETTINGS_OF_MAX:
        del held[next(iter(held))]
