"""Reading the changelog again and again: each poll applied everywhere before the watermark moves.

Nothing is kept in the server's session, so that it works through a transaction pooler: there each poll is a transaction
of its own. A lost connection loses nothing: the next poll goes on from the position that was applied last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any, Final, Protocol

import asyncpg

from plimsoll.changes.clock import clock_s
from plimsoll.changes.database import OID
from plimsoll.changes.polling import (
    TEND_EVERY_S,
    Answer,
    Change,
    Counts,
    Crowd,
    Pace,
    Position,
    Reason,
    State,
    everything,
    retry_s,
    tend_again_s,
)
from plimsoll.changes.relying import RELIED, lacking
from plimsoll.changes.watch import Watch
from plimsoll.core.errors import RefusedError
from plimsoll.postgres.error_classes import FOREIGN

POLL_S_MAX: Final = 5.0  # of a poll, after which its connection is given up
CLOSE_S_MAX: Final = 1.0
_POLL: Final = f"SELECT snapshot, epoch, {OID} AS database, trimmed, number, xid, tags FROM plimsoll_changes.poll($1)"
_TEND: Final = "SELECT plimsoll_changes.tend()"

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Ask = Callable[..., Awaitable[Sequence[asyncpg.Record]]]  # a statement and its arguments, on the poller's connection
Besides = Callable[[Ask, bool], Awaitable[None]]  # True: it is the last time


class Sink(Protocol):
    """Where changes are applied. What raises holds the watermark; the same changes then come again.

    Sinks are called one after another, in order; `moved` of each once `apply` or `forget` of all are done. A poll that
    finds nothing calls `moved` only.
    """

    async def apply(self, changes: Sequence[Change]) -> None:
        """Evict what carries a tag and whose snapshot does not see the transaction."""

    async def forget(self, reason: Reason) -> None:
        """Evict everything: changes may be missing."""

    async def moved(self, state: State, sent_s: float) -> None:
        """All that `state.position` covers is applied everywhere; the poll was sent at `sent_s`, by `clock_s`."""


class Poller:
    """Polls over a connection that `connect` opens, and opens again.

    `pooled`: each poll is a transaction of its own, and `connect` gives connections without prepared statements.
    `position` is where to go on from; without one the first poll makes the sinks forget everything. `besides` are
    called after each poll of `run`, with what asks the server: for what is said now and then over the same connection;
    and a last time as `run` ends, if that was announced by `part`.
    `run` does not poll while `relied`, tables with their templates, is not written down whole: that is looked at before
    the first poll, and then about once a second.
    """

    def __init__(
        self,
        connect: Connect,
        sinks: Sequence[Sink],
        *,
        pooled: bool = False,
        position: Position | None = None,
        pace: Pace | None = None,
        random: Random | None = None,
        besides: Sequence[Besides] = (),
        relied: Sequence[Watch] = (),
    ) -> None:
        self._besides = tuple(besides)
        self._relied = tuple(relied)
        self._lacking, self._look_at_s = "", 0.0
        self._connect = connect
        self._sinks = tuple(sinks)
        self._pooled = pooled
        self._pace = pace or Pace()
        self._random = random or Random()
        self._connection: asyncpg.Connection | None = None
        self._tend_at_s = 0.0
        self._took_s = 0.0
        self._crowd = Crowd()
        self._hurried = asyncio.Event()
        self._parting = False
        self._asking = asyncio.Lock()
        self.state = State(position)
        self.counts = Counts()

    @property
    def age_s(self) -> float:
        """How old what was applied is at most, in seconds; infinite before the first poll."""
        return self.state.age_s(clock_s())

    async def run(self) -> None:
        """Until it is cancelled. What goes wrong is told by `counts.trouble`; the watermark then grows older."""
        pause_s, failures = self._pace.busy_s, 0
        try:
            while True:
                try:
                    found = 0 if await self._lacks() else await self.poll()
                    await self._tend()
                    await self._say()
                except asyncio.CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001  # whatever a sink raises: nobody else would go on polling
                    self.counts = self.counts.failed(_words(error))
                    await self._drop()
                    await asyncio.sleep(retry_s(failures, self._random))
                    failures += 1
                else:
                    failures = 0
                    pause_s = self._pace.pause_s(pause_s, found, self._took_s, self._crowd.polls)
                    await self._rest(pause_s)
        finally:
            if self._parting:
                await self._say_last()
            await self.close()

    def part(self) -> None:
        """Whoever cancels `run` from now on means to end it."""
        self._parting = True

    def hurry(self) -> None:
        """Somebody waits for what a poll of `run` would tell that is sent from now on. Of its event loop."""
        self._hurried.set()

    async def _rest(self, pause_s: float) -> None:
        """For so long, or until somebody waits."""
        least_s = min(pause_s, self._pace.hurried_pause_s(self._took_s, self._crowd.polls))
        await asyncio.sleep(least_s)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurried.wait(), pause_s - least_s)
        self._hurried.clear()

    async def poll(self) -> int:
        """One poll, applied; returns how many rows it found. Not beside `run`. Raises what driver and sinks raise."""
        position = self.state.position
        sent_s = clock_s()
        answer = Answer.read(await self._ask(_POLL, None if position is None else str(position.snapshot)))
        self._took_s = clock_s() - sent_s
        self._crowd = self._crowd.polled(answer.number, sent_s)
        reason = everything(self.state, answer)
        if reason is not None:
            for sink in self._sinks:
                await sink.forget(reason)
        elif answer.changes:
            for sink in self._sinks:
                await sink.apply(answer.changes)
        state = self.state.applied(answer, sent_s)
        for sink in self._sinks:
            await sink.moved(state, sent_s)
        self.state = state
        self.counts = self.counts.polled(len(answer.changes), reason)
        return len(answer.changes)

    async def tend(self) -> int:
        """Has the server look after the changelog; returns how many rows it deleted. Raises what the driver raises."""
        rows = await self._ask(_TEND)
        self.counts = replace(self.counts, tended=self.counts.tended + 1, neglected="")
        return int(rows[0]["tend"])

    async def ask(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Something else, over the same connection: polls wait meanwhile. Raises what the driver raises."""
        return await self._ask(statement, *arguments)

    async def close(self) -> None:
        """Leaves nothing open; the position stays, so that one may go on."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=CLOSE_S_MAX)
            except (*FOREIGN, TimeoutError):
                connection.terminate()

    async def _tend(self) -> None:
        """Now and then. Somebody's lock, or a right that is missing, is no reason not to poll."""
        now_s = clock_s()
        if now_s < self._tend_at_s:
            return
        self._tend_at_s = now_s + TEND_EVERY_S * self._random.uniform(0.8, 1.2)
        try:
            deleted = await self.tend()
        except asyncpg.PostgresError as error:
            self.counts = replace(self.counts, neglected=_words(error))
        else:
            self._tend_at_s = min(self._tend_at_s, now_s + tend_again_s(deleted))

    async def _lacks(self) -> bool:
        """Whether a poll would not tell all that is relied on. The watermark then grows old, as without a server."""
        now_s = clock_s()
        if self._relied and now_s >= self._look_at_s:
            self._lacking = lacking(self._relied, await self._ask(RELIED))
            self._look_at_s = now_s + TEND_EVERY_S
        if self._lacking:
            self.counts = replace(self.counts, trouble=self._lacking)
        return bool(self._lacking)

    async def _say_last(self) -> None:
        """Where polls are answered. What goes wrong is of no interest any more."""
        if self._lacking or (self.counts.polls and not self.counts.trouble):
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S_MAX):
                    await self._say(last=True)

    async def _say(self, *, last: bool = False) -> None:
        """What is refused there is no reason not to poll."""
        for besides in self._besides:
            try:
                await besides(self._ask, last)
            except asyncpg.PostgresError as error:
                self.counts = replace(self.counts, neglected=_words(error))

    async def _ask(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        async with asyncio.timeout(POLL_S_MAX), self._asking:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            connection = self._connection
            try:
                rows: Sequence[asyncpg.Record]
                if self._pooled:
                    async with connection.transaction():
                        rows = await connection.fetch(statement, *arguments)
                else:
                    rows = await connection.fetch(statement, *arguments)
                return rows
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    connection.terminate()
                raise

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._lacking, self._look_at_s = "", 0.0
        if connection is not None:
            with suppress(*FOREIGN):
                connection.terminate()


def _words(error: BaseException) -> str:
    """What is wrong, and what to do about it where that is known."""
    if isinstance(error, asyncpg.UndefinedFunctionError | asyncpg.InvalidSchemaNameError):
        return "there is no changelog in this database: plimsoll cache install"
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return "this role may not poll: plimsoll cache install --reader ROLE"
    if isinstance(error, asyncpg.ObjectNotInPrerequisiteStateError):
        return "the server is a standby: changes are polled from the primary"
    if isinstance(error, TimeoutError):
        return f"no answer within {POLL_S_MAX:g} s"
    said = " ".join(str(error).split()) or type(error).__name__
    return f"{said}: {error.remedy}" if isinstance(error, RefusedError) and error.remedy else said
