"""Making the database that a copy goes into, with the roles and settings that it has at the source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.tune.cloning.origin import Needing, Origin
from plimsoll.tune.cloning.standins import STOOD_IN_FOR, system_collation
from plimsoll.tune.cloning.statements import (
    create_database,
    create_roles,
    locale_note,
    memberships,
    settings_to_give,
)

OUTWARD: Final = frozenset(
    {"dblink", "http", "pg_net", "plpython3u", "plperlu", "pltclu", "plsh", "aws_lambda", "aws_s3", "azure_storage"}
    | {"google_ml_integration", "mysql_fdw", "oracle_fdw", "tds_fdw", "mongo_fdw", "redis_fdw", "wrappers"}
)
NO_JIT: Final = "the copy's server has no JIT, which the database has: what compiling takes or saves there is not seen"
# A server's own counters would forget the application's statements for those that are asked here.
COUNTING: Final = {"pg_stat_statements.track": "none", "pg_stat_statements.track_utility": "off"}
COUNTED: Final = (
    "the server's pg_stat_statements counts what is asked on the copy, too: only a superuser, or who may SET "
    "pg_stat_statements.track, can have it pass that over"
)
LIMITS: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Extensions that the copy's server does not have: `names` nothing depends on, for `stood_in` others stand in."""

    names: frozenset[str]
    stood_in: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> frozenset[str]:
        """Those that the copy has not as they are at the source."""
        return self.names | self.stood_in


def left_out(origin: Origin, available: frozenset[str], display: str) -> LeftOut:
    """Raises RefusedError for one that something depends on."""
    missing = frozenset(origin.extensions) - available
    needed = [one for one in origin.needing if one.extension in missing]
    refused = [one for one in needed if one.extension not in STOOD_IN_FOR]
    if refused:
        raise RefusedError(
            f"the copy's server lacks {'an extension' if len(refused) == 1 else 'extensions'} that the database needs",
            where=display,
            why="; ".join(map(_needing_words, refused)),
            remedy="--clone-on the DSN of a server that has it, or --schema for what does without",
        )
    stood_in = frozenset(one.extension for one in needed)
    return LeftOut(missing - stood_in, stood_in, tuple(_left_out_notes(missing - stood_in, stood_in)))


def _left_out_notes(names: frozenset[str], stood_in: frozenset[str]) -> Iterator[str]:
    if names:
        yield f"extensions that nothing depends on were left out: {', '.join(sorted(names))}"
    if stood_in:
        yield f"simple functions stand in for those of {', '.join(sorted(stood_in))}, which the copy's server lacks"


def _needing_words(one: Needing) -> str:
    more = f" and {one.many - 1:,} more" if one.many > 1 else ""
    return f"{one.extension}, for {one.example}{more}"


def acting_role(origin: Origin, asked: str) -> str:
    """Who the workload's statements are sent as: whoever was asked for, else who connects to the source, unless that is
    a superuser, as which everything may be seen anyway."""
    return asked or ("" if origin.superuser else origin.role)


def lacking_words(origin: Origin, lacking: LeftOut) -> list[str]:
    """What a copy by a dump has not, or has otherwise than the source."""
    return [*lacking.notes, *_lost(origin), *outward(origin, lacking.elsewhere)]


def _lost(origin: Origin) -> list[str]:
    known = {
        "large objects were not copied": origin.large_objects,
        "event triggers were left out": origin.event_triggers,
        "foreign tables have no user mappings on the copy, so what reads them fails there": origin.foreign_tables,
    }
    return [words for words, holds in known.items() if holds]


def other_version(origin: Origin, words: str, major: int) -> list[str]:
    """That the copy's server is of another major version than the database's; nothing where it is not."""
    if major == origin.major:
        return []
    versions = f"the copy is on PostgreSQL {words}, the database on {origin.version_words}"
    return [f"{versions}: plans may differ; --clone-on a server of the database's version tells more"]


def outward(origin: Origin, without: frozenset[str]) -> list[str]:
    """On what reaches other systems from within the copy as it does from the source."""
    found = [name for name in origin.extensions if name in OUTWARD and name not in without]
    return [f"functions of {', '.join(found)} reach other systems from the copy, too"] if found else []


async def make_database(admin: asyncpg.Connection, name: str, origin: Origin, version: int) -> str:
    """Makes it empty, as near to the source's locale as the server can; returns a note. Raises RefusedError."""
    ways = create_database(name, origin.locale, version)
    said = ""
    for number, way in enumerate(ways):
        try:
            await admin.execute(way)
        except (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateDatabaseError) as error:
            raise RefusedError("the copy's database cannot be made", where=name, why=str(error)) from None
        except asyncpg.PostgresError as error:
            said = said or str(error)  # the first says most: it is about what was wanted
            continue
        return locale_note(origin.locale, ways, number)
    raise RefusedError("the copy's database cannot be made", where=name, why=said)


async def make_collations(copy: Target, origin: Origin) -> list[str]:
    """Those of the system that columns or indexes name and that the copy's server does not have, in another order;
    returns a note. For superusers, in the copy itself."""
    connection = await connect(copy, prepared=False)
    try:
        rows = await connection.fetch("SELECT collname::text AS name FROM pg_collation")
        missing = [name for name in origin.collations if name not in {row["name"] for row in rows}]
        for name in missing:
            async with connection.transaction():
                await connection.execute("SET LOCAL allow_system_table_mods = on")
                await connection.execute(system_collation(name))
    finally:
        connection.terminate()
    return [f"collations that the copy's server lacks sort by code point: {', '.join(missing)}"] if missing else []


async def equip(
    admin: asyncpg.Connection, copy: Target, origin: Origin, *, trusted: bool, roles: bool = True, orders: bool = True
) -> list[str]:
    """What an empty database of a copy needs before it is filled: roles, orders of text (for superusers), settings;
    returns notes."""
    if roles:
        await make_roles(admin, origin, trusted=trusted)
    notes = await make_collations(copy, origin) if orders else []
    return [*notes, *await give_settings(admin, copy.database, origin)]


async def roles_to_make(admin: asyncpg.Connection, origin: Origin) -> list[str]:
    """Names of those that are not there."""
    return [name for name, _ in create_roles(origin.roles, await _roles(admin), trusted=False)]


async def make_roles(admin: asyncpg.Connection, origin: Origin, *, trusted: bool) -> None:
    """Makes those that are not there."""
    there = await _roles(admin)
    made = create_roles(origin.roles, there, trusted=trusted)
    for _, sql in made:
        await admin.execute(sql)
    for sql in memberships(origin.roles, frozenset(name for name, _ in made), there):
        await admin.execute(sql)


async def _roles(admin: asyncpg.Connection) -> frozenset[str]:
    return frozenset(row["rolname"] for row in await admin.fetch("SELECT rolname::text FROM pg_roles"))


async def give_settings(connection: asyncpg.Connection, name: str, origin: Origin) -> list[str]:
    """The copy's sessions get those of the source's, but ours no limits of time; returns notes on those that they could
    not be given."""
    rows = await connection.fetch("SELECT name, current_setting(name) AS value, context FROM pg_settings")
    settable = frozenset(row["name"] for row in rows if row["context"] in ("user", "superuser"))
    wanted = settings_to_give(origin.settings, {row["name"]: row["value"] for row in rows}, settable)
    lost = [one for one, value in wanted.items() if not await _give(connection, name, one, value)]
    told = [one for one in lost if not one.startswith("lc_")]  # how amounts and days are written, in a locale's words
    notes = [f"settings that the copy could not be given: {', '.join(told)}"] if told else []
    await _no_time_limits(connection, name)
    notes += await _uncounted(connection, name)
    compiles = await connection.fetchval("SELECT pg_jit_available()")
    return [*notes, *([NO_JIT] if origin.compiles and not compiles else [])]


async def _give(connection: asyncpg.Connection, name: str, setting: str, value: str) -> bool:
    """`FROM CURRENT` takes a value as it is: a list such as search_path cannot be written as one literal."""
    parameter = ".".join(map(quote_identifier, setting.split(".")))
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config($1, $2, true)", setting, value)
            await connection.execute(f"ALTER DATABASE {quote_identifier(name)} SET {parameter} FROM CURRENT")
    except FOREIGN:
        return False
    return True


async def _no_time_limits(connection: asyncpg.Connection, name: str) -> None:
    """Builds take their time, whatever the server or its roles are told; ours are told otherwise in this database."""
    known = await connection.fetch("SELECT name FROM pg_settings WHERE name = ANY($1::text[])", LIMITS)
    for setting in [row["name"] for row in known]:
        await connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {quote_identifier(name)} SET {setting} = 0")


async def _uncounted(connection: asyncpg.Connection, name: str) -> list[str]:
    """Whatever the server or its roles are told; what this session asks is passed over, too."""
    known = await connection.fetch("SELECT name FROM pg_settings WHERE name = ANY($1::text[])", list(COUNTING))
    try:
        for setting in [row["name"] for row in known]:
            told = f"{setting} = {COUNTING[setting]}"
            await connection.execute(f"SET {told}")
            await connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {quote_identifier(name)} SET {told}")
    except asyncpg.InsufficientPrivilegeError:
        return [COUNTED]
    return []
