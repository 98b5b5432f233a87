"""Queries whose one boolean says whether a step of a migration is done. Plain SQL, without parameters: a person who has
only the migration can send them, too."""

from plimsoll.core.identifiers import TableName

_OF_NAME = """FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = {schema} AND c.relname = {name}"""
_VALID = "i.indisvalid AND i.indisready AND i.indislive"


def literal(text: str) -> str:
    """A text as SQL writes it, whatever standard_conforming_strings says."""
    quoted = "'" + text.replace("'", "''").replace("\\", "\\\\") + "'"
    return f" E{quoted}" if "\\" in text else quoted


def is_built(schema: str, name: str, table: TableName) -> str:
    """The index is there, on this table, and the planner may use it."""
    return f"SELECT EXISTS (SELECT {_named(schema, name)} AND i.indrelid = {_oid(table)} AND {_VALID})"


def is_there(schema: str, name: str, table: TableName) -> str:
    """The index is there, on this table, finished or not."""
    return f"SELECT EXISTS (SELECT {_named(schema, name)} AND i.indrelid = {_oid(table)})"


def is_whole(schema: str, name: str, table: TableName) -> str:
    """The index of a partitioned table is there, and every partition that can have a part of it has one. The server
    calls it valid then, too, unless a partition is a foreign table, which has none."""
    whole = f"(SELECT i.indexrelid {_where(schema, name)})"
    return (
        f"SELECT EXISTS (SELECT {_named(schema, name)} AND i.indrelid = {_oid(table)})\n"
        f"   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits t JOIN pg_catalog.pg_class p ON p.oid = t.inhrelid\n"
        f"     WHERE t.inhparent = {_oid(table)} AND p.relkind IN ('r', 'p') AND NOT EXISTS (\n"
        f"       SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index x ON x.indexrelid = h.inhrelid\n"
        f"       WHERE h.inhparent = {whole} AND x.indrelid = p.oid))"
    )


def no_leftover(schema: str, name: str) -> str:
    """No unfinished index of this name is there."""
    return f"SELECT NOT EXISTS (SELECT {_named(schema, name)} AND NOT ({_VALID}))"


def no_leftover_of_partitions(schema: str, name: str, table: TableName) -> str:
    """No index of this name is there but that of the partitioned table, which can be gone on with."""
    return f"SELECT NOT EXISTS (SELECT {_named(schema, name)} AND i.indrelid IS DISTINCT FROM {_oid(table)})"


def is_gone(schema: str, name: str) -> str:
    """No index of this name is there."""
    return f"SELECT NOT EXISTS (SELECT {_named(schema, name)})"


def is_attached(schema: str, name: str, parent_schema: str, parent: str) -> str:
    """The one index is a part of the other."""
    above = f"(SELECT i.indexrelid {_where(parent_schema, parent)})"
    return (
        f"SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = {above}\n"
        f"   AND h.inhrelid = (SELECT i.indexrelid {_where(schema, name)}))"
    )


def is_installed(extension: str) -> str:
    return f"SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = {literal(extension)})"


def has_statistics(schema: str, name: str) -> str:
    """The object of extended statistics is there."""
    return (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s\n"
        "  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace\n"
        f" WHERE n.nspname = {literal(schema)} AND s.stxname = {literal(name)})"
    )


def has_option(table: TableName, name: str, value: str) -> str:
    """The table's storage parameter has this value."""
    has = f"c.reloptions @> ARRAY[{literal(f'{name}={value}')}]"
    return f"SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = {_oid(table)} AND {has})"


def _named(schema: str, name: str) -> str:
    return _OF_NAME.format(schema=literal(schema), name=literal(name))


def _where(schema: str, name: str) -> str:
    return _named(schema, name).replace("\n", "\n  ")


def _oid(table: TableName) -> str:
    return f"to_regclass({literal(table.quoted)})"
