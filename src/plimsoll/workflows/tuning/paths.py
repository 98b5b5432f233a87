"""The search_path by which an application's statements find their tables, where whoever connects has another."""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.load.importers.capture.parsing import Relation
from plimsoll.workflows.capturing.facts import reading

ROLES_MAX: Final = 100  # whose paths are tried
_SCHEMAS_MAX: Final = 3  # that are named
# What is said for this database goes before what is said for all.
_PATHS: Final = r"""
SELECT DISTINCT ON (1) pg_catalog.pg_get_userbyid(s.setrole)::text AS role, substr(said, 13) AS path
FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS said
WHERE said LIKE 'search\_path=%' AND s.setrole <> 0
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
ORDER BY 1, s.setdatabase DESC LIMIT $1
"""
_FOUND: Final = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL"
_SCHEMAS: Final = """
SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $2
"""

Weighed = Sequence[tuple[frozenset[str], float]]  # of statements: tables that are named without a schema, and weight


async def paths_of_roles(connection: asyncpg.Connection, timeout_s: float) -> dict[str, str]:
    """What ALTER ROLE … SET search_path gave to roles, which SET ROLE does not take over."""
    async with reading(connection, timeout_s):
        rows = await connection.fetch(_PATHS, ROLES_MAX)
    return {row["role"]: row["path"] for row in rows}


async def fitting_path(
    connection: asyncpg.Connection, needed: Weighed, tried: Mapping[str, str], timeout_s: float
) -> tuple[str, str] | None:
    """Of paths `tried`, by whose they are, the one that finds the tables of most statements; None where the session's
    own finds as much."""
    names = sorted({name for tables, _ in needed for name in tables})
    async with reading(connection, timeout_s):
        here = await _found(connection, names)
        if len(here) == len(names):
            return None
        there = {}
        for whose, path in tried.items():
            await connection.fetchval("SELECT pg_catalog.set_config('search_path', $1, true)", path)
            there[whose] = await _found(connection, names)
    chosen = best(needed, here, there)
    return None if chosen is None else (chosen, tried[chosen])


async def _found(connection: asyncpg.Connection, names: Sequence[str]) -> frozenset[str]:
    return frozenset(row["name"] for row in await connection.fetch(_FOUND, names))


def best(needed: Weighed, here: frozenset[str], there: Mapping[str, frozenset[str]]) -> str | None:
    """Whose path finds all tables of the weightiest statements; None where none finds more than `here`. Pure."""
    most = max(there, key=lambda whose: weight(needed, there[whose]), default=None)
    return most if most is not None and weight(needed, there[most]) > weight(needed, here) else None


def weight(needed: Weighed, found: frozenset[str]) -> float:
    """Of statements whose tables are all found."""
    return sum(one for tables, one in needed if tables <= found)


def unqualified(relations: Sequence[Relation]) -> frozenset[str]:
    """Those that search_path decides on."""
    return frozenset(one.name for one in relations if not one.schema)


def path_of(schemas: Sequence[str]) -> str:
    """One that begins with these."""
    return ", ".join([*map(quote_identifier, schemas), "public"])


async def path_that_has(connection: asyncpg.Connection, names: frozenset[str], timeout_s: float) -> str:
    """The schemas in which tables of such names are; "" where there are none."""
    async with reading(connection, timeout_s):
        rows = await connection.fetch(_SCHEMAS, sorted(names), _SCHEMAS_MAX)
    return path_of([row["nspname"] for row in rows if row["nspname"] != "public"]) if rows else ""
