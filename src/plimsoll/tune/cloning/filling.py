"""Filling an empty database with another's contents: pg_dump reads the source, psql and we write the copy."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.embedded.binaries import PostgresBinaries
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.libpq_environ import libpq_environment
from plimsoll.tune.cloning.dump_text import (
    BEARABLE,
    DATA_SECTION,
    SCHEMA_SECTIONS,
    Entry,
    dump_argv,
    entries_of,
    parted,
    wanted,
)
from plimsoll.tune.cloning.failing import layout_notes, remedy_for, told, without
from plimsoll.tune.cloning.origin import Origin
from plimsoll.tune.cloning.programs import Ended, TooMuchError, for_programs, output_of, piped
from plimsoll.tune.cloning.progress import Sparing, telling
from plimsoll.tune.cloning.standins import extension_stood_in, stands_in
from plimsoll.tune.cloning.wish import Say

_QUICK: Final = "-c synchronous_commit=off -c statement_timeout=0 -c lock_timeout=0"
_BUILDING: Final = """
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET synchronous_commit = off; SET maintenance_work_mem = '{memory}MB'
"""
# Of the session that holds the snapshot, which waits as long as the rows take; by those that this version knows.
_UNHURRIED: Final = """
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
"""
BUILD_MEMORY_MB: Final = 64  # the default of a server that is not ours
_TABLE_BYTES: Final = """
SELECT coalesce(sum(pg_table_size(c.oid)), 0) FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""
# Users' functions that writing a row may call, if they bring no search path.
_CALLED: Final = """
SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(p.proname)
       || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS function
FROM pg_depend d
JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE d.classid IN ('pg_constraint'::regclass, 'pg_attrdef'::regclass)
  AND p.prokind = 'f' AND p.proconfig IS NULL AND l.lanname NOT IN ('internal', 'c')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""


@dataclass(frozen=True, slots=True)
class Filling:
    """What is copied where: `programs` make it, `left_out` are extensions that the copy does without, `stood_in`
    those for which functions stand in. `rows` is how
    many bytes there are of tables. `bare`: owners and rights are not restored.
    `build_memory_mb` is for each index."""

    source: Target
    copy: Target
    origin: Origin
    programs: PostgresBinaries
    rows: int
    left_out: frozenset[str] = frozenset()
    stood_in: frozenset[str] = frozenset()
    bare: bool = False
    build_memory_mb: int = BUILD_MEMORY_MB


async def fill(job: Filling, say: Say) -> list[str]:
    """Does it; returns notes. Raises RefusedError, with what pg_dump, psql or the server said."""
    notes: list[str] = []
    connection = await connect(job.copy, prepared=False)
    try:
        await connection.execute(_BUILDING.format(memory=job.build_memory_mb))
        started = time.monotonic()
        async with _snapshot(job.source) as snapshot, for_programs(job.source) as source:
            before, after = parted(await _schema(job, source, snapshot))
            notes += await _run(job, connection, before, say)
            say(f"copying the rows of {job.origin.database}, about {format_bytes(job.rows)}")
            async with telling(job.copy, job.rows, say), _found_by_functions(connection, job.origin.search_path):
                await _rows(job, source, snapshot)
        notes.append(f"pg_dump read the database for {format_duration(time.monotonic() - started)}, in one transaction")
        notes += await _run(job, connection, after, say)
    finally:
        connection.terminate()
    return [*notes, *layout_notes(job.rows, await _analyzed(job, say))]


@asynccontextmanager
async def _snapshot(source: Target) -> AsyncIterator[str]:
    """One state of the database, which schema and rows are both read in. Nothing is locked by it."""
    connection = await connect(source, prepared=False)
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await connection.execute(_UNHURRIED)
        yield str(await connection.fetchval("SELECT pg_catalog.pg_export_snapshot()"))
    except FOREIGN as error:
        raise _failed("the database cannot be read as a whole", source, source.mask(str(error))) from None
    finally:
        connection.terminate()


def _dump(job: Filling, sections: Sequence[str], snapshot: str) -> list[str]:
    extensions = [name for name in job.origin.extensions if name not in job.left_out]
    program = str(job.programs.program("pg_dump"))
    tables = [table for extension, table in job.origin.extension_tables if extension in job.left_out]
    return dump_argv(
        program,
        sections,
        snapshot,
        job.origin.schemas,
        extensions,
        tables,
        encoding=_encoding(job.origin),
        bare=job.bare,
    )


def _encoding(origin: Origin) -> str:
    """Text of no known encoding is passed on as it is."""
    return "SQL_ASCII" if origin.locale.encoding == "SQL_ASCII" else "UTF8"


async def _schema(job: Filling, source: Target, snapshot: str) -> list[Entry]:
    try:
        ended = await output_of(_dump(job, SCHEMA_SECTIONS, snapshot), _reading(job, source))
    except TooMuchError:
        raise _failed("the schema is too large to copy", job.source, "pg_dump writes more than 512 MiB of it") from None
    if ended.code:
        raise _dump_failed(job, ended)
    entries = wanted(entries_of(ended.output.decode(errors="replace")), job.left_out)
    return [extension_stood_in(one) if _is_stood_in(job, one) else one for one in entries]


def _reading(job: Filling, source: Target) -> dict[str, str]:
    """A COPY for each table would crowd the application's statements out of the source's counters."""
    return libpq_environment(source, options="-c pg_stat_statements.track=none" if job.origin.superuser else "")


def _is_stood_in(job: Filling, entry: Entry) -> bool:
    return entry.kind == "EXTENSION" and entry.name in job.stood_in


async def _rows(job: Filling, source: Target, snapshot: str) -> None:
    psql = [str(job.programs.program("psql")), "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"]
    async with for_programs(job.copy) as copy:
        dumped, restored = await piped(
            _dump(job, DATA_SECTION, snapshot),
            _reading(job, source),
            psql,
            libpq_environment(copy, options=_QUICK),
        )
    if restored.code and dumped.code <= 0:  # by a signal: nobody took what it wrote
        raise _failed("the copy does not take the rows", job.copy, job.copy.mask(told(restored.said)))
    if dumped.code:
        raise _dump_failed(job, dumped)


@asynccontextmanager
async def _found_by_functions(connection: asyncpg.Connection, search_path: str) -> AsyncIterator[None]:
    """Functions of constraints and generated columns find what they name barely, while rows are written without a
    search path."""
    called = [row["function"] for row in await connection.fetch(_CALLED)]
    async with connection.transaction():
        await connection.fetchval("SELECT set_config('search_path', $1, true)", search_path)
        for one in called:
            await connection.execute(f"ALTER FUNCTION {one} SET search_path FROM CURRENT")
    yield
    for one in called:  # one with a setting of its own is never inlined
        await connection.execute(f"ALTER FUNCTION {one} RESET search_path")


async def _run(job: Filling, connection: asyncpg.Connection, entries: Sequence[Entry], say: Say) -> list[str]:
    """Creates what the entries say; what the copy can do without and does not get is told."""
    failed: list[str] = []
    sparing = Sparing(say)
    for number, entry in enumerate(entries, start=1):
        sparing(f"creating {entry.words} ({number:,} of {len(entries):,})")
        try:
            await _create(connection, entry, job.origin.search_path)
        except asyncpg.PostgresError as error:
            if not _bearable(job, entry):
                raise _entry_failed(job, entry, error) from None
            failed.append(f"{entry.words} ({error.args[0]})")
    return without(failed)


async def _create(connection: asyncpg.Connection, entry: Entry, search_path: str) -> None:
    """A dump is restored without a search path, in which functions that name tables or others barely do not work."""
    try:
        await connection.execute(entry.sql)
    except asyncpg.FeatureNotSupportedError:
        if (other := stands_in(entry)) is None:
            raise
        await connection.execute(other)
    except (asyncpg.UndefinedFunctionError, asyncpg.UndefinedTableError, asyncpg.UndefinedObjectError) as error:
        async with connection.transaction():
            await connection.fetchval("SELECT set_config('search_path', $1, true)", search_path)
            try:
                await connection.execute(entry.sql)
            except asyncpg.PostgresError:
                raise error from None


def _bearable(job: Filling, entry: Entry) -> bool:
    needed = {one.extension for one in job.origin.needing}
    return entry.kind in BEARABLE or (entry.kind == "EXTENSION" and entry.name not in needed)


async def _analyzed(job: Filling, say: Say) -> int:
    """The bytes of its tables, when they are vacuumed and analysed. Its own statistics, not the source's, which a dump
    can hold since 18: before and after a change have to be analysed alike, and an index on an expression or extended
    statistics get theirs only so."""
    connection = await connect(job.copy, prepared=False)  # anew, for the settings that the database was given
    try:
        await connection.execute(_BUILDING.format(memory=job.build_memory_mb))
        say("analysing the copy")
        await connection.execute("VACUUM (ANALYZE)")
        with suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CHECKPOINT")
        return int(await connection.fetchval(_TABLE_BYTES))
    finally:
        connection.terminate()


def _dump_failed(job: Filling, ended: Ended) -> RefusedError:
    said = job.source.mask(told(ended.said))
    return _failed("pg_dump cannot read the database", job.source, said, remedy_for(said))


def _entry_failed(job: Filling, entry: Entry, error: asyncpg.PostgresError) -> RefusedError:
    where = f"{entry.schema}.{entry.name}" if entry.schema else entry.name
    return RefusedError(
        f"the copy cannot have {entry.words or 'the schema'}",
        where=where,
        why=job.copy.mask(str(error)),
        remedy="--schema to leave out what is not needed, or --clone-on the DSN of a server that can have it",
    )


def _failed(what: str, where: Target, why: str, remedy: str = "") -> RefusedError:
    return RefusedError(what, where=where.display, why=why, remedy=remedy or "see what it said; try again")
