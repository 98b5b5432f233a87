"""A copy in a database of ours on another server."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.advice import Copy
from plimsoll.embedded import PostgresBinaries
from plimsoll.embedded.binaries import all_binaries
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.pooler import is_pooled, pooler_hint
from plimsoll.tune.cloning.binaries import choose_server
from plimsoll.tune.cloning.bounds import Size, refuse_without_room_beside
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.failing import refuse_unread
from plimsoll.tune.cloning.filling import Filling, fill
from plimsoll.tune.cloning.origin import Origin
from plimsoll.tune.cloning.preparing import (
    acting_role,
    equip,
    lacking_words,
    left_out,
    make_database,
    other_version,
    roles_to_make,
)
from plimsoll.tune.cloning.temporary import Temporary, temporary
from plimsoll.tune.cloning.wish import CloneWish, Say, in_time

_SERVER: Final = """
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS words,
       current_database()::text AS database, r.rolsuper AS superuser, r.rolcreatedb AS creates_databases,
       r.rolcreaterole AS creates_roles, pg_is_in_recovery() AS standby,
       (SELECT system_identifier FROM pg_control_system()) || ' ' || pg_postmaster_start_time() AS id,
       CASE WHEN r.rolsuper THEN current_setting('data_directory') ELSE '' END AS directory,
       ARRAY(SELECT name::text FROM pg_available_extensions) AS extensions
FROM pg_roles r WHERE r.rolname = current_user
"""
_ID: Final = "SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' || pg_postmaster_start_time()"


@dataclass(frozen=True, slots=True)
class Server:
    """What another server is like for whom we connect as. `id` is the same for the same running server, whatever its
    address; `directory` is where its data is, if it tells."""

    version: int
    words: str
    database: str
    superuser: bool
    creates_databases: bool
    creates_roles: bool
    standby: bool
    id: str
    directory: str
    extensions: frozenset[str]


@asynccontextmanager
async def clone_elsewhere(
    source: Target, on: Target, origin: Origin, size: Size, wish: CloneWish, say: Say
) -> AsyncIterator[Clone]:
    """Raises RefusedError where the server is the source's, too old, or not this role's to make a database on."""
    refuse_unread(origin.role, origin.unread, origin.held_back, source.display)
    started = time.monotonic()
    server = await _server(on)
    refuse_server(server, await _id(source), origin, on, wish)
    lacking = left_out(origin, server.extensions | {"plpgsql"}, on.display)
    refuse_without_room_beside(size.whole, on, server.directory)
    programs = choose_server(list(all_binaries()), origin.major, frozenset(), source.display)
    assert isinstance(programs, PostgresBinaries)
    async with temporary(on, origin.database, say) as place:
        async with in_time(wish, source):
            notes = [*_standing_notes(server, origin), *lacking_words(origin, lacking)]
            target = replace(on, database=place.name)
            notes += await _prepared(place, target, server, origin)
            bare = not server.superuser
            job = Filling(source, target, origin, programs, size.rows, lacking.names, lacking.stood_in, bare)
            notes += await fill(job, say)
            made = await place.admin.fetchval("SELECT pg_database_size($1)", place.name)
        told = [note for note in notes if note]
        copy = Copy("dump", f"PostgreSQL {server.words}", made, time.monotonic() - started, told)
        role = acting_role(origin, wish.role) if server.superuser else ""
        yield Clone(target, copy, server.superuser, role, origin.search_path, server.version, told)


async def _server(on: Target) -> Server:
    connection = await connect(on, prepared=False)
    try:
        if pooler_hint(on) or await is_pooled(connection):
            raise RefusedError(
                "a copy cannot be made through a connection pooler",
                where=on.display,
                remedy="give the DSN of the server itself",
            )
        row = await connection.fetchrow(_SERVER)
        assert row is not None
        return Server(**{**row, "extensions": frozenset(row["extensions"])})
    except FOREIGN as error:
        raise RefusedError("the server cannot be looked at", where=on.display, why=on.mask(str(error))) from None
    finally:
        connection.terminate()


async def _id(source: Target) -> str:
    connection = await connect(source, prepared=False)
    try:
        return str(await connection.fetchval(_ID))
    except asyncpg.InsufficientPrivilegeError:
        return ""
    finally:
        connection.terminate()


def refuse_server(server: Server, source_id: str, origin: Origin, on: Target, wish: CloneWish) -> None:
    """Raises RefusedError for one on which the copy may not be, or cannot be, made."""
    same = server.id == source_id
    known = {
        "it is the protected database's own server": same and wish.protected,
        "it is the database itself": same and server.database == origin.database,
        "it is a standby, on which nothing can be made": server.standby,
        "its role may not create databases": not (server.superuser or server.creates_databases),
        f"it is PostgreSQL {server.words}, older than the source's {origin.version_words}": (
            server.version // 10_000 < origin.major
        ),
    }
    found = [why for why, holds in known.items() if holds]
    if found:
        raise RefusedError(
            "the copy cannot be made there",
            where=on.display,
            why="; ".join(found),
            remedy="--clone-on own, or the DSN of another server with a role that may create databases",
        )


def _standing_notes(server: Server, origin: Origin) -> list[str]:
    notes = [
        *other_version(origin, server.words, server.version // 10_000),
        f"shared_buffers and the disks are those of the copy's server, PostgreSQL {server.words}",
    ]
    if not server.superuser:
        notes.append(
            "its role is no superuser there: everything belongs to that role, so rights and row security "
            f"are not those that hold for {origin.role}"
        )
    return notes


async def _prepared(place: Temporary, target: Target, server: Server, origin: Origin) -> list[str]:
    """The database, with roles and settings. That they are to go is said before they are made."""
    may = server.superuser or server.creates_roles
    roles = await roles_to_make(place.admin, origin) if may else []
    place.will_drop(roles)
    note = await make_database(place.admin, place.name, origin, server.version)
    await place.describe(origin.database)
    return [note, *await equip(place.admin, target, origin, trusted=False, roles=may, orders=server.superuser)]
