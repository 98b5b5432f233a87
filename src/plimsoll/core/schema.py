"""A database's schema as values: what its catalog says of tables, columns, types and constraints.

Read by `plimsoll.postgres.catalog`. Expressions are PostgreSQL's own text of them (pg_get_expr, pg_get_constraintdef).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from plimsoll.core.identifiers import TableName

TypeKind = Literal["base", "enum", "composite", "range", "multirange", "array"]
PartitionStrategy = Literal["range", "list", "hash"]


@dataclass(frozen=True, slots=True)
class DataType:
    """A type with its modifier, domains unrolled: `kind` and `base` are those of the type beneath.

    `name` is what SQL calls the column's type (format_type), quoted where needed. `base` is the bare internal name
    (pg_type.typname: "int8", "varchar", "timestamptz", "jsonb", "mood"; for an array that of its element, and
    `element` is it). `length` is that of varchar(n), char(n), bit(n); `precision` and `scale` are numeric's;
    `precision` also that of times. `element` is an array's element, a range's or multirange's subtype. `checks` are
    those of the domains, over the word VALUE; `domain` names the outermost one.
    """

    name: str
    base: str
    kind: TypeKind = "base"
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    element: "DataType | None" = None
    fields: tuple[tuple[str, "DataType"], ...] = ()
    domain: str | None = None
    checks: tuple[str, ...] = ()
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `identity` is "a" (always), "d" (by default) or ""; `generated` columns cannot be written.

    `default` is its SQL; `sequence` the quoted, qualified name of the sequence that its default or identity draws from.
    """

    name: str
    type: DataType
    nullable: bool = True
    default: str | None = None
    identity: str = ""
    generated: bool = False
    sequence: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A primary key, unique constraint or unique index: `columns` in order, None for an expression.

    `expressions` are all key expressions as SQL, columns among them. `predicate` is a partial index's.
    """

    name: str
    columns: tuple[str | None, ...]
    expressions: tuple[str, ...] = ()
    predicate: str | None = None
    primary: bool = False
    nulls_not_distinct: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of a table refer to `referenced_columns` of another, pairwise."""

    name: str
    columns: tuple[str, ...]
    referenced: TableName
    referenced_columns: tuple[str, ...]
    deferrable: bool = False
    match_full: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A check constraint: `expression` without the word CHECK, `columns` that occur in it."""

    name: str
    expression: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An exclusion constraint: (expression or column name, operator) pairwise, as `room` with `=`, `during` with
    `&&`.
    """

    name: str
    elements: tuple[tuple[str, str], ...]
    predicate: str | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: `bound` is PostgreSQL's text, as "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')" or "DEFAULT".

    `constraint` is the condition on its rows that follows from its bound and those of all above it.
    """

    name: TableName
    bound: str
    scheme: "PartitionScheme | None" = None
    constraint: str = ""


@dataclass(frozen=True, slots=True)
class PartitionScheme:
    """How a table is partitioned: `keys` are column names, or expressions where a key is one."""

    strategy: PartitionStrategy
    keys: tuple[str, ...]
    partitions: tuple[Partition, ...] = ()

    def names(self) -> Iterator[TableName]:
        """Of all partitions, those of partitions among them."""
        for one in self.partitions:
            yield one.name
            if one.scheme is not None:
                yield from one.scheme.names()


@dataclass(frozen=True, slots=True)
class Table:
    """An ordinary or a partitioned table (its partitions are not tables of their own here).

    `triggers` are names of enabled user triggers that fire on INSERT. `plain_indexes`: how many are not unique.
    `row_security`: policies apply to the role that read this, so that COPY is refused. `rows` is the planner's
    estimate, None where it has none; `empty` was looked up.
    """

    name: TableName
    columns: tuple[Column, ...]
    uniques: tuple[UniqueKey, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    triggers: tuple[str, ...] = ()
    partitioning: PartitionScheme | None = None
    plain_indexes: int = 0
    row_security: bool = False
    rows: int | None = None
    empty: bool = True
    comment: str = ""

    def column(self, name: str) -> Column:
        """Raises KeyError."""
        return next((column for column in self.columns if column.name == name), None) or _missing(name)

    @property
    def primary_key(self) -> UniqueKey | None:
        return next((key for key in self.uniques if key.primary), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables that were read, by name. `server_version` as 180001. `others` are there and were not read.

    `unusable` are types, by their bare names, that this server was built without: it refuses every value of them.
    """

    tables: Mapping[TableName, Table] = field(default_factory=dict)
    server_version: int = 0
    others: frozenset[TableName] = frozenset()
    unusable: frozenset[str] = frozenset()


def _missing(name: str) -> Column:
    raise KeyError(name)
