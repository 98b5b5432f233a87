"""Reading what caches tell of themselves, and having them drop tags by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.cache_report import OTHERS, OVERDUE_S, CacheReport, read_report
from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName
from plimsoll.core.statement import OURS
from plimsoll.core.tag import TABLE_FAMILY, Template, family_of, table_tag
from plimsoll.core.tag_text import checked_tags

READ_CACHES: Final = (
    "SELECT name, instance, role, age_s, report::text AS report "
    "FROM plimsoll_changes.caches() WHERE NOT report ? 'closed'"
)
_WRITE: Final = "SELECT plimsoll_changes.write($1::text[])"
_MAY_LOOK: Final = f"SELECT {OURS} has_function_privilege(to_regprocedure('plimsoll_changes.relations()'), 'EXECUTE')"
WATCHED: Final = "SELECT DISTINCT watched_schema, watched_name, templates FROM plimsoll_changes.relations()"
_INSTALL: Final = "plimsoll cache install"


@dataclass(frozen=True, slots=True)
class SeenCache:
    """One process by its newest report, which is `seen_s_ago` old. `report` None: it told what is no report."""

    name: str
    instance: str
    role: str
    seen_s_ago: float
    report: CacheReport | None

    @property
    def is_silent(self) -> bool:
        """Whether it should have reported again by now."""
        return self.seen_s_ago > OVERDUE_S


def seen_cache(row: Any) -> SeenCache:
    """A row of READ_CACHES."""
    return SeenCache(row["name"], row["instance"], row["role"], row["age_s"], read_report(json.loads(row["report"])))


async def read_caches(connection: asyncpg.Connection) -> list[SeenCache]:
    """All that have reported within a minute and were not closed since. Raises RefusedError where they cannot be read,
    else the driver's."""
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


async def unwritten(connection: asyncpg.Connection, tags: Sequence[str]) -> tuple[str, ...]:
    """Those that no watched table writes, and of whose family no cache is known to keep others: slips of the pen, as
    "ordr:1", or "line:42" where lines have "line:{order_id}/{no}".

    () where the role may not see what is watched. Raises what the driver raises.
    """
    if not await connection.fetchval(_MAY_LOOK):
        return ()
    watched = await connection.fetch(WATCHED)
    reports = [one.report for one in map(seen_cache, await connection.fetch(READ_CACHES)) if one.report is not None]
    tables = {table_tag(TableName(row["watched_schema"], row["watched_name"])) for row in watched}
    templates = [Template.parse(text) for row in watched for text in row["templates"]]
    made = {one.family for one in templates}
    by_hand = {name for one in reports for name in one.families} - made

    def is_known(one: str) -> bool:
        if family_of(one) == TABLE_FAMILY:
            return one in tables
        if family_of(one) in made:
            return any(template.may_write(one) for template in templates)
        return not by_hand.isdisjoint({family_of(one), OTHERS})

    return tuple(one for one in tags if not is_known(one))


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
