"""What a copy of a database has to have besides its contents, read from the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.tune.cloning import origin_sql

STATEMENT_MS_MAX: Final = 30_000
LOCK_MS_MAX: Final = 500

# Beyond what the planner heeds: memory and workers of a statement, how values are read and written, WAL per write.
SETTINGS: Final = (
    "work_mem", "hash_mem_multiplier", "maintenance_work_mem", "temp_buffers", "effective_io_concurrency",
    "maintenance_io_concurrency", "max_parallel_workers", "max_parallel_workers_per_gather",
    "max_parallel_maintenance_workers", "parallel_leader_participation", "search_path", "default_statistics_target",
    "default_transaction_isolation", "default_toast_compression", "wal_compression", "gin_fuzzy_search_limit",
    "gin_pending_list_limit", "bytea_output", "xmloption", "xmlbinary", "DateStyle", "IntervalStyle", "TimeZone",
    "timezone_abbreviations", "extra_float_digits", "default_text_search_config", "array_nulls",
    "standard_conforming_strings", "backslash_quote", "transform_null_equals", "quote_all_identifiers", "row_security",
    "lc_monetary", "lc_numeric", "lc_time", "track_io_timing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Role:
    """A role that the copy has to know: what it owns and may is restored with the schema."""

    name: str
    superuser: bool = False
    inherits: bool = True
    bypasses: bool = False
    member_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Locale:
    """How a database sorts and what its text is encoded in. `provider` is "c" (of the system), "i" (ICU) or "b"
    (PostgreSQL's own)."""

    encoding: str
    collate: str
    ctype: str
    provider: str = "c"
    locale: str | None = None
    rules: str | None = None


@dataclass(frozen=True, slots=True)
class Needing:
    """What cannot be without an extension: one example, and how many there are."""

    extension: str
    example: str
    many: int


@dataclass(frozen=True, slots=True)
class Origin:
    """`role` is who connects, `superuser` whether it is one. `schemas` are those to copy, with what they need; empty
    for all. `settings` are those of its sessions, `compiles` whether they have JIT.
    `needing` lists extensions that something depends on, `extension_tables` (extension, quoted name) those of
    extensions that hold rows of users. `collations` are those of the system that something names. `unread` are tables
    and sequences that the role may not read, `held_back` tables of which row security keeps rows from it."""

    database: str
    role: str
    superuser: bool
    version: int
    version_words: str
    locale: Locale
    roles: tuple[Role, ...]
    extensions: tuple[str, ...]
    needing: tuple[Needing, ...]
    settings: Mapping[str, str]
    search_path: str
    shared_buffers: int
    wal_level: str
    compiles: bool = False
    standby: bool = False
    large_objects: bool = False
    event_triggers: bool = False
    foreign_tables: bool = False
    schemas: tuple[str, ...] = ()
    extension_tables: tuple[tuple[str, str], ...] = ()
    collations: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        """As 18."""
        return self.version // 10_000


async def read_origin(connection: asyncpg.Connection, schemas: Sequence[str] = (), role: str = "") -> Origin:
    """Reads it in one read-only transaction. Raises RefusedError for a schema that is not there, else what the driver
    raises."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(
            f"SET LOCAL statement_timeout = {STATEMENT_MS_MAX}; SET LOCAL lock_timeout = {LOCK_MS_MAX}"
        )
        settings = {one["name"]: one["value"] for one in await connection.fetch(origin_sql.SETTINGS, list(SETTINGS))}
        if role:
            settings |= {one["name"]: one["value"] for one in await connection.fetch(origin_sql.ROLE_SETTINGS, role)}
        row = await connection.fetchrow(origin_sql.DATABASE)
        assert row is not None
        await connection.execute("SET LOCAL jit = off")  # after what asks for it
        roles = tuple(map(_role, await connection.fetch(origin_sql.ROLES, role)))
        if role and role not in {one.name for one in roles}:
            raise RefusedError(f"there is no role {role!r}", remedy="see psql's \\du for the names, in their case")
        extensions = [one["name"] for one in await connection.fetch(origin_sql.EXTENSIONS)]
        chosen = await _schemas(connection, schemas)
        unread = await connection.fetch(origin_sql.UNREAD, chosen)
        return Origin(
            database=row["name"],
            locale=Locale(*(row[name] for name in ("encoding", "collate", "ctype", "provider", "locale", "rules"))),
            roles=roles,
            extensions=tuple(extensions),
            needing=tuple(Needing(**one) for one in await connection.fetch(origin_sql.NEEDING, extensions)),
            settings=settings,
            search_path=settings["search_path"],
            extension_tables=tuple(
                (one["extension"], one["table"]) for one in await connection.fetch(origin_sql.EXTENSION_TABLES)
            ),
            collations=tuple(one["name"] for one in await connection.fetch(origin_sql.COLLATIONS)),
            schemas=chosen,
            unread=tuple(one["name"] for one in unread if not one["held_back"]),
            held_back=tuple(one["name"] for one in unread if one["held_back"]),
            **{name: row[name] for name in _SAME},
        )


_SAME: Final = (
    "role", "superuser", "version", "version_words", "shared_buffers", "wal_level", "compiles", "standby",
    "large_objects", "event_triggers", "foreign_tables",
)  # fmt: skip


def _role(row: Mapping[str, Any]) -> Role:
    return Role(row["name"], row["superuser"], row["inherits"], row["bypasses"], tuple(row["member_of"]))


async def _schemas(connection: asyncpg.Connection, asked: Sequence[str]) -> tuple[str, ...]:
    if not asked:
        return ()
    there = {row["name"] for row in await connection.fetch("SELECT nspname::text AS name FROM pg_namespace")}
    missing = [name for name in asked if name not in there]
    if missing:
        raise RefusedError(
            f"there is no schema {missing[0]!r} to copy", remedy="see psql's \\dn for the names, in their case"
        )
    needs = [(row["schema"], row["needs"]) for row in await connection.fetch(origin_sql.SCHEMA_NEEDS)]
    return schemas_needed(asked, needs)


def schemas_needed(asked: Sequence[str], needs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Those that were asked for and, step by step, those that they need."""
    found: list[str] = list(dict.fromkeys(asked))
    for schema in found:
        found += dict.fromkeys(need for one, need in needs if one == schema and need not in found)
    return tuple(found)
