"""Whether a change can be done on the database as it is at this moment, and whether its reason holds there yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex
from plimsoll.postgres.indexes import read_indexes
from plimsoll.tune.migrating.holding import after, against_create, against_drop
from plimsoll.tune.migrating.subjects import probes_of, tables_of
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.request import READ_S

_TABLES: Final = """
SELECT asked, c.relkind::text AS kind, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE') AS creates,
       (SELECT array_agg(o) FROM (SELECT c.oid AS o WHERE c.oid IS NOT NULL
            UNION SELECT p.relid::oid FROM pg_catalog.pg_partition_tree(c.oid) p) AS below) AS oids
FROM unnest($1::text[]) AS asked LEFT JOIN pg_catalog.pg_class c ON c.oid = to_regclass(asked)
"""
_BUILDS: Final = """
SELECT p.pid, n.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_stat_progress_create_index p
LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE p.datname = current_database()
"""
# By pg_class.relkind; "r" and "p" are what advice is for.
_KINDS: Final = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "S": "a sequence"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """What there is of the tables of some changes, by their quoted names; the indexes on them, who builds some, and
    what the server says of probes that it cannot parse any more."""

    tables: Mapping[str, Row]
    indexes: Sequence[ExistingIndex] = ()
    builds: Sequence[Row] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


async def read_live(connection: asyncpg.Connection, changes: Sequence[Change]) -> Live:
    """Within a transaction that only reads. Raises what the driver raises."""
    names = sorted({table.quoted for one in changes for table in tables_of(one)})
    tables = {row["asked"]: row for row in await connection.fetch(_TABLES, names)}
    oids = [oid for row in tables.values() for oid in row["oids"] or ()]
    indexes = await read_indexes(connection, oids, connection.get_server_version().major * 10_000)
    probes = {probe for one in changes for probe in probes_of(one)}
    missing = {probe: why for probe in sorted(probes) if (why := await _missing(connection, probe))}
    return Live(tables, indexes, await connection.fetch(_BUILDS), missing)


async def live_now(connection: asyncpg.Connection, change: Change) -> Live:
    """The same of one change, right before it is done."""
    async with reading(connection, READ_S):
        return await read_live(connection, [change])


def against_each(changes: Sequence[tuple[int, Change]], live: Live, *, back: bool = False) -> dict[int, str]:
    """Why changes are not done, by their numbers, each after those before it. Pure."""
    found: dict[int, str] = {}
    for number, one in changes:
        why = against_change(one, live, back=back)
        if why:
            found[number] = why
        else:
            live = replace(live, indexes=after(one, live.indexes))
    return found


def against_change(one: Change, live: Live, *, back: bool = False) -> str:
    """Why a change is not done; "" where nothing speaks against it. Of two that are the same one was dropped, maybe:
    to take that `back` makes two of them again. Pure."""
    why = next(filter(None, (_against_table(one, table, live) for table in tables_of(one))), "")
    missing = next((live.missing[probe] for probe in probes_of(one) if probe in live.missing), "")
    if why or missing:
        return why or missing
    if one.kind == "drop-index":
        return against_drop(one, live.indexes)
    return "" if back else against_create(one, live.indexes)


def _against_table(one: Change, table: TableName, live: Live) -> str:
    found = live.tables[table.quoted]
    if found["kind"] is None:
        return f"table {table} is not there any more"
    if found["kind"] not in ("r", "p"):
        return f"{table} is {_KINDS.get(found['kind'], 'no table')} by now"
    if not found["owned"]:
        return f"only the owner of {table} may do it, a member of that role or a superuser"
    if one.kind == "create-index" and not found["creates"]:
        return f"the role may not create in schema {table.schema}"
    return _building(table, live.builds) if one.kind in ("create-index", "drop-index") else ""


def _building(table: TableName, builds: Sequence[Row]) -> str:
    if any((row["schema"], row["name"]) == table for row in builds):
        return f"somebody is building an index on {table} at this moment"
    if any(row["name"] is None for row in builds):
        return "somebody is building an index at this moment; on which table is hidden from this role"
    return ""


async def _missing(connection: asyncpg.Connection, probe: str) -> str:
    """What the server says where it cannot parse it; "" also where a lock keeps it from looking."""
    try:
        async with connection.transaction():
            await connection.prepare(probe)
    except asyncpg.SyntaxOrAccessError as error:
        return str(error).partition("\n")[0]
    except asyncpg.LockNotAvailableError:
        return ""
    return ""
