"""The connections of an apply: one that carries out, alone of its kind, and one that looks on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from plimsoll.core.errors import PlimsollError, RefusedError
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target
from plimsoll.workflows.tuning.refusing import refused

LOCK: Final = 0x706C696D74756E65  # an advisory one, of the database; "plimtune"


@asynccontextmanager
async def opened_for_changes(where: TargetRequest) -> AsyncIterator[tuple[OpenTarget, asyncpg.Connection]]:
    """The server itself. What it refuses becomes RefusedError."""
    async with open_target(where) as opened:
        if opened.traits.pooled:
            raise RefusedError(
                "cannot apply through a transaction pooler",
                where=opened.database.display,
                why="what a session is told, its limits above all, would reach another one",
                remedy="connect to the server itself",
            )
        async with connected(opened) as connection:
            try:
                yield opened, connection
            except FOREIGN as error:
                remedy = "connect as the owner of the tables, or a member of that role"
                raise refused(error, "the server refused", opened.database, remedy) from error


async def alone(connection: asyncpg.Connection, opened: OpenTarget) -> None:
    """Two at once would drop each other's unfinished indexes. The lock ends with the session."""
    if not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", LOCK):
        raise RefusedError(
            "somebody else is applying a tuning to this database",
            where=opened.database.display,
            remedy="wait until that has ended",
        )


@asynccontextmanager
async def watching(opened: OpenTarget) -> AsyncIterator[asyncpg.Connection | None]:
    """Nothing is watched where the server has no room for another connection."""
    try:
        watcher = await connect(opened.database, prepared=opened.traits.prepared)
    except PlimsollError:
        yield None
        return
    try:
        yield watcher
    finally:
        with suppress(*FOREIGN, TimeoutError):
            await watcher.close(timeout=2)
