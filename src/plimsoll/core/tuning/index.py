"""Indexes as values: those that might be, and those that are there."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName, quote_identifier

_DIGEST: Final = 6  # characters, which tell two long names apart


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key. `sql` is a quoted column, or an expression with its parentheses as SQL takes it; `column` is the bare
    name where it is one. `opclass` is "" for the type's own ("text_pattern_ops", "gin_trgm_ops", "jsonb_path_ops").
    `nulls_first` is None where the direction's own order of NULLs holds."""

    sql: str
    column: str = ""
    descending: bool = False
    nulls_first: bool | None = None
    opclass: str = ""
    collation: str = ""

    @classmethod
    def of(cls, column: str, *, descending: bool = False, opclass: str = "") -> "IndexKey":
        """Of a column, by its bare name."""
        return cls(quote_identifier(column), column, descending=descending, opclass=opclass)

    @property
    def text(self) -> str:
        """As CREATE INDEX takes it."""
        collation = f" COLLATE {self.collation}" if self.collation else ""
        opclass = f" {self.opclass}" if self.opclass else ""
        nulls = "" if self.nulls_first is None else f" NULLS {'FIRST' if self.nulls_first else 'LAST'}"
        return f"{self.sql}{collation}{opclass}{' DESC' if self.descending else ''}{nulls}"


@dataclass(frozen=True, slots=True)
class Index:
    """What an index is, whether or not it is there. `include` are bare names of columns that it only carries,
    `predicate` is SQL without WHERE, `options` are storage parameters (("fillfactor", "90"),)."""

    table: TableName
    keys: tuple[IndexKey, ...]
    method: str = "btree"
    include: tuple[str, ...] = ()
    predicate: str = ""
    unique: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Bare names of its key columns, "" for an expression."""
        return tuple(key.column for key in self.keys)

    @property
    def name(self) -> str:
        """What we call it, within the server's length; two that differ have different names."""
        parts = [_words(key.column or key.sql) for key in self.keys]
        whole = "_".join(["idx", _words(self.table.name), *parts])
        plain = self.method == "btree" and not (self.include or self.predicate or self.unique or self.options)
        simple = all(key == IndexKey.of(key.column) for key in self.keys)
        if plain and simple and len(whole.encode()) <= NAME_BYTES_MAX:
            return whole
        digest = hashlib.sha256(self.definition.encode()).hexdigest()[:_DIGEST]
        room = NAME_BYTES_MAX - _DIGEST - 1
        return f"{whole.encode()[:room].decode(errors='ignore').rstrip('_')}_{digest}"

    @property
    def definition(self) -> str:
        """What follows the name in CREATE INDEX: ON table USING method (keys) …; also a key to compare by."""
        keys = ", ".join(key.text for key in self.keys)
        include = f" INCLUDE ({', '.join(map(quote_identifier, self.include))})" if self.include else ""
        options = f" WITH ({', '.join(f'{name} = {value}' for name, value in self.options)})" if self.options else ""
        predicate = f" WHERE {self.predicate}" if self.predicate else ""
        return f"ON {self.table.quoted} USING {self.method} ({keys}){include}{options}{predicate}"

    @property
    def words(self) -> str:
        """For people, in a line: orders (customer_id, created_at DESC) INCLUDE (total) WHERE …; names only quoted where
        they must be."""
        keys = ", ".join(replace(key, sql=key.column).text if _plain(key.column) else key.text for key in self.keys)
        method = "" if self.method == "btree" else f" using {self.method}"
        include = f" INCLUDE ({', '.join(self.include)})" if self.include else ""
        predicate = f" WHERE {self.predicate}" if self.predicate else ""
        return f"{self.table}{method} ({keys}){include}{predicate}"

    def create(self, *, concurrently: bool = False, name: str = "") -> str:
        """The statement that builds it, without a semicolon."""
        unique = "UNIQUE " if self.unique else ""
        how = "CONCURRENTLY " if concurrently else ""
        return f"CREATE {unique}INDEX {how}{quote_identifier(name or self.name)} {self.definition}"


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """One that is there. `definition` is the server's own text (pg_get_indexdef). `scans` since `counted_since`, which
    is None where the server does not tell. `constraint` names that which it serves (p, u or x), `needed_by` says in
    words what else forbids to drop it (a foreign key that refers to it, replica identity, clustering). The lower
    its `oid`, the longer it is there; 0 where that is not known.

    Of a partitioned index `partitions` are the names of those below it, and size and scans are theirs together."""

    name: str
    schema: str
    index: Index
    definition: str
    size_bytes: int = 0
    scans: int = 0
    last_scan: datetime | None = None
    counted_since: datetime | None = None
    valid: bool = True
    primary: bool = False
    constraint: str = ""
    needed_by: tuple[str, ...] = ()
    partition_of: str = ""
    partitions: Sequence[str] = ()
    oid: int = 0

    @property
    def quoted(self) -> str:
        """For SQL."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"


def _words(text: str) -> str:
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def _plain(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z_][a-z0-9_]*", name))
