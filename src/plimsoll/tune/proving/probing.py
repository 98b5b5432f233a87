"""SQL that writes rows like those that a table has, to see what writing costs. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import Column, Table, UniqueKey

ROWS: Final = 200  # written at once
MOVED: Final = 3  # rows of a page, to make room for one
_SAMPLED: Final = 4000  # rows read to draw them from
PROBE: Final = "pg_temp.plimsoll_probe"
_NUMBERS: Final = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
_TEXTS: Final = frozenset({"text", "varchar", "bpchar"})
_MOMENTS: Final = frozenset({"timestamp", "timestamptz"})
_TEXT_MIN: Final = 48  # characters that a text must have room for, to be made unique


def sample(table: TableName, rows: int) -> str:
    """Rows from all over a table, as a temporary table."""
    return (
        f"CREATE TEMPORARY TABLE plimsoll_probe AS SELECT * FROM (SELECT * FROM {table.quoted}{_sampling(rows)} "
        f"LIMIT {10 * _SAMPLED}) AS sampled ORDER BY random() LIMIT {ROWS}"
    )


def spots(table: TableName, rows: int) -> str:
    """Of some pages a row to update, and a few others that make room for it: the table that holds them, and where they
    are. A new version of a row may be some bytes longer than the old one, and more than one goes there."""
    return (
        "SELECT c.oid::regclass::text AS leaf, moved[:cardinality(moved) - 1] AS moved, "
        "moved[cardinality(moved)] AS updated FROM ("
        f"SELECT tableoid AS leaf, (array_agg(ctid::text ORDER BY ctid))[:{MOVED + 1}] AS moved FROM ("
        f"SELECT tableoid, ctid FROM {table.quoted}{_sampling(rows)} LIMIT {10 * _SAMPLED}) AS sampled "
        "GROUP BY tableoid, (ctid::text::point)[0] HAVING count(*) > 1 ORDER BY random() "
        f"LIMIT {ROWS}) AS found JOIN pg_catalog.pg_class c ON c.oid = found.leaf"
    )


def insert(table: Table) -> str:
    """Rows of the probe with unique columns made anew; "" where that cannot be."""
    fresh = fresh_columns(table)
    if fresh is None:
        return ""
    columns = [one for one in table.columns if not one.generated]
    names = ", ".join(quote_identifier(one.name) for one in columns)
    values = ", ".join(fresh.get(one.name, quote_identifier(one.name)) for one in columns)
    return f"INSERT INTO {table.name.quoted} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {PROBE}"


def fresh_columns(table: Table) -> dict[str, str] | None:
    """An expression for a column of each unique key, of values that no row has; None where there is none for one."""
    found: dict[str, str] = {}
    partitioned_by = table.partitioning.keys if table.partitioning else ()
    for key in table.uniques:
        if any(name in found for name in key.columns):
            continue
        made = _fresh(table, key, partitioned_by)
        if made is None:
            return None
        found[made[0]] = made[1]
    return None if table.exclusions else found


def update(leaf: str, columns: Sequence[Column]) -> str:
    """Other values for these columns of the rows at $1; "" where there is none that can be given others."""
    sets = [f"{quote_identifier(one.name)} = {value}" for one in columns if (value := _other(one))]
    return f"UPDATE {leaf} SET {', '.join(sets)} WHERE ctid = ANY($1::text[]::tid[])" if sets else ""


def touch(leaf: str, column: Column) -> str:
    """Writes the rows at $1 anew as they are: they leave room where they were."""
    name = quote_identifier(column.name)
    return f"UPDATE {leaf} SET {name} = {name} WHERE ctid = ANY($1::text[]::tid[])"


def unique_columns(table: Table) -> frozenset[str]:
    return frozenset(name for key in table.uniques for name in key.columns if name)


def _sampling(rows: int) -> str:
    share = min(100.0, 100.0 * _SAMPLED / max(1, rows))
    return f" TABLESAMPLE SYSTEM ({share:.6f})" if share < 100 else ""


def _fresh(table: Table, key: UniqueKey, avoided: Iterable[str]) -> tuple[str, str] | None:
    names = [name for name in key.columns if name]
    columns = [one for one in table.columns if one.name in names and not one.generated]
    ordered = sorted(columns, key=lambda one: one.name in avoided)
    made = ((one.name, value) for one in ordered if (value := _unique(table, one)))
    return next(made, None)


def _unique(table: Table, column: Column) -> str:
    name, kind = quote_identifier(column.name), column.type
    if kind.kind != "base" or kind.domain:
        return ""
    if kind.base in ("int4", "int8", "numeric"):
        return f"(SELECT max({name}) FROM {table.name.quoted}) + row_number() OVER ()"
    if kind.base == "uuid":
        return "gen_random_uuid()"
    roomy = kind.base in ("text", "varchar") and (kind.length is None or kind.length >= _TEXT_MIN)
    return f"left({name}, 12) || gen_random_uuid()::text" if roomy else ""


def _other(column: Column) -> str:
    """Another value as wide as the one that is there."""
    name, kind = quote_identifier(column.name), column.type
    if column.generated or kind.kind != "base" or kind.domain:
        return ""
    if kind.base in _NUMBERS:
        return f"{name} + CASE WHEN {name} > 0 THEN -1 ELSE 1 END"
    if kind.base in _TEXTS:
        return f"left({name}, -1) || CASE right({name}, 1) WHEN 'x' THEN 'y' ELSE 'x' END"
    if kind.base in _MOMENTS:
        return f"{name} + interval '1 second'"
    if kind.base == "date":
        return f"{name} + 1"
    return f"NOT {name}" if kind.base == "bool" else ""
