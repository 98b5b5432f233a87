"""Reading what caches tell of themselves, and having them drop tags by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.cache_report import CacheReport, read_report
from plimsoll.core.errors import RefusedError
from plimsoll.core.tag_text import checked_tags

READ_CACHES: Final = "SELECT name, instance, role, age_s, report::text AS report FROM plimsoll_changes.caches()"
_WRITE: Final = "SELECT plimsoll_changes.write($1::text[])"
_INSTALL: Final = "plimsoll cache install"


@dataclass(frozen=True, slots=True)
class SeenCache:
    """One process by its newest report, which is `seen_s_ago` old. `report` None: it told what is no report."""

    name: str
    instance: str
    role: str
    seen_s_ago: float
    report: CacheReport | None


def seen_cache(row: Any) -> SeenCache:
    """A row of READ_CACHES."""
    return SeenCache(row["name"], row["instance"], row["role"], row["age_s"], read_report(json.loads(row["report"])))


async def read_caches(connection: asyncpg.Connection) -> list[SeenCache]:
    """All that have reported within a minute. Raises RefusedError where they cannot be read, else the driver's."""
    try:
        return [seen_cache(row) for row in await connection.fetch(READ_CACHES)]
    except asyncpg.PostgresError as error:
        why, remedy = caches_refused(error)
        raise RefusedError("what caches report cannot be read", why=why, remedy=remedy) from None


async def write_tags(connection: asyncpg.Connection, tags: Sequence[str]) -> int:
    """Has every cache drop what carries these; returns the transaction's id, by which it is seen to be done.

    Raises UsageError for what is no tag, RefusedError where it is not allowed, else what the driver raises.
    """
    checked = list(checked_tags(tags))
    try:
        return int(await connection.fetchval(_WRITE, checked))
    except asyncpg.InsufficientPrivilegeError:
        why, remedy = "this role may not drop tags", f"{_INSTALL} --invalidator ROLE"
    except asyncpg.PostgresError as error:
        why, remedy = caches_refused(error)
    raise RefusedError("nothing was dropped", why=why, remedy=remedy)


def caches_refused(error: asyncpg.PostgresError) -> tuple[str, str]:
    """Why, and what to do about it."""
    if isinstance(error, asyncpg.UndefinedFunctionError | asyncpg.InvalidSchemaNameError):
        return "there is no changelog in this database, or one of an earlier version", _INSTALL
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return "this role may not", f"{_INSTALL} --reader ROLE"
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError | asyncpg.ObjectNotInPrerequisiteStateError):
        return "the server is a standby, or read-only", "connect to the primary"
    if isinstance(error, asyncpg.FeatureNotSupportedError):  # unlogged tables on a standby
        return "the server is a standby, which does not have them", "connect to the primary"
    return " ".join(str(error).split()), "mend that first"
