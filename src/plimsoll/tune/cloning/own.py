"""A copy in a server of our own, which is started for it and goes with it, however we end."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from plimsoll.core.tuning.advice import Copy
from plimsoll.core.units import format_bytes
from plimsoll.embedded import PostgresBinaries, PostgresServer, start_postgres
from plimsoll.embedded.binaries import all_binaries
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.tune.cloning.binaries import choose_server
from plimsoll.tune.cloning.bounds import Size, buffers, build_memory_mb, refuse_without_room, server_settings
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.failing import refuse_unread
from plimsoll.tune.cloning.filling import Filling, fill
from plimsoll.tune.cloning.origin import Origin
from plimsoll.tune.cloning.preparing import (
    LeftOut,
    acting_role,
    equip,
    lacking_words,
    left_out,
    make_database,
    other_version,
)
from plimsoll.tune.cloning.wish import CloneWish, Say, in_time

_TAKEN = ("postgres", "template0", "template1")  # databases that a new server has


@asynccontextmanager
async def own_clone(source: Target, origin: Origin, size: Size, wish: CloneWish, say: Say) -> AsyncIterator[Clone]:
    """Raises RefusedError, ServiceError where no server can be started."""
    refuse_unread(origin.role, origin.unread, origin.held_back, source.display)
    started = time.monotonic()
    binaries = await asyncio.to_thread(_binaries, source, origin)
    lacking = left_out(
        origin, binaries.extensions() | {"plpgsql"}, f"PostgreSQL {binaries.version}, {binaries.bin_dir}"
    )
    place = Path(tempfile.gettempdir())
    refuse_without_room(size.whole, shutil.disk_usage(place).free, str(place))
    available = psutil.virtual_memory().available
    shared = buffers(origin.shared_buffers, available)
    say(f"starting PostgreSQL {binaries.version} for a copy")
    server = await _started(binaries, server_settings(shared, origin.settings, origin.wal_level))
    try:
        async with in_time(wish, source):
            notes = [*other_version(origin, binaries.version, binaries.major), *_buffer_notes(origin, shared)]
            notes += lacking_words(origin, lacking)
            clone = await _filled(server, source, origin, size, lacking, say)
        seconds = time.monotonic() - started
        copy = replace(clone.copy, seconds=seconds, notes=[note for note in (*notes, *clone.copy.notes) if note])
        yield replace(clone, copy=copy, notes=copy.notes, role=acting_role(origin, wish.role))
    finally:
        await asyncio.to_thread(server.stop)


def _binaries(source: Target, origin: Origin) -> PostgresBinaries:
    needed = frozenset(one.extension for one in origin.needing)
    chosen = choose_server(list(all_binaries()), origin.major, needed, source.display)
    assert isinstance(chosen, PostgresBinaries)
    return chosen


async def _started(binaries: PostgresBinaries, settings: dict[str, str]) -> PostgresServer:
    """Starting cannot be broken off: whoever cancels waits for it, and it is stopped then."""
    starting = asyncio.ensure_future(asyncio.to_thread(start_postgres, binaries=binaries, settings=settings))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        server = await starting
        await asyncio.to_thread(server.stop)
        raise


async def _filled(
    server: PostgresServer, source: Target, origin: Origin, size: Size, lacking: LeftOut, say: Say
) -> Clone:
    name = f"{origin.database}_copy" if origin.database in _TAKEN else origin.database
    target = read_target(server.dsn_of(name), {}, where="the copy's server")
    admin = await connect(replace(target, database="postgres"), prepared=False)
    try:
        version = await admin.fetchval("SELECT current_setting('server_version_num')::int")
        notes = [await make_database(admin, name, origin, version)]
        notes += await equip(admin, target, origin, trusted=True)
        memory = build_memory_mb(psutil.virtual_memory().available)
        job = Filling(source, target, origin, server.binaries, size.rows, lacking.names, lacking.stood_in)
        job = replace(job, build_memory_mb=memory)
        notes += await fill(job, say)
        made = await admin.fetchval("SELECT pg_database_size($1)", name)
    finally:
        admin.terminate()
    copy = Copy("dump", f"PostgreSQL {server.version}, started for this", made, 0.0, notes)
    return Clone(target, copy, superuser=True, search_path=origin.search_path, version=version)


def _buffer_notes(origin: Origin, shared: int) -> list[str]:
    if shared >= origin.shared_buffers:
        return []
    both = f"{format_bytes(shared)} on the copy, {format_bytes(origin.shared_buffers)} at the source"
    return [f"shared_buffers is {both}: a quarter of the memory that is free here"]
