"""A copy on the database's own server, made of it as a template: file by file, with its layout and its statistics."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.advice import Copy
from plimsoll.core.units import format_bytes
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.database_traits import DatabaseTraits
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.standing import STANDING, copying_obstacles
from plimsoll.tune.cloning.bounds import Size, refuse_without_room_beside
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.origin import Origin
from plimsoll.tune.cloning.preparing import acting_role, give_settings, outward
from plimsoll.tune.cloning.temporary import Temporary, temporary
from plimsoll.tune.cloning.wish import CloneWish, Say, in_time

LEAVING_S_MAX: Final = 1.0  # for sessions that were just closed, ours among them
LOOK_S: Final = 0.1
SHOWN: Final = 4

_SESSIONS: Final = """
SELECT coalesce(a.usename::text, a.backend_type, 'somebody') AS who, a.application_name AS program, count(*) AS many
FROM pg_stat_activity a
WHERE a.datname = $1 AND coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker')
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


@asynccontextmanager
async def beside_clone(source: Target, origin: Origin, size: Size, wish: CloneWish, say: Say) -> AsyncIterator[Clone]:
    """Raises RefusedError where the database is protected, in use, or not this role's to copy."""
    _refuse_protected(source, wish)
    started = time.monotonic()
    async with temporary(source, origin.database, say) as place:
        async with in_time(wish, source):
            await _refuse_obstacles(place.admin, source, origin, size.whole)
            await _refuse_sessions(place.admin, source, origin.database)
            copied = f"copying {origin.database} on its own server, {format_bytes(size.whole)}"
            say(f"{copied}; nobody can connect to it meanwhile")
            notes = await _copied(place, source, origin)
            made = await place.admin.fetchval("SELECT pg_database_size($1)", place.name)
        server = f"PostgreSQL {origin.version_words}, the database's own"
        copy = Copy("template", server, made, time.monotonic() - started, notes)
        yield Clone(
            replace(source, database=place.name),
            copy,
            superuser=origin.superuser,
            role=acting_role(origin, wish.role),
            search_path=origin.search_path,
            version=origin.version,
            notes=notes,
        )


def _refuse_protected(source: Target, wish: CloneWish) -> None:
    if wish.protected:
        raise RefusedError(
            "a copy is not made on the server of a protected database",
            where=source.display,
            why="it would be written to",
            remedy="--clone-on own, which only reads the database",
        )


async def _refuse_obstacles(admin: asyncpg.Connection, source: Target, origin: Origin, size: int) -> None:
    found = copying_obstacles(await admin.fetchrow(STANDING, origin.database))
    if origin.standby:
        found.append("it is a standby, on which nothing can be made")
    if found:
        raise RefusedError(
            "the database cannot be copied on its own server",
            where=source.display,
            why="; ".join(found),
            remedy="connect as the database's owner with CREATEDB, or --clone-on own",
        )
    directory = await _data_directory(admin, origin)
    refuse_without_room_beside(size, source, directory)


async def _data_directory(admin: asyncpg.Connection, origin: Origin) -> str:
    return str(await admin.fetchval("SHOW data_directory")) if origin.superuser else ""


async def _refuse_sessions(admin: asyncpg.Connection, source: Target, database: str) -> None:
    """Sessions of others are never ended; those that are just closing are waited for."""
    give_up = time.monotonic() + LEAVING_S_MAX
    while there := await admin.fetch(_SESSIONS, database):
        if time.monotonic() > give_up:
            raise _in_use(source, there)
        await asyncio.sleep(LOOK_S)


def _in_use(source: Target, there: Sequence[Any]) -> RefusedError:
    return RefusedError(
        "the database is in use, so it cannot be copied on its own server",
        where=source.display,
        why=f"connected to it: {session_words(there)}",
        remedy="stop them (a pooler keeps connections, too), or --clone-on own, which can copy it while it is used",
    )


def session_words(there: Sequence[Any]) -> str:
    """Who is connected, the most numerous first: "app (web), 12 sessions; cron, 1 session"."""
    words = [
        f"{row['who']}{' (' + row['program'] + ')' if row['program'] else ''}, "
        f"{row['many']} session{'' if row['many'] == 1 else 's'}"
        for row in there[:SHOWN]
    ]
    return "; ".join([*words, *([f"and {len(there) - SHOWN} more programs"] if len(there) > SHOWN else [])])


async def _copied(place: Temporary, source: Target, origin: Origin) -> list[str]:
    traits = await DatabaseTraits.read(place.admin, origin.database)
    # file by file: through the log, a large database would be written twice
    how = " STRATEGY file_copy" if origin.version >= 150_000 else ""
    names = f"{quote_identifier(place.name)} TEMPLATE {quote_identifier(origin.database)}"
    try:
        await place.admin.execute(f"CREATE DATABASE {names} OWNER {quote_identifier(traits.owner)}{how}")
    except asyncpg.ObjectInUseError as error:
        raise _in_use(source, await place.admin.fetch(_SESSIONS, origin.database)) from error
    except FOREIGN as error:
        raise RefusedError(
            "the database cannot be copied on its own server", where=source.display, why=source.mask(str(error))
        ) from None
    await place.describe(origin.database)
    notes = [*outward(origin, frozenset()), *await give_settings(place.admin, place.name, origin)]
    return [*notes, *await _quiet(replace(source, database=place.name), origin)]


async def _quiet(copy: Target, origin: Origin) -> list[str]:
    """The copy reaches no other server, and nothing in it acts by itself when indexes are built."""
    connection = await connect(copy, prepared=False)
    notes: list[str] = []
    try:
        for row in await connection.fetch("SELECT srvname::text AS server, usename::text AS who FROM pg_user_mappings"):
            who = "PUBLIC" if row["who"] == "public" else quote_identifier(row["who"])
            await connection.execute(f"DROP USER MAPPING FOR {who} SERVER {quote_identifier(row['server'])}")
        for row in await connection.fetch("SELECT evtname::text AS name FROM pg_event_trigger WHERE evtenabled <> 'D'"):
            await connection.execute(f"ALTER EVENT TRIGGER {quote_identifier(row['name'])} DISABLE")
            notes = ["event triggers are disabled on the copy"]
    except asyncpg.InsufficientPrivilegeError as error:
        raise RefusedError(
            "the copy cannot be cut off from other servers, or its event triggers not disabled",
            where=copy.display,
            why=str(error),
            remedy="connect as a superuser, or --clone-on own",
        ) from None
    finally:
        connection.terminate()
    if origin.foreign_tables:
        notes.append("foreign tables have no user mappings on the copy, so what reads them fails there")
    return notes
