"""Reading a schema from the system catalog."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Partition,
    PartitionScheme,
    PartitionStrategy,
    Schema,
    Table,
    UniqueKey,
)
from plimsoll.postgres import catalog_sql
from plimsoll.postgres.catalog_partitions import with_those_of_partitions
from plimsoll.postgres.catalog_types import Row, data_type

_STRATEGIES: Final[Mapping[str, PartitionStrategy]] = {"r": "range", "l": "list", "h": "hash"}
_LOOKED_AT: Final = 200  # tables whose emptiness one query looks up: a lock and a plan for each

_ByRelation = Mapping[int, Sequence[Row]]


async def read_schema(
    connection: asyncpg.Connection,
    *,
    schemas: Sequence[str] = (),
    tables: Sequence[str] = (),
    look_for_rows: bool = True,
    materialized: bool = False,
) -> Schema:
    """All tables but the system's and extensions' own; only those of `schemas` and `tables` (NAME or SCHEMA.NAME).

    Ordinary tables and partitioned ones, and `materialized` views; partitions hang below theirs. Whether tables are
    empty is looked up, which takes the right to read them; without `look_for_rows` all are said to be. Raises
    UsageError for a table that is not there, with the nearest that is.
    """
    relations = await connection.fetch(catalog_sql.RELATIONS, ["r", "p", *(["m"] if materialized else [])])
    whole = [row for row in relations if not row["is_partition"]]
    roots = _chosen([row for row in whole if not schemas or row["schema"] in schemas], tables)
    oids = [row["oid"] for row in roots]
    partitions = _by_parent(relations)
    constrained = [*oids, *(leaf["oid"] for row in roots for leaf in _leaves(partitions, row["oid"]))]
    columns = await connection.fetch(catalog_sql.COLUMNS, oids)
    types = await connection.fetch(catalog_sql.TYPES, list({row["type"] for row in columns}))
    reader = _Reader(
        names={row["oid"]: TableName(row["schema"], row["name"]) for row in relations},
        columns=_by_relation(columns),
        indexes=_by_relation(await connection.fetch(catalog_sql.INDEXES, constrained)),
        constraints=_by_relation(await connection.fetch(catalog_sql.CONSTRAINTS, constrained)),
        triggers=_by_relation(await connection.fetch(catalog_sql.TRIGGERS, oids)),
        types={row["oid"]: row for row in types},
        partitions=partitions,
        holding=await _holding_rows(connection, roots) if look_for_rows else frozenset(),
    )
    found = [reader.table(row) for row in roots]
    version = await connection.fetchval("SELECT current_setting('server_version_num')::int")
    others = {TableName(row["schema"], row["name"]) for row in whole} - {table.name for table in found}
    unusable = await _unusable(connection, {row["name"] for row in types})
    return Schema({table.name: table for table in found}, version, frozenset(others), unusable)


def _chosen(rows: Sequence[Row], tables: Sequence[str]) -> list[Row]:
    if not tables:
        return list(rows)
    known: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        known[row["name"]].append(row)
        known[f"{row['schema']}.{row['name']}"].append(row)
    for name in tables:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            remedy = f"did you mean {nearest[0]!r}?" if nearest else "correct its name"
            raise UsageError(f"there is no table {name!r}", remedy=remedy)
    chosen = {row["oid"] for name in tables for row in known[name]}
    return [row for row in rows if row["oid"] in chosen]


async def _holding_rows(connection: asyncpg.Connection, rows: Sequence[Row]) -> frozenset[int]:
    """The tables that hold rows. Where row security hides them, the planner's estimate tells."""
    holding = {row["oid"] for row in rows if row["tuples"] > 0 and row["row_security"]}
    for start in range(0, len(rows), _LOOKED_AT):
        part = rows[start : start + _LOOKED_AT]
        looks = " UNION ALL ".join(
            f"SELECT {int(row['oid'])}::oid WHERE EXISTS (SELECT FROM {TableName(row['schema'], row['name']).quoted})"
            for row in part
        )
        holding |= {found[0] for found in await connection.fetch(looks)}
    return frozenset(holding)


async def _unusable(connection: asyncpg.Connection, types: Collection[str]) -> frozenset[str]:
    """Of the types, those that this server knows by name only: xml, if it was built without libxml."""
    if "xml" not in types:
        return frozenset()
    try:
        async with connection.transaction():
            await connection.execute("SELECT '<a/>'::xml")
    except asyncpg.FeatureNotSupportedError:
        return frozenset({"xml"})
    return frozenset()


class _Reader:
    """Puts rows of the catalog together."""

    def __init__(
        self,
        *,
        names: Mapping[int, TableName],
        columns: _ByRelation,
        indexes: _ByRelation,
        constraints: _ByRelation,
        triggers: _ByRelation,
        types: Mapping[int, Row],
        partitions: _ByRelation,
        holding: frozenset[int],
    ) -> None:
        self._names = names
        self._columns = columns
        self._indexes = indexes
        self._constraints = constraints
        self._triggers = triggers
        self._types = types
        self._partitions = partitions
        self._holding = holding

    def table(self, row: Row) -> Table:
        leaves = [self._table(leaf) for leaf in _leaves(self._partitions, row["oid"])]
        return with_those_of_partitions(self._table(row), leaves)

    def _table(self, row: Row) -> Table:
        oid = row["oid"]
        constraints = self._constraints.get(oid, ())
        return Table(
            self._names[oid],
            tuple(map(self._column, self._columns.get(oid, ()))),
            uniques=tuple(map(_unique, self._indexes.get(oid, ()))),
            foreign_keys=tuple(self._foreign_key(one) for one in constraints if one["kind"] == "f"),
            checks=tuple(_check(one) for one in constraints if one["kind"] == "c"),
            exclusions=tuple(_exclusion(one) for one in constraints if one["kind"] == "x"),
            triggers=tuple(one["name"] for one in self._triggers.get(oid, ())),
            partitioning=self._scheme(row),
            plain_indexes=row["plain_indexes"],
            row_security=row["row_security"],
            rows=row["tuples"] if row["tuples"] >= 0 else None,
            empty=oid not in self._holding,
            comment=row["comment"],
        )

    def _column(self, row: Row) -> Column:
        return Column(
            row["name"],
            data_type(self._types, row["type"], row["modifier"], row["type_name"]),
            nullable=row["nullable"] and not self._types[row["type"]]["not_null"],
            default=row["default_sql"],
            identity=row["identity"],
            generated=row["generated"],
            sequence=row["sequence"],
            comment=row["comment"],
        )

    def _foreign_key(self, row: Row) -> ForeignKey:
        return ForeignKey(
            row["name"],
            tuple(row["columns"]),
            self._names.get(row["referenced"], TableName("", f"relation {row['referenced']}")),
            tuple(row["referenced_columns"]),
            deferrable=row["deferrable"],
            match_full=row["match"] == "f",
        )

    def _scheme(self, row: Row) -> PartitionScheme | None:
        if row["kind"] != "p":
            return None
        keys = tuple(name if name is not None else "(expression)" for name in row["keys"])
        parts = [Partition(self._names[one["oid"]], one["bound"], self._scheme(one), one["partition_constraint"] or "")
                 for one in self._partitions.get(row["oid"], ())]  # fmt: skip
        return PartitionScheme(_STRATEGIES[row["strategy"]], keys, tuple(parts))


def _unique(row: Row) -> UniqueKey:
    return UniqueKey(
        row["name"],
        tuple(row["columns"]),
        tuple(row["expressions"]),
        predicate=row["predicate"],
        primary=row["is_primary"],
        nulls_not_distinct=row["nulls_not_distinct"],
    )


def _check(row: Row) -> Check:
    return Check(row["name"], row["expression"], tuple(row["columns"] or ()))


def _exclusion(row: Row) -> Exclusion:
    return Exclusion(row["name"], tuple(zip(row["elements"], row["operators"], strict=True)), row["predicate"])


def _by_relation(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["relation"]].append(row)
    return found


def _by_parent(rows: Iterable[Any]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["parent"] is not None:
            found[row["parent"]].append(row)
    return found


def _leaves(partitions: _ByRelation, oid: int) -> list[Row]:
    """The partitions below a table that hold rows."""
    below = partitions.get(oid, ())
    return [leaf for row in below for leaf in (_leaves(partitions, row["oid"]) if row["kind"] == "p" else [row])]
