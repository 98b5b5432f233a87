"""The one connection over which a database is watched: statements bounded, found again after a loss, with patience."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import PlimsollError
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN

APPLICATION_NAME: Final = "plimsoll watch"
# After each statement: by it pg_stat_statements tells which are ours. From 18 on it cuts off what stands before one.
OURS: Final = " /* plimsoll watch */"
STATEMENT_TIMEOUT_S: Final = 2.0
CONNECT_S: Final = 5.0
PATIENCE_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  # between attempts to find a lost server again
_SERVER: Final = """
SELECT current_setting('server_version_num')::int AS version, pg_postmaster_start_time() AS started_at,
       pg_is_in_recovery() AS in_recovery, pg_has_role('pg_monitor', 'USAGE') AS sees_all,
       current_database() AS database, pg_backend_pid() AS pid
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What answers at the other end. `version` is server_version_num; `sees_all`: whether we have pg_monitor."""

    version: int
    started_at: float
    in_recovery: bool
    sees_all: bool
    database: str
    pid: int


class DatabaseLink:
    """Shared by the collectors of one database; they take turns. `spent_s` is the time that we waited for answers."""

    def __init__(
        self, locate: Callable[[], Target], *, prepared: bool | None = None, timeout_s: float = STATEMENT_TIMEOUT_S
    ) -> None:
        """`locate` is asked at each attempt to connect; it raises CollectorLostError while the server has no address.

        `prepared` None: whether a pooler stands between is found out on connecting.
        """
        self.spent_s = 0.0
        self._locate = locate
        self._prepared = prepared
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._server: Server | None = None
        self._failed = 0
        self._not_before_s = 0.0
        self._why = ""

    async def server(self) -> Server:
        """Connects where that is needed. Raises CollectorLostError."""
        async with self._turn:
            await self._connected()
            assert self._server is not None
            return self._server

    async def fetch(self, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Rows. A statement that the server refuses is raised as the driver's PostgresError; a loss of the server as
        CollectorLostError. Both within the statement's time."""
        async with self._turn:
            connection = await self._connected()
            began = time.perf_counter()
            try:
                async with asyncio.timeout(self._timeout_s + 1.0):
                    rows: Sequence[asyncpg.Record] = await connection.fetch(sql + OURS, *arguments)
                    return rows
            except BaseException as error:
                if connection.is_closed() or not isinstance(error, asyncpg.PostgresError):
                    self._lose(str(error) or type(error).__name__)
                    if isinstance(error, (*FOREIGN, TimeoutError)):
                        raise CollectorLostError(self._why) from None
                raise
            finally:
                self.spent_s += time.perf_counter() - began

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*FOREIGN, TimeoutError):
                await connection.close(timeout=1.0)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        if time.monotonic() < self._not_before_s:
            raise CollectorLostError(self._why)
        try:
            self._connection = await connect(self._locate(), prepared=self._prepared, timeout_s=CONNECT_S)
            await self._settle(self._connection)
        except (CollectorLostError, PlimsollError, *FOREIGN, TimeoutError) as error:
            self._lose(str(error) or type(error).__name__)
            raise CollectorLostError(self._why) from None
        self._failed = 0
        return self._connection

    async def _settle(self, connection: asyncpg.Connection) -> None:
        milliseconds = round(self._timeout_s * 1000)
        await connection.execute(
            f"SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds};"
            f"SET application_name = '{APPLICATION_NAME}'; SET default_transaction_read_only = on"
        )
        row = await connection.fetchrow(_SERVER)
        self._server = Server(**{**row, "started_at": row["started_at"].timestamp()})

    def _lose(self, why: str) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        self._why = why
        self._not_before_s = time.monotonic() + PATIENCE_S[min(self._failed, len(PATIENCE_S) - 1)]
        self._failed += 1
