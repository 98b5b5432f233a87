"""Connections as who asks wants them, and what they say of themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final, TypeVar

import asyncpg

from plimsoll.cache.queries.context import CONTEXT_SQL, Told
from plimsoll.core.errors import UsageError

T = TypeVar("T")
_NO_ROLES: Final = ("", "none")  # both set no role, so that the session's own is asked, which may pass policies by
_SET_SQL: Final = """
SELECT pg_catalog.set_config(name, value, true)
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS s (name, value)
"""


class Own(Enum):
    """No text, so that whoever has no name of a role at hand does not ask as the session by mistake."""

    ROLE = "the session's own"


@dataclass(frozen=True)
class Guise:
    """As whom statements run: a role, and settings that hold for them alone."""

    role: str | Own = Own.ROLE
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = self.role is Own.ROLE or _names_role(self.role)
        if not named or not all(isinstance(text, str) for text in (*self.settings, *self.settings.values())):
            why = "settings, and what they are set to, are texts" if named else f"{self.role!r:.60} names no role"
            raise UsageError("cannot ask as that", why=why, remedy='as_("app_user", {"app.tenant": "42"})')

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Plain texts, which each hit has hashed: an Enum's hash is a call."""
        return "" if self.role is Own.ROLE else self.role, *sorted(self.settings.items())


def _names_role(role: object) -> bool:
    return isinstance(role, str) and role not in _NO_ROLES and "\0" not in role


class Sessions:
    """Gives connections of a pool of asyncpg, in a guise; or one and the same, if there is one."""

    def __init__(self, pool: Any, guise: Guise, connection: Any = None, wait_s: float | None = None) -> None:
        self.pool = pool
        self.guise = guise
        self.connection = connection
        self.wait_s = wait_s

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[asyncpg.Connection]:
        """Raises TimeoutError where the pool has none in time, and what the driver raises."""
        if self.connection is not None:
            yield self.connection
            return
        async with self.plain() as connection:
            if self.guise.role is Own.ROLE and not self.guise.settings:
                yield connection
                return
            async with connection.transaction():
                await self._dress(connection)
                yield connection

    async def through(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """What the work gives with such a connection. In a transaction the driver does not prepare a statement again
        that a change of the schema has made invalid: then the transaction is done again, once, if it is ours."""
        try:
            async with self.opened() as connection:
                return await work(connection)
        except asyncpg.InvalidCachedStatementError:
            if self.connection is not None:
                raise
        async with self.opened() as connection:
            return await work(connection)

    @asynccontextmanager
    async def plain(self) -> AsyncIterator[asyncpg.Connection]:
        """One of the pool's, as it is."""
        async with self.pool.acquire(timeout=self.wait_s) as connection:
            yield connection

    async def _dress(self, connection: asyncpg.Connection) -> None:
        names, values = list(self.guise.settings), list(self.guise.settings.values())
        if self.guise.role is not Own.ROLE:
            names, values = [*names, "role"], [*values, self.guise.role]
        await connection.fetch(_SET_SQL, names, values)


async def ask(connection: asyncpg.Connection, names: Sequence[str] = ()) -> Told:
    """Who asks there, by which settings, and the snapshot. Raises what the driver raises."""
    row = await connection.fetchrow(CONTEXT_SQL, list(names))
    assert row is not None
    return Told.read(row, names)
