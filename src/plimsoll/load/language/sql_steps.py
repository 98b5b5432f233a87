"""SQL steps: statements on the hot path from a step to its recorded row, and transactions."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic_ns
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.core.sample import StepKind
from plimsoll.load.language.feeding import Feed, FeedExhausted
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.transaction import Isolation, Transactions
from plimsoll.load.language.traveller import NO_STATEMENTS, Traveller
from plimsoll.load.recording.recorder import BUFFER_BYTES, ROW, ROW_BYTES
from plimsoll.load.sql.session import SqlSession

_pack_row = ROW.pack_into


class SqlSteps(Traveller):
    """`user.sql` and `user.transaction`."""

    __slots__ = ()

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
        _pack_row(recorder.buffer, at, number, self.number, scheduled, ready, started, finished, 0, 0, 0, 0, 0, 0, 0)
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
        self._statements = NO_STATEMENTS  # until the session is released nothing else may run on it
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
            return self.settle_cancelled(error)
        if session is not None:
            self.deadline_ns = 0  # recovering has its own
            await session.recover(query, error)
            self.release()
        self.deadline_ns = 0
        if isinstance(error, (FeedExhausted, UsageError)):
            raise error
        return self.describe(error)

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
