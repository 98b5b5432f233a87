"""Transactions as one step: BEGIN, role and claims, statements, COMMIT, tried again where PostgreSQL asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from time import monotonic_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.load.language.feeding import Feed
from plimsoll.load.language.scenario import StepFailed

if TYPE_CHECKING:
    from plimsoll.load.language.sql_steps import SqlSteps

Isolation = Literal["read committed", "repeatable read", "serializable"]

RETRIED = ("40001", "40P01")  # serialization_failure, deadlock_detected
RETRIES_MAX = 100
BACKOFF_FIRST_S = 0.002
BACKOFF_MAX_S = 0.25


class Transactions:
    """The attempts of one transaction: an asynchronous iterator that ends with the first that commits."""

    def __init__(
        self,
        user: SqlSteps,
        step: str,
        retries: int,
        isolation: Isolation | None,
        role: str | None,
        claims: Mapping[str, Any] | None,
    ) -> None:
        if not 0 <= retries <= RETRIES_MAX:
            raise UsageError(f"wrong retries for {step!r}", why=f"{retries!r} is not from 0 to {RETRIES_MAX}")
        if isolation is not None and isolation not in get_args(Isolation):
            choice = ", ".join(repr(level) for level in get_args(Isolation))
            raise UsageError(f"unknown isolation {isolation!r} for {step!r}", remedy=f"one of {choice}")
        self.user = user
        self.step = step
        self.isolation = isolation
        self.role = role
        self.claims = claims
        self.attempts_left = retries + 1
        self.started = 0
        self._inner = user.nested  # within a user.step, which is the step then
        self._times = user.begin_step()
        self._attempts = 0

    async def __aenter__(self) -> NoReturn:
        raise UsageError(
            f"transaction {self.step!r} is not opened so",
            why="it may have to be tried again, which takes a loop",
            remedy="async for tx in user.transaction(...): async with tx: await tx.execute(...)",
        )

    async def __aexit__(self, *_: object) -> None:
        """Never reached; without it Python would complain before `__aenter__` can explain."""

    def __aiter__(self) -> Transactions:
        return self

    async def __anext__(self) -> Transaction:
        if self.attempts_left == 0:
            raise StopAsyncIteration
        if self._attempts:
            self.user.retries += 1
            await asyncio.sleep(self.user.jitter(min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0**self._attempts)))
        self._attempts += 1
        self.attempts_left -= 1
        return Transaction(self)

    def finish(self, error: str = "", finished: int = 0) -> None:
        """Records the step: from the arrival to the last attempt's end."""
        self.attempts_left = 0
        if self._inner:
            return
        times = (*self._times, self.started or monotonic_ns())
        self.user.end_step(self.step, "transaction", times, error=error, finished=finished)


class Transaction:
    """One attempt. `execute` returns the command's tag, `fetch` rows, `fetchrow` a row or None, `fetchval` a value."""

    def __init__(self, attempts: Transactions) -> None:
        self._attempts = attempts
        self._user = attempts.user
        self._query = ""

    async def __aenter__(self) -> Transaction:
        try:
            await self._open()
        except BaseException as error:  # noqa: BLE001  # a stop too must leave the session in order
            self._attempts.attempts_left = 0  # there is no body to go round again
            await self._fail(error)
        return self

    async def _open(self) -> None:
        session = await self._user.acquire()
        connection = await session.open()
        attempts = self._attempts
        attempts.started = attempts.started or monotonic_ns()
        self._user.extend_deadline()
        begin = session.traits.begin_sql or "BEGIN"
        if attempts.isolation is not None:
            begin = begin.replace("BEGIN", f"BEGIN ISOLATION LEVEL {attempts.isolation.upper()}", 1)
        if attempts.role is not None:
            quoted = attempts.role.replace('"', '""')
            begin = f'{begin}; SET LOCAL ROLE "{quoted}"'
        await connection.execute(begin)
        if attempts.claims is not None:
            claims = json.dumps({name: self._drawn(value) for name, value in attempts.claims.items()}, default=str)
            await self._run("SELECT set_config('request.jwt.claims', $1, true)", (claims,))

    async def execute(self, query: str, *parameters: Any) -> str:
        """Runs a statement and returns its command tag, such as "UPDATE 1"."""
        return (await self._guarded(query, parameters))[1]

    async def fetch(self, query: str, *parameters: Any) -> list[Any]:
        return (await self._guarded(query, parameters))[0]

    async def fetchrow(self, query: str, *parameters: Any) -> Any:
        rows = await self.fetch(query, *parameters)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *parameters: Any) -> Any:
        row = await self.fetchrow(query, *parameters)
        return None if row is None else row[0]

    async def _guarded(self, query: str, parameters: tuple[Any, ...]) -> tuple[list[Any], str]:
        self._query = query
        return await self._run(query, tuple(self._drawn(value) for value in parameters))

    async def _run(self, query: str, values: tuple[Any, ...]) -> tuple[list[Any], str]:
        session = self._user.session
        if session is None:
            raise UsageError(
                "this transaction is not open",
                remedy="async for tx in user.transaction(...): async with tx: await tx.execute(...)",
            )
        if not session.live().is_in_transaction():  # however it was left: what follows would be guarded by nothing
            raise UsageError(
                "this transaction has ended", remedy="leave BEGIN, COMMIT and ROLLBACK to user.transaction"
            )
        self._user.extend_deadline()
        statement = await session.statement(query)
        rows = await statement.fetch(*values)
        self._user.deadline_ns = 0
        return rows, statement.get_statusmsg()

    @staticmethod
    def _drawn(value: Any) -> Any:
        return value.draw() if type(value) is Feed else value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            try:
                await self._commit()
            except BaseException as failure:  # noqa: BLE001  # as above
                return await self._fail(failure)
            return False
        return await self._fail(error)

    async def _commit(self) -> None:
        session = self._user.session
        assert session is not None
        self._user.extend_deadline()
        tag = await session.live().execute("COMMIT")
        finished = monotonic_ns()
        if tag != "COMMIT":  # the server rolls back what had failed, whatever became of the error here
            raise asyncpg.InFailedSQLTransactionError("a statement of this transaction had failed: rolled back")
        self._user.release()
        self._attempts.finish(finished=finished)

    async def _fail(self, error: BaseException) -> bool:
        """True if the attempt is to be made again; else records the failure and raises StepFailed."""
        finished = monotonic_ns()
        attempts = self._attempts
        failed = await self._user.settle(error, self._query)
        if failed in RETRIED and attempts.attempts_left:
            return True
        attempts.finish(failed, finished)
        if isinstance(error, StepFailed):
            raise error
        raise StepFailed(attempts.step, failed, str(error)) from error
