"""The one connection over which a database is watched: statements bounded, found again after a loss, with patience."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import asyncpg

from plimsoll.core.statement import OURS_WATCHING
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.postgres.losses import Loss, loss_in_words, loss_of_connecting, refused_in_words
from plimsoll.postgres.connecting import SessionTraits, connect_raw
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.pooler import is_pooled, pooler_hint

T = TypeVar("T")
APPLICATION_NAME: Final = "plimsoll watch"
# After each statement: by it pg_stat_statements tells which are ours. From 18 on it cuts off what stands before one.
OURS: Final = f" {OURS_WATCHING}"
STATEMENT_TIMEOUT_S: Final = 2.0
LOCK_TIMEOUT_SHARE: Final = 0.25  # of the statement's: who waits behind a lock makes others wait behind it
ANSWER_TIMES: Final = 1.5  # the statement's time, for a server that cannot even say that it is over
CONNECT_S: Final = 4.0
PATIENCE_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  # between attempts to find a lost server again
SERVER_FRESH_S: Final = 5.0  # how long what is known of the server counts as known
# After the crash of a process the server starts all others anew, and its counters with them, but is not itself younger.
ANEW_AT: Final = """extract(epoch FROM greatest(pg_catalog.pg_postmaster_start_time(),
    (SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE backend_type = 'checkpointer' LIMIT 1)))::float8"""
_SERVER: Final = f"""
SELECT current_setting('server_version_num')::int AS version, {ANEW_AT} AS started_at,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all,
       current_database()::text AS database, pg_catalog.pg_backend_pid() AS pid, current_user::text AS role
"""

_SMALLEST: Final = "SELECT 1"
_BARE: Final = SessionTraits(pooled=True)  # connections without settings: those are made here
_BARE_UNPREPARED: Final = SessionTraits(prepared=False, pooled=True)


class DatabaseLostError(CollectorLostError):
    """The server does not answer us. `full`: it answers that all its connections are taken."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.why, remedy=loss.remedy)
        self.full = loss.full


@dataclass(frozen=True, slots=True)
class Server:
    """What answers at the other end. `version` is server_version_num; `sees_all`: whether we have pg_monitor's right to
    see what other roles do (pg_read_all_stats). `started_at` is when its counters began at the latest."""

    version: int
    started_at: float
    in_recovery: bool
    sees_all: bool
    database: str
    pid: int
    role: str = ""


class DatabaseLink:
    """Shared by the collectors of one database; they take turns. Everything is read in read-only transactions.

    `spent_s` is the time that we waited for answers, `last_s` that of the last, which who asked reads before anything
    else is awaited: 0 where a `fetch` did not get as far as to ask. `transactions` is how many of those that the server
    counts are ours.
    Behind a pooler, or without prepared statements, each question is a transaction with settings of its own, since
    the next may be answered by another of the server's processes.
    """

    def __init__(
        self,
        locate: Callable[[], Target],
        *,
        prepared: bool | None = None,
        timeout_s: float = STATEMENT_TIMEOUT_S,
        patience_s: Sequence[float] = PATIENCE_S,
    ) -> None:
        """`locate` is asked at each attempt to connect; it raises CollectorLostError while the server has no address.

        `prepared` None keeps statements prepared where no pooler stands between, which is found out on connecting.
        """
        self.spent_s = 0.0
        self.last_s = 0.0
        self.transactions = 0
        self._locate = locate
        self._prepared = prepared
        self._pooled = False
        self.timeout_s = timeout_s
        self._patience_s = patience_s
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._server: Server | None = None
        self._server_at_s = 0.0
        self._failed = 0
        self._not_before_s = 0.0
        self._loss = Loss("not connected yet")

    @property
    def pid(self) -> int | None:
        """Of the server's process that answered last, as far as that is known."""
        return None if self._server is None else self._server.pid

    async def server(self) -> Server:
        """What is known of the server, at most some seconds old. Connects where that is needed.

        Raises CollectorLostError.
        """
        async with self._turn:
            connection = await self._connected()
            if self._server is None or time.monotonic() - self._server_at_s > SERVER_FRESH_S:
                try:
                    row = (await self._fetch(connection, _SERVER))[0]
                except asyncpg.PostgresError as error:
                    raise CollectorLostError(refused_in_words(error, self.timeout_s)) from None
                self._server, self._server_at_s = Server(**row), time.monotonic()
            return self._server

    async def fetch(self, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Rows. A statement that the server refuses, or gives up for its time, is raised as the driver's PostgresError;
        a loss of the server as CollectorLostError."""
        async with self._own_turn():
            return await self._fetch(await self._connected(), sql, *arguments)

    async def ask(self, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Rows, for questions without which there is nothing to see: all that fails is a CollectorLostError."""
        try:
            return await self.fetch(sql, *arguments)
        except asyncpg.PostgresError as error:
            raise CollectorLostError(refused_in_words(error, self.timeout_s)) from None

    async def rolled_back(self, steps: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """What `steps` make of one read-only transaction, of which nothing is kept. Raises as `fetch` does."""
        async with self._own_turn():
            connection = await self._connected()
            made: T = await self._guarded(connection, self._undone(connection, steps))
            return made

    async def answer_ms(self) -> float:
        """How long the server takes for the smallest question; waiting for our turn is not in it."""
        async with self._turn:
            connection = await self._connected()
            await self._guarded(connection, connection.fetchval(_SMALLEST + OURS))
            self.transactions += 1
            return self.last_s * 1000

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*FOREIGN, TimeoutError):
                await connection.close(timeout=1.0)

    async def _fetch(self, connection: asyncpg.Connection, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        one = connection.fetch if self._plain else self._transaction
        rows: Sequence[asyncpg.Record] = await self._guarded(connection, one(sql + OURS, *arguments))
        self.transactions += 1
        return rows

    async def _transaction(self, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """COMMIT also after an error, for there is nothing to keep: the server counts no rollback that is not one."""
        connection = self._connection
        assert connection is not None
        await connection.execute(f"BEGIN READ ONLY; {self._settings('SET LOCAL')}")
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(sql, *arguments)
        except asyncpg.PostgresError:
            if not connection.is_closed():
                await connection.execute("COMMIT")
            raise
        await connection.execute("COMMIT")
        return rows

    async def _undone(self, connection: asyncpg.Connection, steps: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        await connection.execute(f"BEGIN READ ONLY; {self._settings('SET LOCAL')}")
        try:
            return await steps(connection)
        finally:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")

    async def _guarded(self, connection: asyncpg.Connection, answer: Any) -> Any:
        """The answer within its time. Whatever leaves the connection in doubt gives it up."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.timeout_s * ANSWER_TIMES):
                return await answer
        except asyncpg.PostgresError as error:
            if connection.is_closed():
                raise self._lose(Loss(loss_in_words(error, self.timeout_s))) from None
            raise
        except (*FOREIGN, TimeoutError) as error:
            raise self._lose(Loss(loss_in_words(error, self.timeout_s))) from None
        except BaseException:
            self._lose(Loss("the question was given up before it was answered"))
            raise
        finally:
            self.last_s = time.perf_counter() - began
            self.spent_s += self.last_s

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        target = replace(self._locate(), application_name=APPLICATION_NAME)  # a server that is off is not lost
        if time.monotonic() < self._not_before_s:
            raise DatabaseLostError(self._loss)
        self._connection, self._server = None, None
        try:
            self._connection = await self._open(target)
        except (*FOREIGN, ValueError) as error:  # ValueError: what the driver cannot use of a DSN
            raise self._lose(loss_of_connecting(error, target)) from None
        except BaseException:
            self._lose(Loss("the server did not accept the connection in time"))
            raise
        self._failed = 0
        return self._connection

    async def _open(self, target: Target) -> asyncpg.Connection:
        """Where a pooler is found and nothing was said about prepared statements, once more without them."""
        async with asyncio.timeout(CONNECT_S):
            prepared = not (self._pooled or pooler_hint(target)) if self._prepared is None else self._prepared
            connection = await connect_raw(target, _BARE if prepared else _BARE_UNPREPARED, CONNECT_S)
            try:
                self._pooled = pooler_hint(target) or await is_pooled(connection)
                if self._plain:
                    await connection.execute(f"{self._settings('SET')}; SET default_transaction_read_only = on")
                    self.transactions += 1
            except BaseException:
                connection.terminate()
                raise
            if not (self._pooled and prepared and self._prepared is None):
                return connection
            await connection.close()
            return await connect_raw(target, _BARE_UNPREPARED, CONNECT_S)

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        """Who did not get as far as to ask has cost the server no time."""
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            self.last_s = 0.0
            raise
        self.last_s = 0.0
        try:
            yield
        finally:
            self._turn.release()

    @property
    def _plain(self) -> bool:
        return not self._pooled and self._prepared is not False

    def _settings(self, command: str) -> str:
        statement_ms = max(1, round(self.timeout_s * 1000))
        lock_ms = max(1, round(statement_ms * LOCK_TIMEOUT_SHARE))
        return f"{command} statement_timeout = {statement_ms}; {command} lock_timeout = {lock_ms}"

    def _lose(self, loss: Loss) -> DatabaseLostError:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        self._loss = loss
        self._not_before_s = time.monotonic() + self._patience_s[min(self._failed, len(self._patience_s) - 1)]
        self._failed += 1
        return DatabaseLostError(loss)
