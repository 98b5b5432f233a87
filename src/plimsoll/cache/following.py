"""Following a database's changes: a thread of its own with an event loop of its own, whatever the application is.

A busy loop of the application does not make the watermark age, and applications without one have the same. Nothing
that goes wrong here is raised into the application: the watermark ages, reads go to the database, `told` says why.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any, Final

import asyncpg

from plimsoll.cache.asking import in_loop
from plimsoll.cache.giving import Giving
from plimsoll.cache.tier1 import Tier1
from plimsoll.changes.clock import clock_s
from plimsoll.changes.poller import Besides, Connect, Poller, Sink
from plimsoll.changes.polling import Change, Counts, Pace, Position, Reason, State, retry_s
from plimsoll.changes.watch import Watch
from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.numbers import above
from plimsoll.postgres.connecting import TIMEOUT_S, connect, learn_traits
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.pooler import is_pooled
from plimsoll.settings.masking import Secret, mask

TEND_EVERY_S: Final = 0.1  # what is held is looked at in steps of some 50 µs, about as often
CLOSE_S_MAX: Final = 5.0
EVERY_S_MAX: Final = 0.1
# What this thread, a connection or somebody who asks would import later. Where a process forks in the midst of it, the
# child waits for the import for ever.
LATER: Final = (
    "concurrent.futures.thread",
    "encodings.idna",
    "plimsoll.cache.fill.cached",
    "plimsoll.cache.fill.warming",
    "plimsoll.cache.status",
    "plimsoll.cache.watching.openmetrics",
    "plimsoll.cache.watching.reporting",
    "plimsoll.cache.writing",
)
for _name in LATER:
    import_module(_name)


def target_of(dsn: object) -> Target:
    """Where changes are followed. Raises UsageError for what cannot be read."""
    if not isinstance(dsn, str | Secret):
        why = f"it is of type {type(dsn).__name__}"
        raise UsageError("not a DSN to follow", why=why, remedy="pass its text, or a function that opens a connection")
    return read_target(dsn, os.environ, where="DSN to follow")


@dataclass(frozen=True, slots=True)
class Followed:
    """What is known of following. `age_s`: how old what is applied is at most; None: nothing is. `trouble` is why it is
    not known better, `neglected` why the changelog is not looked after; "" if all is well."""

    age_s: float | None
    polls: int
    rows: int
    failures: int
    everything: dict[str, int]
    trouble: str
    neglected: str


def pace_of(every_s: float, staleness_s: float, busy_s: float | None = None) -> Pace:
    """A poll each `every_s` seconds where nothing changes, and each `busy_s` (None: a fifth of that) where something
    does. Raises UsageError for what puts the promise at risk."""
    most_s = min(EVERY_S_MAX, staleness_s / 2)
    if not above(every_s, 0) or every_s > most_s:
        why = f"every_s is {every_s!r:.60}, and with staleness_s={staleness_s:g} at most {most_s:g} is possible"
        raise UsageError("the database cannot be polled like that", why=why, remedy="every_s=0.025")
    busy_s = every_s / 5 if busy_s is None else busy_s
    if not above(busy_s, 0) or busy_s > every_s:
        why = f"busy_s is {busy_s!r:.60}, and with every_s={every_s:g} more than 0 and at most {every_s:g} is possible"
        raise UsageError("the database cannot be polled like that", why=why, remedy="leave busy_s out")
    return Pace(busy_s, every_s, every_s / 5, slowest_s=EVERY_S_MAX)


class Tier1Sink:
    """The first of the sinks: what a poll found is applied in this process."""

    def __init__(self, tier1: Tier1) -> None:
        self._tier1 = tier1

    async def apply(self, changes: Sequence[Change]) -> None:
        self._tier1.apply(changes)

    async def forget(self, reason: Reason) -> None:
        self._tier1.forget()

    async def moved(self, state: State, sent_s: float) -> None:
        assert state.position is not None
        self._tier1.advance(state.position, sent_s)


class Following:
    """Follows from `start` on, until `close`. `sinks` come after tier 1's, in order.

    `where` is a target, or what opens a connection of asyncpg; for that `pooled` says whether a transaction pooler is
    between, and None finds it out. `besides`: what is said to the server now and then, and `relied`: see Poller.
    """

    def __init__(
        self,
        where: Target | Connect,
        tier1: Tier1,
        sinks: Sequence[Sink] = (),
        *,
        pooled: bool | None = None,
        pace: Pace | None = None,
        besides: Sequence[Besides] = (),
        relied: Sequence[Watch] = (),
    ) -> None:
        self._besides = besides
        self._relied = relied
        self.resume: Callable[[], Awaitable[Position | None]] | None = None  # where to poll from, if known
        self._where = where
        self._tier1 = tier1
        self._tier1.on_awaited = self.hurry
        self._sinks = (Tier1Sink(tier1), *sinks)
        self._pooled = pooled
        self._pace = pace
        self._random = Random()
        self._poller: Poller | None = None
        self._trouble = ""
        self._failures = 0
        self._prepared = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._outcome = threading.Condition()
        self._closed = False
        self._moved = False
        self._thread = threading.Thread(target=self._run, name="plimsoll-cache", daemon=True)

    def start(self) -> None:
        """Begins, and does not wait for anything."""
        self._thread.start()

    def wait(self, wait_s: float) -> None:
        """For the first poll, so long. Raises RefusedError with what hinders it, at once where something does."""
        with self._outcome:
            self._outcome.wait_for(lambda: self._moved or self.trouble or self._closed, wait_s)
            if self._moved:
                return
            why = self.trouble or f"no answer within {wait_s:g} s"
        remedy = "mend that, or follow without wait_s: reads go to the database until it is mended"
        raise RefusedError("changes cannot be followed", why=why, remedy=remedy)

    def hurry(self) -> None:
        """Somebody carries a token that is not seen yet: the next poll need not wait for its time. From any thread."""
        loop, poller = self._loop, self._poller
        if loop is not None and poller is not None:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(poller.hurry)

    async def ask(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Over the connection that polls, between two polls, for any event loop: what must not wait for a pool.

        Raises ConnectionError where there is no following, and what the driver raises.
        """
        loop, poller = self._loop, self._poller
        if loop is None or poller is None or self._closed:
            raise ConnectionError("changes are not followed")
        return await in_loop(loop, poller.ask(statement, *arguments))

    def close(self) -> None:
        """Ends the thread. What is cached is served for no longer than the promise's staleness from now on."""
        with self._outcome:
            self._closed = True
            if self._poller is not None:
                self._poller.part()
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # it has just ended by itself
                    self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread is not threading.current_thread() and self._thread.ident is not None:
            self._thread.join(CLOSE_S_MAX)

    @property
    def trouble(self) -> str:
        """Why nothing newer is known; "" if all is well. Holds no secret."""
        return mask(self._trouble or ("" if self._poller is None else self._poller.counts.trouble))

    @property
    def told(self) -> Followed:
        """What is known of it now."""
        counts = Counts() if self._poller is None else self._poller.counts
        state = State() if self._poller is None else self._poller.state
        age_s = None if state.watermark_s is None else max(0.0, state.age_s(clock_s()))
        failures = self._failures + counts.failures
        return Followed(
            age_s, counts.polls, counts.rows, failures, dict(counts.everything), self.trouble, mask(counts.neglected)
        )

    # -- in its thread

    def _run(self) -> None:
        """Again from the beginning if something goes wrong that nobody thought of: nobody else would follow."""
        while not self._closed:
            try:
                with asyncio.Runner() as runner:
                    runner.run(self._begin())
            except asyncio.CancelledError:
                return
            except Exception as error:  # noqa: BLE001  # told, and mended where it can be
                self._trouble = f"following failed: {_words(error)}"
                self._poller = None
                with self._outcome:
                    self._outcome.wait_for(lambda: self._closed, retry_s(self._failures, self._random))
                self._failures += 1

    async def _begin(self) -> None:
        task = asyncio.current_task()
        with self._outcome:
            self._loop, self._task = asyncio.get_running_loop(), task
            if self._closed:
                return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._keep_house())
        finally:
            with self._outcome:
                self._loop = self._task = None
                self._outcome.notify_all()

    async def _follow(self) -> None:
        pooled = await self._learnt()
        sinks = (*self._sinks, _Telling(self._has_moved))
        position = None if self.resume is None else await self.resume()
        self._poller = Poller(
            self._connect,
            sinks,
            pooled=pooled,
            position=position,
            pace=self._pace,
            besides=self._besides,
            relied=self._relied,
        )
        await self._poller.run()

    async def _learnt(self) -> bool:
        """Whether a pooler is between: asked until there is an answer."""
        while True:
            try:
                pooled = await self._look_for_pooler()
            except Exception as error:  # noqa: BLE001  # `where` is the application's, and may raise anything
                self._trouble = _words(error)
                self._tell()
                await asyncio.sleep(retry_s(self._failures, self._random))
                self._failures += 1
            else:
                self._trouble = ""
                return pooled

    async def _look_for_pooler(self) -> bool:
        if isinstance(self._where, Target):
            prepared = None if self._pooled is None else not self._pooled
            traits = await learn_traits(self._where, prepared=prepared)
            self._prepared = traits.prepared
            return traits.pooled if self._pooled is None else self._pooled
        if self._pooled is not None:
            return self._pooled
        async with asyncio.timeout(TIMEOUT_S):
            connection = await self._where()
            try:
                return await is_pooled(connection)
            finally:
                connection.terminate()

    async def _connect(self) -> asyncpg.Connection:
        if not isinstance(self._where, Target):
            return await self._where()
        return await connect(self._where, prepared=self._prepared)

    async def _keep_house(self) -> None:
        """Expired and invalidated values go here, not in the application's loop, and memory is given back."""
        giving = Giving(self._tier1)
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            now_s = clock_s()
            self._tier1.tend(now_s)
            giving.step(now_s)
            if self.trouble:
                self._tell()

    def _has_moved(self) -> None:
        if not self._moved:
            self._moved = True
            self._tell()

    def _tell(self) -> None:
        with self._outcome:
            self._outcome.notify_all()


class _Telling:
    """The last of the sinks: tells who waits that a poll was applied."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    async def apply(self, changes: Sequence[Change]) -> None:
        pass

    async def forget(self, reason: Reason) -> None:
        pass

    async def moved(self, state: State, sent_s: float) -> None:
        self._tell()


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = " ".join(str(error).split()) or type(error).__name__
    return f"{said}: {error.remedy}" if isinstance(error, PlimsollError) and error.remedy else said
