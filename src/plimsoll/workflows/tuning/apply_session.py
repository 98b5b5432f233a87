"""Carrying out the steps of a migration: each with a limit to what it waits for, watched, and cleaned up after."""

import asyncio
import time
from collections.abc import Sequence
from itertools import count
from typing import Final

import asyncpg

from plimsoll.core.tuning.change import Step
from plimsoll.core.units import format_duration
from plimsoll.postgres.error_classes import FOREIGN, LOST, error_class
from plimsoll.tune.migrating.locks import is_concurrent, lock_timeout_s
from plimsoll.tune.migrating.naming import built_name
from plimsoll.tune.migrating.progress import PROGRESS, Teller
from plimsoll.tune.migrating.selecting import leaves_something, leftover_of, pause_s
from plimsoll.workflows.tuning.request import Say

LOOK_S: Final = 1.0  # between two looks at a build
CHECK_MS: Final = 15_000
CLEAN_S: Final = 30.0  # for dropping what was broken off
CLEAN_LOCK_S: Final = 10
_LIMITED: Final = 17  # the version from which on a transaction may have a limit


class StepError(Exception):
    """A step that could not be done. `sqlstate` is "" where the connection is lost."""

    def __init__(self, why: str, sqlstate: str) -> None:
        super().__init__(why)
        self.why, self.sqlstate = why, sqlstate


class StoppedError(Exception):
    """Somebody asked to stop; what was under way is cancelled on the server, and what it left is dropped."""


class Session:
    """One connection that carries out, and one that looks on; None where there is none."""

    def __init__(
        self, connection: asyncpg.Connection, watcher: asyncpg.Connection | None, stop: asyncio.Event, say: Say
    ) -> None:
        self.connection = connection
        self._watcher = watcher
        self._stop = stop
        self._say = say
        self.left: list[str] = []  # statements that drop what could not be dropped

    async def is_done(self, step: Step) -> bool:
        """Whether there is nothing to do. Raises what the driver raises."""
        if not step.check:
            return False
        await self.connection.execute(f"SET statement_timeout = {CHECK_MS}")
        return bool(await self.connection.fetchval(step.check))

    async def carry_out(self, steps: Sequence[Step], at: int) -> bool:
        """Whether there was something to do. Raises StepError and StoppedError."""
        step = steps[at]
        try:
            if await self.is_done(step):
                return False
            await self._tried(steps, at)
            if step.check and not await self.is_done(step):
                raise StepError(_undone(step), "done")
        except FOREIGN as error:
            raise step_error(error) from error
        return True

    async def _tried(self, steps: Sequence[Step], at: int) -> None:
        sql = steps[at].sql
        for attempt in count(1):
            try:
                await self._send(sql)
            except StoppedError:
                await self._clean(steps, at)
                raise
            except FOREIGN as error:
                if leaves_something(_sqlstate(error)):
                    await self._clean(steps, at)
                pause = pause_s(_sqlstate(error), attempt, concurrently=is_concurrent(sql))
                if pause is None:
                    raise
                self._say(f"others hold a lock that it needs; trying again in {format_duration(pause)}")
                await self._paused(pause)
            else:
                return

    async def _send(self, sql: str) -> None:
        if self._stop.is_set():
            raise StoppedError
        await self._unlimited(lock_timeout_s(sql))
        sent = asyncio.ensure_future(self.connection.execute(sql))
        stopped = asyncio.ensure_future(self._stop.wait())
        teller = Teller()
        try:
            while not sent.done() and not stopped.done():
                await asyncio.wait({sent, stopped}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                if not sent.done() and not stopped.done():
                    await self._tell(teller)
            if not sent.done():
                raise StoppedError
            sent.result()
        finally:
            stopped.cancel()
            if not sent.done():  # the driver cancels it on the server, and waits for that before it sends again
                sent.cancel()
                await asyncio.wait({sent}, timeout=CLEAN_S)

    async def _unlimited(self, lock_s: int) -> None:
        """But for locks: limits of the role's own would break a build off."""
        more = "; SET transaction_timeout = 0" if self.connection.get_server_version().major >= _LIMITED else ""
        await self.connection.execute(f"SET statement_timeout = 0; SET lock_timeout = '{lock_s}s'{more}")

    async def _tell(self, teller: Teller) -> None:
        if self._watcher is None:
            return
        try:
            row = await self._watcher.fetchrow(PROGRESS, self.connection.get_server_pid(), timeout=LOOK_S)
        except (*FOREIGN, TimeoutError):
            self._watcher = None  # the build is what counts
            return
        words = teller.words(row, time.monotonic()) if row is not None else ""
        if words:
            self._say(f"  {words}")

    async def _paused(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
        raise StoppedError

    async def _clean(self, steps: Sequence[Step], at: int) -> None:
        """Drops the index that a build which was broken off leaves behind; says so where that fails."""
        leftover = leftover_of(steps, at)
        if leftover is None or self.connection.is_closed():
            return
        name = built_name(steps[at].sql)
        try:
            async with asyncio.timeout(CLEAN_S):
                if await self.is_done(leftover):
                    return
                self._say(f"dropping {name}, which is not finished")
                await self._unlimited(CLEAN_LOCK_S)
                await self.connection.execute(leftover.sql)
        except (*FOREIGN, TimeoutError):
            self.left.append(leftover.sql)
            self._say(f"{name} is left behind, not valid: {leftover.sql};")


def _undone(step: Step) -> str:
    if "ATTACH PARTITION" in step.sql or " ON ONLY " in step.sql:
        return (
            "the index of the partitioned table is not whole yet: there are partitions that were made meanwhile; "
            "apply it again"
        )
    return "the server did it, and yet it is not so: somebody has changed it again"


def step_error(error: BaseException) -> StepError:
    state = _sqlstate(error)
    words = " ".join(str(error).split()) or type(error).__name__
    waited = " (others held the lock all the time)" if state == "55P03" else ""
    return StepError(f"{words}{waited}", state)


def _sqlstate(error: BaseException) -> str:
    name = error_class(error)
    return "" if name == LOST or isinstance(error, OSError) else name
