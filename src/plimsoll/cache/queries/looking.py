"""Finding out what statements read, once for all who ask at the same time, and looking whether that still holds."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

import asyncpg

from plimsoll.cache.queries.analyzing import Stamps, analyze, stamps
from plimsoll.cache.queries.context import Context
from plimsoll.cache.queries.facts import Facts
from plimsoll.cache.queries.known import LOOK_S, Allowance, Known, Look, Statement
from plimsoll.cache.queries.sessions import Sessions
from plimsoll.changes.clock import clock_s
from plimsoll.changes.poller import Ask
from plimsoll.core.tag_text import TAGS_BY_HAND_MAX

_WRITE_SQL: Final = "SELECT plimsoll_changes.write($1)"
LOOK_S_MAX: Final = 5.0  # that a look or an analysis may take
LOOK_WAIT_S: Final = 1.0  # for a look; who has waited so long asks the database
UNTOLD_MAX: Final = 2_000  # tags that are still to be told; of more, the last
T = TypeVar("T")


class CrowdedError(Exception):
    """There are too many new statements to look at each."""


class Looking:
    """Facts of statements that held within the last `look_s`. For one event loop."""

    def __init__(
        self,
        sessions: Sessions,
        trusted: frozenset[str],
        clock: Callable[[], float] = clock_s,
        look_s: float = LOOK_S,
        drop: Callable[[Sequence[str]], None] | None = None,
        ask: Callable[[], Ask | None] = lambda: None,
    ) -> None:
        """`drop` hears the tags of statements that mean something else now. `ask` gives by what to look, so that no
        hit waits until the pool has a connection; None: through the pool."""
        self._drop = drop
        self._ask = ask
        self._untold: list[str] = []
        self._telling: asyncio.Task[None] | None = None
        self._clock = clock
        self.known = Known(look_s=look_s)
        self._allowance = Allowance()
        self._sessions = sessions
        self._trusted = trusted
        self._analyses: dict[Statement, asyncio.Task[Facts]] = {}
        self._look: asyncio.Task[None] | None = None

    async def facts(self, sql: str, context: Context) -> Facts:
        """Raises CrowdedError, WantsSettingError, TimeoutError, and what the driver raises."""
        statement = (sql, *context.planned)
        now_s = self._clock()
        facts = self.known.get(statement, now_s)
        if self.known.is_due(now_s):
            self._looking()
        if facts is None and self.known.helps(statement):
            async with asyncio.timeout(LOOK_WAIT_S):
                await asyncio.shield(self._looking())
            facts = self.known.get(statement, self._clock())
        if facts is not None:
            return facts
        running = self._analyses.get(statement)
        if running is None:
            if not self._allowance.take(now_s):
                raise CrowdedError
            running = begun(self._analyzed(statement, sql, context), lambda: self._analyses.pop(statement, None))
            self._analyses[statement] = running
        return await asyncio.shield(running)

    def _looking(self) -> "asyncio.Task[None]":
        """The look that runs, or one that begins now."""
        if self._look is None:
            self._look = begun(self._looked(self.known.look()), self._forget_look)
        return self._look

    def _forget_look(self) -> None:
        self._look = None

    async def _looked(self, look: Look) -> None:
        ask = self._ask()
        async with asyncio.timeout(LOOK_S_MAX):
            if ask is not None:
                self._found(look, self._clock(), await stamps(ask, look.relations, look.functions, look.roles))
                return
            async with self._sessions.plain() as connection:
                sent_s = self._clock()
                found = await stamps(connection.fetch, look.relations, look.functions, look.roles)
            self._found(look, sent_s, found)

    def _found(self, look: Look, sent_s: float, found: Stamps) -> None:
        changed = self.known.looked(look, found, sent_s)
        if changed and self._drop is not None:
            self._drop(changed)
        self._untold = [*self._untold, *changed][-UNTOLD_MAX:]
        if self._untold and self._telling is None:
            self._telling = begun(self._told(), self._forget_telling)

    def _forget_telling(self) -> None:
        self._telling = None

    async def _told(self) -> None:
        """Through the pool, whose role may tell it; what could not be told is, after the next look."""
        tags, self._untold = self._untold, []
        try:
            async with asyncio.timeout(LOOK_S_MAX), self._sessions.plain() as connection:
                await _tell(connection, tags)
        except BaseException:
            self._untold = [*tags, *self._untold][-UNTOLD_MAX:]
            raise

    async def _analyzed(self, statement: Statement, sql: str, context: Context) -> Facts:
        async with asyncio.timeout(LOOK_S_MAX), self._sessions.plain() as connection:
            asked_s = self._clock()
            facts = await analyze(connection, sql, context, self._trusted)
        self.known.put(statement, facts, asked_s)
        return facts


async def _tell(connection: asyncpg.Connection, tags: Sequence[str]) -> None:
    """All other processes, where our role may: they may hold what was filled from such answers, and ask for none."""
    try:
        for at in range(0, len(tags), TAGS_BY_HAND_MAX):
            await connection.execute(_WRITE_SQL, tags[at : at + TAGS_BY_HAND_MAX])
    except asyncpg.PostgresError:
        if connection.is_closed():
            raise


def begun(work: Coroutine[Any, Any, T], ended: Callable[[], object]) -> "asyncio.Task[T]":
    """Who began it may be cancelled, and others go on waiting for it; nobody may be there for what it raises."""
    task = asyncio.get_running_loop().create_task(work)

    def done(_: "asyncio.Task[T]") -> None:
        ended()
        if not task.cancelled():
            task.exception()

    task.add_done_callback(done)
    return task
