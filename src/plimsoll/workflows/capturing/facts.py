"""What the catalog tells of the tables, functions and types that captured statements name."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import Table
from plimsoll.load.importers.capture.parsing import Relation
from plimsoll.postgres.catalog import read_schema

_RELATIONS_SQL: Final = """
SELECT r.place, c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       c.relispartition AS is_partition, c.relrowsecurity AS row_security, row_security_active(c.oid) AS hides,
       CASE c.relkind WHEN 'p' THEN (
           SELECT sum(greatest(l.reltuples, 0)) FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid
           WHERE p.isleaf
       ) ELSE c.reltuples END::float8 AS rows
FROM unnest($1::text[]) WITH ORDINALITY AS r (name, place)
JOIN pg_catalog.pg_class c ON c.oid = to_regclass(r.name)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
"""
_FUNCTIONS_SQL: Final = """
SELECT p.proname::text AS name, bool_or(n.nspname <> 'pg_catalog') AS own, bool_or(p.provolatile = 'v') AS volatile
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE lower(p.proname) = ANY($1::text[]) GROUP BY 1
"""
_TYPES_SQL: Final = """
SELECT t.oid, t.typtype = 'e' AS is_enum,
       -- character and bit without a length are those of one, which would cut values
       CASE WHEN coalesce(e.typname, t.typname) IN ('bpchar', 'bit') AND n.nspname = 'pg_catalog'
            THEN quote_ident(coalesce(e.typname, t.typname)) || CASE WHEN e.oid IS NULL THEN '' ELSE '[]' END
            ELSE format_type(t.oid, NULL) END AS name
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE t.oid = ANY($1::oid[])
"""
_SIZED: Final = ("r", "p", "m")  # tables, partitioned ones, materialized views: TABLESAMPLE can pick of them
_LOCK_WAIT: Final = "1s"  # we give way to everybody


@dataclass(frozen=True, slots=True)
class RelationFacts:
    name: TableName
    kind: str
    is_partition: bool
    row_security: bool
    hides: bool  # policies apply to the role that captures
    rows: float


@dataclass(frozen=True, slots=True)
class Functions:
    """Names in lower case: those that are not PostgreSQL's, and those that may have effects."""

    own: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()


@asynccontextmanager
async def reading(connection: asyncpg.Connection, timeout_s: float) -> AsyncIterator[None]:
    """A transaction in which the server refuses to write, and that nobody waits for."""
    async with connection.transaction(readonly=True):
        await connection.execute(
            f"SET LOCAL statement_timeout = {max(1, round(timeout_s * 1000))}; "
            f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'; "
            "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; "
            "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SELECT 1"
        )
        yield


async def relation_facts(
    connection: asyncpg.Connection, relations: Sequence[Relation]
) -> dict[Relation, RelationFacts]:
    """Of those that are there."""
    written = [".".join(quote_identifier(part) for part in (one.schema, one.name) if part) for one in relations]
    rows = await connection.fetch(_RELATIONS_SQL, written)
    return {
        relations[row["place"] - 1]: RelationFacts(
            TableName(row["schema"], row["name"]), row["kind"], row["is_partition"], row["row_security"], row["hides"],
            row["rows"] or 0.0,
        )
        for row in rows
    }  # fmt: skip


def sizes_of(facts: Mapping[Relation, RelationFacts]) -> dict[Relation, int]:
    """The rows of those that TABLESAMPLE can pick of."""
    return {relation: round(one.rows) for relation, one in facts.items() if one.kind in _SIZED and one.rows > 0}


async def function_facts(connection: asyncpg.Connection, names: Collection[str]) -> Functions:
    rows = await connection.fetch(_FUNCTIONS_SQL, sorted(names))
    known = {row["name"].lower() for row in rows}
    return Functions(
        frozenset(row["name"].lower() for row in rows if row["own"]),
        frozenset(row["name"].lower() for row in rows if row["volatile"]) | (frozenset(names) - known),
    )


async def type_names(connection: asyncpg.Connection, oids: Collection[int]) -> tuple[dict[int, str], frozenset[str]]:
    """Types as SQL writes them, by oid; and which of those names are enums."""
    rows = await connection.fetch(_TYPES_SQL, sorted(set(oids)))
    return {row["oid"]: row["name"] for row in rows}, frozenset(row["name"] for row in rows if row["is_enum"])


async def tables_of(
    connection: asyncpg.Connection, facts: Mapping[Relation, RelationFacts], wanted: Collection[Relation]
) -> dict[Relation, Table]:
    """Columns and keys of ordinary tables, those that are no partitions."""
    plain = {relation: facts[relation].name for relation in wanted if relation in facts
             and facts[relation].kind in ("r", "p") and not facts[relation].is_partition}  # fmt: skip
    if not plain:
        return {}
    names = [f"{name.schema}.{name.name}" for name in plain.values()]
    schema = await read_schema(connection, tables=names, look_for_rows=False)
    return {relation: schema.tables[name] for relation, name in plain.items() if name in schema.tables}
