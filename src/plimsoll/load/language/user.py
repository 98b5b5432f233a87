"""The virtual user: what a journey is given, and the hot path from a step to its recorded row."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from time import monotonic_ns
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.core.sample import StepKind
from plimsoll.load.language.feeding import Feed, FeedExhausted
from plimsoll.load.language.scenario import Journey, StepFailed, line_in
from plimsoll.load.language.step import Step
from plimsoll.load.language.world import World
from plimsoll.load.recording.recorder import BUFFER_BYTES, NAMES_MAX, ROW, ROW_BYTES
from plimsoll.load.sql.session import Run, Sessions, SqlSession
from plimsoll.load.sql.transaction import Isolation, Transactions
from plimsoll.postgres.error_classes import FOREIGN, error_class

NO_ROW = -1
OUTSIDE_STEPS = "(outside steps)"  # the step under which a scenario's mistakes between its steps are counted
_NO_STATEMENTS: dict[str, Run] = {}
_pack_row = ROW.pack_into


class User:
    """One virtual user. Its public methods are the scenario language; see docs/guides/scenarios.md."""

    __slots__ = (
        "_arrival_ready",
        "_arrival_scheduled",
        "_first_started",
        "_journey_number",
        "_journeys",
        "_limits",
        "_numbers",
        "_own_session",
        "_problems",
        "_random",
        "_recorder",
        "_sessions",
        "_source",
        "_statements",
        "_think_ns",
        "current_journey",
        "cut_off",
        "deadline_ns",
        "expired",
        "failed",
        "nested",
        "number",
        "retries",
        "row_at",
        "session",
        "shared",
        "started",
        "state",
        "stopping",
        "task",
    )

    def __init__(self, number: int, sessions: Sessions, random: Random, world: World) -> None:
        self.number = number
        self.shared: Any = world.shared
        self.state: dict[str, Any] = {}
        self.session: SqlSession | None = None
        self.task: asyncio.Task[None] | None = None
        self.stopping = False
        self.row_at = NO_ROW
        self.deadline_ns = 0
        self.expired = False
        self.failed = False  # the last journey
        self.retries = 0
        self.cut_off = 0
        self._recorder = world.recorder
        self._sessions = sessions
        self._statements = _NO_STATEMENTS
        self._own_session: SqlSession | None = None
        self._problems = world.problems
        self._source = world.source
        self._limits = world.limits
        self._random = random
        self.current_journey = ""
        self.started = False
        self._numbers: dict[str, int] = {}
        self._journey_number = 0
        self._journeys: dict[str, tuple[int, dict[str, int]]] = {}  # by name: its number, its steps' numbers
        self._arrival_scheduled = 0
        self._arrival_ready = 0
        self._first_started = 0
        self._think_ns = 0
        self.nested = False  # within a user.step

    # -- the scenario language ----------------------------------------------------------------------------------------

    async def sql(self, step: str, query: str, *parameters: Any) -> list[Any]:
        """Runs one statement as a step and returns its rows. Feeds among the parameters are drawn.

        Raises StepFailed when the statement fails, its class being the SQLSTATE.
        """
        values = [value.draw() if type(value) is Feed else value for value in parameters]
        if self.nested:
            return await self._sql_unrecorded(step, query, values)
        scheduled = self._arrival_scheduled
        if scheduled:
            self._arrival_scheduled = 0
            ready = self._arrival_ready
        else:
            scheduled = ready = monotonic_ns()
        run = self._statements.get(query)
        if run is None:
            return await self._sql_slowly(step, query, values, scheduled, ready)
        started = monotonic_ns()
        self.deadline_ns = started + self._limits.statement_ns
        try:
            rows = await run(values)
        except BaseException as error:
            raise await self._failure(step, "sql", query, error, scheduled, ready, started) from error
        finished = monotonic_ns()
        self.deadline_ns = 0
        number = self._numbers.get(step)
        if number is None:
            number = self._number_of(step, "sql")
        recorder = self._recorder
        if recorder.end >= BUFFER_BYTES:
            recorder.hand_over()
        at = recorder.end
        _pack_row(recorder.buffer, at, number, self.number, scheduled, ready, started, finished, 0, 0)
        recorder.end = at + ROW_BYTES
        self.row_at = at
        if not self._first_started:
            self._first_started = started
        return rows

    def transaction(
        self,
        step: str,
        *,
        retries: int = 0,
        isolation: Isolation | None = None,
        role: str | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Transactions:
        """One step from BEGIN to COMMIT, tried again up to `retries` times on a serialization failure or deadlock.

            async for tx in user.transaction("transfer", retries=3):
                async with tx:
                    await tx.execute("UPDATE ...", account)

        `isolation` is "read committed", "repeatable read" or "serializable"; without it the server's own holds.
        `role` is set with SET LOCAL ROLE, `claims` as the setting request.jwt.claims, both for the transaction only.
        """
        return Transactions(self, step, retries, isolation, role, claims)

    def step(self, step: str) -> Step:
        """Measures anything: `async with user.step("pick reviewer"): ...`; steps inside it are not steps themselves."""
        return Step(self, step)

    async def think(self, low: float, high: float | None = None) -> None:
        """Pauses for `low` seconds, or uniformly between `low` and `high`; never part of a latency."""
        if low < 0 or (high is not None and high < low):
            raise UsageError("wrong think time", why=f"{low!r} to {high!r} seconds is not a range")
        before = monotonic_ns()
        await asyncio.sleep(low if high is None else self._random.uniform(low, high))
        self._think_ns += monotonic_ns() - before

    def draw(self, feed: Feed) -> Any:
        """The next value of a feed."""
        if not isinstance(feed, Feed):
            raise UsageError("user.draw takes a feed", why=f"it was given a {type(feed).__name__}")
        return feed.draw()

    def check(self, name: str, passed: object) -> None:
        """Unless `passed`, marks the step just made as failed with class "check: NAME", and raises StepFailed."""
        if passed:
            return
        error = f"check: {name}"
        if self.nested:
            raise StepFailed(name, error)
        if self.row_at == NO_ROW:
            raise UsageError(f"check {name!r} has no step to judge", remedy="check after a step of the same journey")
        self._recorder.fail_row(self.row_at, error)
        raise StepFailed(name, error)

    # -- what the executors call --------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Opens the user's own connection before it is needed; a pool's are the process's affair."""
        if self._sessions.exclusive:
            await (await self._sessions.acquire()).open()

    async def connect_ahead(self) -> None:
        """As `connect`, but only where the journeys of this process have needed a connection so far."""
        if self._sessions.exclusive and (await self._sessions.acquire()).is_used:
            await self.connect()

    async def close(self) -> None:
        if self._sessions.exclusive:
            await (await self._sessions.acquire()).close()

    @property
    def made_step(self) -> bool:
        """Whether the last journey made any step."""
        return self._first_started != 0

    async def begin(self, journey: Journey, scheduled: int, ready: int) -> None:
        """Makes the user's @start, whose steps are recorded and which is no journey itself. Raises StepFailed."""
        self._begin(journey.name, scheduled, ready)
        try:
            await journey.function(self)
        except (StepFailed, FeedExhausted):
            raise
        except Exception as mistake:
            raise StepFailed(journey.name, self.describe(mistake), str(mistake)) from mistake
        finally:
            self.row_at = NO_ROW
            self.current_journey = ""  # whoever is cut off from now on was on no journey

    async def travel(self, journey: Journey, scheduled: int, ready: int) -> None:
        """Makes one journey and records it. Raises FeedExhausted, and what a stop raises; nothing else."""
        self._begin(journey.name, scheduled, ready)
        error = ""
        try:
            await journey.function(self)
        except StepFailed as failed:
            error = failed.error_class
        except (FeedExhausted, asyncio.CancelledError):
            self.row_at = NO_ROW  # its last step ended all the same: it is counted
            raise
        except Exception as mistake:  # noqa: BLE001  # a scenario's own mistake fails its journey, not the run
            error = self.describe(mistake)
            self._count_mistake(error)
        self._finish(scheduled, ready, error)
        self.failed = bool(error)
        if error:
            await asyncio.sleep(0)  # a failure may never have waited for anything, and others want to go on

    def _count_mistake(self, error: str) -> None:
        """A mistake outside any step is a failed step of its own: no error may be missing from the totals."""
        scheduled, ready = self.begin_step()
        self.end_step(OUTSIDE_STEPS, "custom", (scheduled, ready, ready), error=error)

    def _begin(self, journey: str, scheduled: int, ready: int) -> None:
        self.current_journey = journey
        known = self._journeys.get(journey)
        if known is None:
            known = self._journeys[journey] = (self._recorder.journey_number(journey), {})
        self._journey_number, self._numbers = known
        self._arrival_scheduled = scheduled
        self._arrival_ready = ready
        self._first_started = 0
        self._think_ns = 0
        self.row_at = NO_ROW

    def _finish(self, scheduled: int, ready: int, error: str) -> None:
        self.row_at = NO_ROW
        self.current_journey = ""
        recorder = self._recorder
        failed = recorder.error_number(error) if error else 0
        started = self._first_started or ready
        if recorder.end >= BUFFER_BYTES:
            recorder.hand_over()
        at, number, finished = recorder.end, self._journey_number, monotonic_ns()
        _pack_row(recorder.buffer, at, number, self.number, scheduled, ready, started, finished, self._think_ns, failed)
        recorder.end = at + ROW_BYTES

    # -- shared with step.py and transaction.py ------------------------------------------------------------------------

    def begin_step(self) -> tuple[int, int]:
        """(scheduled, ready) of a step that begins now."""
        if self._arrival_scheduled:
            return self._take_arrival()
        now = monotonic_ns()
        return now, now

    def end_step(
        self, step: str, kind: StepKind, times: tuple[int, int, int], *, error: str = "", finished: int = 0
    ) -> None:
        """Records a step; `times` are scheduled, ready and started."""
        number = self._numbers.get(step)
        if number is None:
            number = self._number_of(step, kind)
        failed = self._recorder.error_number(error) if error else 0
        self.deadline_ns = 0
        self.row_at = self._recorder.record(number, self.number, *times, finished or monotonic_ns(), 0, failed)
        self._first_started = self._first_started or times[2]

    def jitter(self, seconds: float) -> float:
        """Between half of `seconds` and all of it, by the user's own chance."""
        return seconds * self._random.uniform(0.5, 1.0)

    async def acquire(self) -> SqlSession:
        """A session to run statements on, until `release`."""
        if self.session is not None:
            raise UsageError(
                "one user does one thing at a time",
                why="a transaction is open, or another statement of this user is under way",
                remedy="inside `async with tx` use tx.execute and tx.fetch; outside, await one step after another",
            )
        self._statements = _NO_STATEMENTS  # until the session is released nothing else may run on it
        self.deadline_ns = monotonic_ns() + self._limits.connect_ns + self._limits.statement_ns
        self.session = await self._sessions.acquire()
        return self.session

    def release(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            self._sessions.release(session)
            if session is self._own_session:
                self._statements = session.direct

    def extend_deadline(self) -> None:
        self.deadline_ns = monotonic_ns() + self._limits.statement_ns

    async def settle(self, error: BaseException, query: str) -> str:
        """Puts the session right after a failure, and says the error's class. A stop and a mistake are raised again."""
        session = self.session
        if not isinstance(error, Exception):
            if session is not None:
                session.abandon()
            self.release()
            return self._settle_cancelled(error)
        if session is not None:
            self.deadline_ns = 0  # recovering has its own
            await session.recover(query, error)
            self.release()
        self.deadline_ns = 0
        if isinstance(error, (FeedExhausted, UsageError)):
            raise error
        return self.describe(error)

    def _settle_cancelled(self, error: BaseException) -> str:
        if not (self.expired and isinstance(error, asyncio.CancelledError)):
            self.cut_off += not self.nested
            self.deadline_ns = 0
            raise error
        self.expired = False
        self.deadline_ns = 0
        if self.task is not None:
            self.task.uncancel()
        return "timeout"

    def expire(self) -> None:
        """Gives up what the user is waiting for; called once `deadline_ns` has passed."""
        self.expired = True
        if self.task is not None:
            self.task.cancel()

    def describe(self, error: Exception) -> str:
        """The error's class; the first message of each class is kept to be shown."""
        if isinstance(error, StepFailed):
            return error.error_class
        found = error_class(error)
        if not isinstance(error, FOREIGN):  # the scenario's own mistake
            line = line_in(error, self._source)
            found = f"scenario: {type(error).__name__}" + (f", line {line}" if line else "")
        self._problems.note(found, str(error) or type(error).__name__)
        return found

    # -- inside -------------------------------------------------------------------------------------------------------

    def _take_arrival(self) -> tuple[int, int]:
        scheduled, self._arrival_scheduled = self._arrival_scheduled, 0
        return scheduled, self._arrival_ready

    def _number_of(self, step: str, kind: StepKind) -> int:
        number = self._recorder.step_number(self.current_journey, step, kind)
        if len(self._numbers) < NAMES_MAX:  # names made anew for each call must not fill the memory
            self._numbers[step] = number
        return number

    async def _sql_slowly(self, step: str, query: str, values: list[Any], scheduled: int, ready: int) -> list[Any]:
        """The way that can connect, wait for the pool, prepare, and wrap in a transaction."""
        started = 0
        try:
            session = await self.acquire()
            statement = await session.begin(query)
            started = monotonic_ns()
            self.extend_deadline()
            rows = await statement.fetch(*values)
            finished = monotonic_ns()
            await session.end()
        except BaseException as error:
            raise await self._failure(step, "sql", query, error, scheduled, ready, started) from error
        if self._sessions.exclusive and session.traits.plain and session.traits.prepared:
            self._own_session = session
        self.release()
        self.end_step(step, "sql", (scheduled, ready, started), finished=finished)
        return rows

    async def _sql_unrecorded(self, step: str, query: str, values: list[Any]) -> list[Any]:
        try:
            session = await self.acquire()
            statement = await session.begin(query)
            rows = await statement.fetch(*values)
            await session.end()
        except BaseException as error:
            raise StepFailed(step, await self.settle(error, query), str(error)) from error
        self.release()
        self.deadline_ns = 0
        return rows

    async def _failure(
        self, step: str, kind: StepKind, query: str, error: BaseException, scheduled: int, ready: int, started: int
    ) -> StepFailed:
        finished = monotonic_ns()
        self.session = self.session or self._own_session
        failed = await self.settle(error, query)
        self.end_step(step, kind, (scheduled, ready, started or finished), error=failed, finished=finished)
        return StepFailed(step, failed, str(error))
