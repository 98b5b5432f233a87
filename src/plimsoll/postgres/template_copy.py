"""A copy of a database, from which it is made anew as often as it is wanted, and which is put back in the end.

Nothing is ever lost, wherever this is cut off: the used database is dropped only when another one, made from the copy,
has taken its name, which happens in one transaction; and the copy leaves its place only by taking the name itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.database_traits import DatabaseTraits, quoted
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.side_door import side_door
from plimsoll.postgres.standing import STANDING, copy_name, obstacles

COPY_S_MAX: Final = 3600.0
END_OTHERS_EVERY_S: Final = 0.2  # clients that come back while we wait for them to go; the server waits 5 s

_END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class TemplateCopy:
    """`make`, then `renew` between runs, then `put_back`. `ended` counts the connections of others that were ended.

    `target` may be set anew: a server of our own comes back at another port.
    """

    def __init__(self, target: Target) -> None:
        self.ended = 0
        self.target = target
        self.name = copy_name(target.database, "copy")
        self._fresh = copy_name(target.database, "fresh")
        self._used = copy_name(target.database, "used")
        self._traits: DatabaseTraits | None = None
        self._how = ""

    async def make(self) -> None:
        """Copies the database. Raises RefusedError where that may not be, or where an earlier copy is still there."""
        async with self._beside() as (connection, other):
            standing = await connection.fetchrow(STANDING, self.target.database)
            self._refuse(obstacles(standing))
            await self._refuse_leftovers(connection)
            # file by file: through the log, a large database would be written twice
            self._how = " STRATEGY file_copy" if standing["version"] >= 150_000 else ""
            self._traits = await DatabaseTraits.read(connection, self.target.database)
            await self._alone(other, lambda: self._copy(connection, self.target.database, self.name))

    async def renew(self) -> None:
        """Puts a fresh database in the place of the used one. Raises RefusedError; the copy stays in any case."""
        async with self._beside() as (connection, other):
            await self._drop(connection, self._fresh)
            await self._copy(connection, self.name, self._fresh)
            await self._replace(connection, other, self._fresh)

    async def put_back(self) -> None:
        """The copy takes the place of the used database: it is then as it was before the first run."""
        async with self._beside() as (connection, other):
            await self._replace(connection, other, self.name)
            await self._drop(connection, self._fresh)

    async def _replace(self, connection: asyncpg.Connection, other: asyncpg.Connection, by: str) -> None:
        await self._drop(connection, self._used)  # one that could not be dropped last time
        await self._alone(other, lambda: self._swap(connection, by))
        await self._drop(connection, self._used)

    async def _drop(self, connection: asyncpg.Connection, name: str) -> None:
        """Only what `make` saw not to be there: it is of our own making."""
        await connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")

    async def _copy(self, connection: asyncpg.Connection, source: str, name: str) -> None:
        assert self._traits is not None
        owner = quoted(self._traits.owner)
        await connection.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(source)} OWNER {owner}{self._how}")
        try:
            await self._traits.give(connection, name)
        except BaseException:
            await self._drop(connection, name)  # a copy of what is still there
            raise

    async def _swap(self, connection: asyncpg.Connection, by: str) -> None:
        async with connection.transaction():
            await connection.execute(f"ALTER DATABASE {quoted(self.target.database)} RENAME TO {quoted(self._used)}")
            await connection.execute(f"ALTER DATABASE {quoted(by)} RENAME TO {quoted(self.target.database)}")

    async def _alone(self, other: asyncpg.Connection, work: Callable[[], Awaitable[None]]) -> None:
        """Does what needs the database without sessions. The server holds new ones off and waits for the old to go."""
        doing = asyncio.ensure_future(work())
        try:
            while not doing.done():
                self.ended += await other.fetchval(_END_OTHERS, self.target.database)
                await asyncio.wait({doing}, timeout=END_OTHERS_EVERY_S)
            await doing
        finally:
            doing.cancel()
            with suppress(BaseException):
                await doing

    @asynccontextmanager
    async def _beside(self) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
        """Two connections to another database of the server: one waits for what the other brings about."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(COPY_S_MAX):
                    pair = await self._connected(stack), await self._connected(stack)
                    yield pair
            except TimeoutError:
                raise self._failed(f"it took longer than {COPY_S_MAX:g} s") from None
            except FOREIGN as error:
                raise self._failed(self.target.mask(str(error))) from None

    async def _connected(self, stack: AsyncExitStack) -> asyncpg.Connection:
        connection = await side_door(self.target)
        stack.push_async_callback(_closed, connection)
        return connection

    async def _refuse_leftovers(self, connection: asyncpg.Connection) -> None:
        """A copy that is still there may be all that is left of what the database was."""
        names = [self.name, self._used, self._fresh]
        found = await connection.fetch("SELECT datname FROM pg_database WHERE datname = ANY($1::name[])", names)
        if found:
            there = found[0]["datname"]
            raise RefusedError(
                f"database {there!r} is there from a series that was cut off",
                where=self.target.display,
                why="it holds what the database was before, or after, that series",
                remedy=f"DROP DATABASE {quoted(there)} if nothing in it is needed, or rename it back",
            )

    def _refuse(self, found: list[str]) -> None:
        if found:
            raise RefusedError(
                'cannot reset by reset = "template"',
                where=self.target.display,
                why="; ".join(found),
                remedy='connect as the owner with CREATEDB, or use reset = "hook" and @reset in the scenario',
            )

    def _failed(self, why: str) -> RefusedError:
        return RefusedError(
            'reset = "template" failed',
            where=self.target.display,
            why=why,
            remedy=f"see which of {self.target.database} and {self.name} are there: nothing of the two was lost",
        )


async def _closed(connection: asyncpg.Connection) -> None:
    with suppress(*FOREIGN):
        await connection.close(timeout=2)
