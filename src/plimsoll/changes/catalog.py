"""Reading what the catalog knows of tables that are to be watched, and what is installed already."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import asyncpg

from plimsoll.changes.changelog_sql import SCHEMA
from plimsoll.changes.watch import ColumnFact, Installed, Standing, TableFact, Watch
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import Template

# $1, $2: schemas and names. A type is that below all domains.
_TABLES: Final = """
WITH RECURSIVE asked AS (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
           c.relpersistence::text AS kept, pg_has_role(c.relowner, 'USAGE') AS ours
    FROM unnest($1::text[], $2::text[]) AS a (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = a.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = a.name
), below AS (
    SELECT oid AS root, oid AS member FROM asked
    UNION SELECT b.root, i.inhrelid FROM below b JOIN pg_catalog.pg_inherits i ON i.inhparent = b.member
), above AS (
    SELECT oid AS root, oid AS member FROM asked
    UNION SELECT b.root, i.inhparent FROM above b JOIN pg_catalog.pg_inherits i ON i.inhrelid = b.member
), types AS (
    SELECT oid AS type, oid AS base FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION SELECT d.oid, t.base FROM types t JOIN pg_catalog.pg_type d ON d.typbasetype = t.type AND d.typtype = 'd'
)
SELECT a.*,
    ARRAY(SELECT ARRAY[n.nspname::text, c.relname::text, c.relkind::text, pg_has_role(c.relowner, 'USAGE')::text]
          FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.member
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE b.root = a.oid AND b.member <> a.oid ORDER BY 1) AS members,
    ARRAY(SELECT ARRAY[n.nspname::text, c.relname::text]
          FROM above b JOIN pg_catalog.pg_class c ON c.oid = b.member
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE b.root = a.oid AND b.member <> a.oid ORDER BY 1) AS above,
    ARRAY(SELECT k.attname::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute k ON k.attrelid = i.indrelid
          WHERE i.indrelid = a.oid AND i.indisprimary AND k.attnum = ANY (i.indkey) ORDER BY k.attnum) AS key,
    ARRAY(SELECT DISTINCT i.inhrelid::regclass::text FROM below b JOIN pg_catalog.pg_inherits i ON i.inhrelid = b.member
          WHERE b.root = a.oid AND i.inhseqno > 1) AS mixed,
    EXISTS (SELECT FROM pg_catalog.pg_subscription_rel s JOIN below b ON b.member = s.srrelid
            WHERE b.root = a.oid) AS subscribed,
    (SELECT json_agg(json_build_object('name', t.attname, 'number', t.attnum, 'type', t.atttypid::bigint,
                'collation', t.attcollation::bigint, 'base', p.typname, 'schema', n.nspname, 'is', p.typtype,
                'domain', y.base <> y.type, 'exact', coalesce(l.collisdeterministic, true), 'generated', t.attgenerated,
                'shown', format_type(t.atttypid, t.atttypmod)) ORDER BY t.attnum)
       FROM pg_catalog.pg_attribute t JOIN types y ON y.type = t.atttypid JOIN pg_catalog.pg_type p ON p.oid = y.base
       JOIN pg_catalog.pg_namespace n ON n.oid = p.typnamespace
       LEFT JOIN pg_catalog.pg_collation l ON l.oid = t.attcollation
      WHERE t.attrelid = a.oid AND t.attnum > 0 AND NOT t.attisdropped) AS columns
FROM asked a
"""

_STANDING: Final = """
SELECT r.rolsuper AS superuser, has_database_privilege(current_database(), 'CREATE') AS creates,
       pg_is_in_recovery() AS standby, to_regnamespace('plimsoll_changes') IS NOT NULL AS schema,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'plimsoll_changes' AND c.relname = 'state') AS installed,
       coalesce((SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'plimsoll_changes'),
                true) AS ours,
       EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'plimsoll_ddl') AS on_ddl,
       current_setting('server_encoding') <> 'SQL_ASCII' AS encoded
FROM pg_roles r WHERE r.rolname = current_user
"""

_KINDS: Final[Mapping[str, str]] = {
    "int2": "integer", "int4": "integer", "int8": "integer", "bool": "boolean", "uuid": "uuid", "text": "text",
    "varchar": "text", "name": "text",
}  # fmt: skip


async def read_tables(connection: asyncpg.Connection, tables: Iterable[TableName]) -> dict[TableName, TableFact]:
    """Those of them that exist. Raises what the driver raises."""
    wanted = list(tables)
    rows = await connection.fetch(_TABLES, [one.schema for one in wanted], [one.name for one in wanted])
    return {fact.table: fact for fact in map(_table_fact, rows)}


async def read_standing(connection: asyncpg.Connection) -> Standing:
    """Raises what the driver raises."""
    row = dict(await connection.fetchrow(_STANDING))
    if row["installed"] and row["ours"]:
        said = await connection.fetchrow(
            "SELECT version, extract(epoch FROM retain)::float8 AS s FROM plimsoll_changes.state"
        )
        row |= {"version": said["version"], "retain_s": said["s"]} if said else {}
    return Standing(**row)


async def read_installed(connection: asyncpg.Connection) -> tuple[Installed, ...]:
    """What is watched, by name; of the installer's own schema only. Raises what the driver raises."""
    rows = await connection.fetch(
        "SELECT w.relation, w.schema, w.name, w.templates, k.drift, p.prosrc AS source FROM plimsoll_changes.watched w "
        "JOIN plimsoll_changes.look() k USING (relation) LEFT JOIN pg_proc p "
        "ON p.pronamespace = 'plimsoll_changes'::regnamespace AND p.proname = w.writer ORDER BY w.schema, w.name"
    )
    return tuple(Installed(_watch(row), row["relation"], tuple(row["drift"]), row["source"] or "") for row in rows)


async def read_watched(connection: asyncpg.Connection) -> tuple[Installed, ...]:
    """As `read_installed`, for a reader: what is not as it was installed is not told. Raises what the driver raises."""
    rows = await connection.fetch(
        "SELECT DISTINCT watched_schema AS schema, watched_name AS name, templates "
        "FROM plimsoll_changes.relations() ORDER BY 1, 2"
    )
    return tuple(Installed(_watch(row), 0) for row in rows)


def _watch(row: Mapping[str, Any]) -> Watch:
    return Watch(TableName(row["schema"], row["name"]), tuple(map(Template.parse, row["templates"])))


def _table_fact(row: Mapping[str, Any]) -> TableFact:
    table = TableName(row["schema"], row["name"])
    members = [(TableName(schema, name), kind, ours) for schema, name, kind, ours in row["members"]]
    return TableFact(
        row["oid"],
        table,
        tuple(map(_column_fact, json.loads(row["columns"] or "[]"))),
        tuple(name.quoted for name, _, _ in members),
        tuple(TableName(*names) for names in row["above"]),
        tuple(_obstacles(row, members)),
        tuple(row["key"]),
        row["kind"] == "p",
    )


def _obstacles(row: Mapping[str, Any], members: Sequence[tuple[TableName, str, str]]) -> Iterable[str]:
    if row["kind"] not in ("r", "p"):
        yield "it is not a table"
    if row["schema"].startswith("pg_") or row["schema"] in ("information_schema", SCHEMA):
        yield "it is the server's own, or the changelog's"
    if row["kept"] == "t":
        yield "it is temporary"
    if not row["ours"]:
        yield "another role owns it"
    if row["subscribed"]:
        yield "a subscription writes it, which calls no triggers of statements"
    yield from (f"{name} has several parents: rows are written through the others, too" for name in row["mixed"])
    yield from (f"{name} below it is a foreign table" for name, kind, _ in members if kind == "f")
    yield from (f"{name} below it belongs to another role" for name, _, ours in members if ours != "true")


def _column_fact(stated: Mapping[str, Any]) -> ColumnFact:
    kind, why = kind_of(stated)
    virtual = stated["generated"] == "v"
    return ColumnFact(stated["name"], stated["number"], stated["type"], stated["collation"], kind, why, virtual)


def kind_of(stated: Mapping[str, Any]) -> tuple[str, str]:
    """How a column becomes part of a key; or "" and why not. Equal values must have one text, whatever the settings."""
    if stated["generated"] == "v":
        return "", "it is a virtual generated column, which triggers do not see"
    if not stated["exact"]:
        return "", "its collation takes different texts for equal"
    if stated["is"] == "e" and stated["domain"]:
        return "", "it is of a domain over an enum"
    kind = "enum" if stated["is"] == "e" else _KINDS.get(stated["base"], "") if stated["schema"] == "pg_catalog" else ""
    why = f"it is of type {stated['shown']}: only whole numbers, texts, UUIDs, enums and truth values make keys"
    return (kind, "") if kind else ("", why)
