"""Reading the indexes that are there, of every kind, with what is known of their use."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import asyncpg

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.postgres import index_sql

_DESCENDING, _NULLS_FIRST = 1, 2  # bits of pg_index.indoption
_LAST_SCAN_SINCE: Final = 160000

Row = Mapping[str, Any]


async def read_index_rows(connection: asyncpg.Connection, relations: Sequence[int], server_version: int) -> list[Row]:
    """Rows of the catalog about all indexes of the tables and partitions of these oids."""
    last_scan = index_sql.LAST_SCAN if server_version >= _LAST_SCAN_SINCE else index_sql.NO_LAST_SCAN
    return list(await connection.fetch(index_sql.INDEXES.replace("{last_scan}", last_scan), relations))


async def read_indexes(
    connection: asyncpg.Connection, relations: Sequence[int], server_version: int
) -> list[ExistingIndex]:
    """The indexes of these tables and partitions with their scans, without their exact sizes."""
    rows = await read_index_rows(connection, relations, server_version)
    constraints = await connection.fetch(index_sql.CONSTRAINTS, [row["oid"] for row in rows])
    return indexes_of(rows, constraints, {}, None)


def indexes_of(
    rows: Sequence[Row], constraints: Iterable[Row], sizes: Mapping[int, int], counted_since: datetime | None
) -> list[ExistingIndex]:
    """The rows as values; a partitioned index has the sizes and scans of those below it. `sizes` are bytes by oid."""
    serving = _by_index(constraints)
    names = {row["oid"]: row["name"] for row in rows}
    below: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["parent"] is not None:
            below[row["parent"]].append(row)
    return [
        _with_those_below(
            _existing(row, serving.get(row["oid"], ()), sizes, names.get(row["parent"], ""), counted_since),
            list(_beneath(below, row["oid"])),
            sizes,
        )
        for row in rows
    ]


def options_of(texts: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Storage parameters as (name, value), from pg_class.reloptions."""
    return tuple((name, value) for name, _, value in (text.partition("=") for text in texts or ()))


def _existing(
    row: Row, constraints: Sequence[Row], sizes: Mapping[int, int], parent: str, counted_since: datetime | None
) -> ExistingIndex:
    return ExistingIndex(
        row["name"],
        row["schema"],
        _index(row),
        row["definition"],
        size_bytes=sizes.get(row["oid"], row["pages"] * PAGE_BYTES),
        scans=row["scans"] or 0,
        last_scan=row["last_scan"],
        counted_since=counted_since,
        valid=row["valid"],
        primary=row["is_primary"],
        constraint=next((one["name"] for one in constraints if one["kind"] != "f"), ""),
        needed_by=tuple(_needs(row, constraints)),
        partition_of=parent,
        oid=row["oid"],
    )


def _with_those_below(one: ExistingIndex, rows: Sequence[Row], sizes: Mapping[int, int]) -> ExistingIndex:
    if not rows:
        return one
    leaves = [row for row in rows if row["kind"] == "i"]
    scanned = [row["last_scan"] for row in leaves if row["last_scan"] is not None]
    return replace(
        one,
        size_bytes=sum(sizes.get(row["oid"], row["pages"] * PAGE_BYTES) for row in leaves),
        scans=sum(row["scans"] or 0 for row in leaves),
        last_scan=max(scanned, default=None),
        partitions=tuple(row["name"] for row in rows),
        needed_by=(*one.needed_by, *(f"{need} ({row['name']})" for row in rows for need in _marks(row))),
    )


def _beneath(below: Mapping[int, Sequence[Row]], oid: int) -> Iterable[Row]:
    for row in below.get(oid, ()):
        yield row
        yield from _beneath(below, row["oid"])


def _index(row: Row) -> Index:
    keys = json.loads(row["keys"] or "[]")
    collated = " COLLATE " in row["definition"]  # an expression has one of its own, which nobody needs to write
    return Index(
        TableName(row["table_schema"], row["table_name"]),
        tuple(_key(*key, collated=collated) for key in keys[: row["key_count"]]),
        method=row["method"],
        include=tuple(key[0] for key in keys[row["key_count"] :]),
        predicate=row["predicate"] or "",
        unique=row["is_unique"],
        options=options_of(row["options"]),
    )


def _key(
    column: str | None, expression: str | None, option: int, opclass: str | None, collation: str | None,
    parameters: Sequence[str] | None, *, collated: bool,
) -> IndexKey:  # fmt: skip
    descending, nulls_first = bool(option & _DESCENDING), bool(option & _NULLS_FIRST)
    return IndexKey(
        quote_identifier(column) if column is not None else expression or "",
        column or "",
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
        opclass=(opclass or "") + _parameters(parameters),
        collation=(collation or "") if collated else "",
    )


def _parameters(parameters: Sequence[str] | None) -> str:
    """Of an operator class, as CREATE INDEX takes them."""
    pairs = [f"{name} = {_literal(value)}" for name, value in options_of(parameters)]
    return f" ({', '.join(pairs)})" if pairs else ""


def _needs(row: Row, constraints: Sequence[Row]) -> Iterable[str]:
    for one in constraints:
        if one["kind"] == "f":
            yield f"foreign key {one['name']} of {TableName(one['table_schema'], one['table_name'])} refers to it"
    yield from _marks(row)


def _marks(row: Row) -> Iterable[str]:
    if row["identity"]:
        yield "it is the table's replica identity"
    if row["clustered"]:
        yield "the table is clustered by it"
    if row["building"]:
        yield "somebody is building an index at this moment"


def _by_index(constraints: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for one in constraints:
        found[one["index"]].append(one)
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
