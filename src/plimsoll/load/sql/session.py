"""Connections as the load uses them: opened when needed, re-opened with backoff when lost, guarded where they must be.

A session is one server connection and its prepared statements. `begin` readies it for one statement: where the target
is protected, or a transaction pooler stands between, that opens a transaction of the right kind. All of it happens
before the step's `started`, so it counts as wait, and what closes the transaction comes after `finished`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.load.sql.statement_text import refuse_transaction_control
from plimsoll.postgres.session import SessionTraits

STATEMENTS_MAX = 256  # prepared on one connection; beyond it they are all forgotten and prepared anew
BACKOFF_FIRST_S = 0.05
BACKOFF_MAX_S = 2.0
CLOSE_S = 1.0  # for a cancel request and a polite goodbye
_FORGET = ("0A000", "26000")  # a cached plan no longer fits; a pooler lost the statement

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Statement(Protocol):
    async def fetch(self, *args: Any) -> list[Any]: ...

    def get_statusmsg(self) -> str: ...


Run = Callable[[Sequence[Any]], Awaitable[list[Any]]]


def run_directly(connection: Any, prepared: Any) -> Run:
    """A prepared statement's rows without asyncpg's outer layers, which cost 2.7 µs of 20 for each statement.

    What they check holds here anyway: the connection is in no pool of theirs, the statement not closed. The inner call
    itself refuses a closed or busy connection. It rests on names that asyncpg keeps to itself: where they are missing,
    the public way is taken.
    """
    bind_execute = getattr(getattr(connection, "_protocol", None), "bind_execute", None)
    state = getattr(prepared, "_state", None)
    if bind_execute is None or state is None:
        return lambda values: prepared.fetch(*values)
    return lambda values: bind_execute(state, values, "", 0, False, None)  # portal, limit, status, timeout


class _Unprepared:
    """A statement that leaves nothing behind on the server."""

    __slots__ = ("_connection", "_query", "_rows")

    def __init__(self, connection: asyncpg.Connection, query: str) -> None:
        self._connection = connection
        self._query = query
        self._rows = 0

    async def fetch(self, *args: Any) -> list[Any]:
        rows: list[Any] = await self._connection.fetch(self._query, *args)
        self._rows = len(rows)
        return rows

    def get_statusmsg(self) -> str:
        return f"OK {self._rows}"


@dataclass(slots=True)
class ConnectionCounts:
    """Shared by the sessions of a process."""

    opened: int = 0
    reopened: int = 0


class SqlSession:
    """One connection, opened at first use. Not for two tasks at once."""

    __slots__ = (
        "_closing",
        "_connect",
        "_counts",
        "_failures",
        "_random",
        "_retry_at",
        "_was_open",
        "connection",
        "direct",
        "statements",
        "traits",
    )

    def __init__(self, connect: Connect, traits: SessionTraits, counts: ConnectionCounts, random: Random) -> None:
        self._connect = connect
        self.traits = traits
        self._counts = counts
        self._random = random
        self._failures = 0
        self._retry_at = 0.0
        self._was_open = False
        self._closing: set[asyncio.Task[None]] = set()
        self.connection: asyncpg.Connection | None = None
        self.statements: dict[str, Statement] = {}
        self.direct: dict[str, Run] = {}  # the same without their layers; a key of one is a key of the other

    async def open(self) -> asyncpg.Connection:
        """The connection, opened (again) if need be; waits out the backoff after a failure first."""
        if self.connection is not None and not self.connection.is_closed():
            return self.connection
        self.forget()
        loop = asyncio.get_running_loop()
        pause = self._retry_at - loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        try:
            self.connection = await self._connect()
        except BaseException:
            self._failures += 1
            backoff = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** min(self._failures, 10))
            self._retry_at = loop.time() + backoff * self._random.uniform(0.5, 1.0)
            raise
        self._failures = 0
        self._counts.opened += 1
        self._counts.reopened += self._was_open
        self._was_open = True
        return self.connection

    def live(self) -> asyncpg.Connection:
        """The connection as it is, for what must not happen on another. Raises ConnectionError once it is lost."""
        if self.connection is None or self.connection.is_closed():
            raise ConnectionResetError("the connection was lost")
        return self.connection

    @property
    def is_used(self) -> bool:
        """Whether this or another session of the process has been opened."""
        return self._counts.opened > 0

    async def begin(self, query: str) -> Statement:
        """Readies one statement, inside a transaction of its own where the traits ask for one."""
        connection = await self.open()
        if self.traits.begin_sql:
            await connection.execute(self.traits.begin_sql)
        return await self.statement(query)

    async def end(self) -> None:
        """Closes what `begin` opened."""
        if self.traits.begin_sql and self.connection is not None:
            await self.connection.execute("COMMIT")

    async def statement(self, query: str) -> Statement:
        """A statement on the open connection, prepared once where that is allowed.

        It opens none: within a transaction a new connection would run the rest outside of it.
        """
        known = self.statements.get(query)
        if known is not None:
            return known
        refuse_transaction_control(query)
        connection = self.live()
        if not self.traits.prepared:
            return _Unprepared(connection, query)
        if len(self.statements) >= STATEMENTS_MAX:
            self.statements.clear()
            self.direct.clear()
        made: Statement = await connection.prepare(query)
        self.statements[query] = made
        self.direct[query] = run_directly(connection, made)
        return made

    async def recover(self, query: str, error: BaseException) -> None:
        """After a failed statement: forget it if need be, end its transaction, notice a lost connection."""
        connection = self.connection
        if getattr(error, "sqlstate", None) in _FORGET or isinstance(error, asyncpg.OutdatedSchemaCacheError):
            self.statements.pop(query, None)
            self.direct.pop(query, None)
        if connection is None:
            return
        if connection.is_closed():
            self.forget()
        elif isinstance(error, asyncpg.InternalClientError):  # the driver does not know where it is any more
            self.abandon()
        elif connection.is_in_transaction():
            try:
                await connection.execute("ROLLBACK", timeout=CLOSE_S)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self.abandon()

    def forget(self) -> None:
        self.connection = None
        self.statements.clear()
        self.direct.clear()

    def abandon(self) -> None:
        """Gives the connection up, whatever it is doing: cancels that on the server and closes, in the background."""
        connection = self.connection
        self.forget()
        if connection is not None:
            task = asyncio.get_running_loop().create_task(_close(connection))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Says goodbye, within CLOSE_S."""
        if self.connection is not None:
            self.abandon()
        if self._closing:
            await asyncio.wait(self._closing)


async def _close(connection: asyncpg.Connection) -> None:
    try:
        async with asyncio.timeout(2 * CLOSE_S):  # asyncpg's own limit leaves the cancel request out before 0.32
            await connection.close(timeout=CLOSE_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()


class Sessions(Protocol):
    """Where a user gets a session from: its own, or a pool of the process."""

    exclusive: bool  # whether a user always gets the same session

    async def acquire(self) -> SqlSession: ...

    def release(self, session: SqlSession) -> None: ...


class NoSessions:
    """For a load without a database."""

    exclusive = False

    async def acquire(self) -> SqlSession:
        raise UsageError(
            "there is no database to load",
            why="only a URL was given, and the scenario runs SQL",
            remedy="--dsn DSN beside --url, or an environment that names both",
        )

    def release(self, session: SqlSession) -> None:
        """Never called: nothing was acquired."""


class OwnSession:
    """A connection for each user: nothing to wait for."""

    __slots__ = ("session",)
    exclusive = True

    def __init__(self, session: SqlSession) -> None:
        self.session = session

    async def acquire(self) -> SqlSession:
        return self.session

    def release(self, session: SqlSession) -> None:
        pass


class SessionPool:
    """So many connections for all users of the process, given out in order of asking; the last one used goes first."""

    exclusive = False

    def __init__(self, sessions: Sequence[SqlSession]) -> None:
        self._free = list(sessions)
        self._asking: deque[asyncio.Future[SqlSession]] = deque()

    async def acquire(self) -> SqlSession:
        if self._free:
            return self._free.pop()
        asked: asyncio.Future[SqlSession] = asyncio.get_running_loop().create_future()
        self._asking.append(asked)
        try:
            return await asked
        except asyncio.CancelledError:
            if asked.done() and not asked.cancelled():
                self.release(asked.result())
            raise

    def release(self, session: SqlSession) -> None:
        while self._asking:
            asked = self._asking.popleft()
            if not asked.done():
                asked.set_result(session)
                return
        self._free.append(session)
