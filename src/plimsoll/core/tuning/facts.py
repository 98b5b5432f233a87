"""What a database under advice is like, as values. Read by `plimsoll.postgres.tuning_facts`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Schema, Table
from plimsoll.core.tuning.index import ExistingIndex


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table's size and what happens to it, partitions added up; counters since `counted_since` of the database.

    `pages` of 8 KiB are those of the heap, `bytes` with TOAST and without indexes. `row_bytes` is the mean width of a
    row, `column_bytes` that of each column, by the planner's statistics. `options` are storage parameters.
    """

    table: Table
    statistics: TableStatistics
    pages: int = 0
    bytes: int = 0
    row_bytes: int = 0
    column_bytes: Mapping[str, int] = field(default_factory=dict)
    inserted: int = 0
    updated: int = 0
    hot_updated: int = 0
    deleted: int = 0
    sequential_scans: int = 0
    sequential_rows: int = 0
    dead_rows: int = 0
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The planner's estimate; 0 where it has none."""
        return self.statistics.rows or 0


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """`tables` hold ordinary and partitioned tables (partitions hang below theirs), `indexes` all of theirs.

    `views` are definitions by name, with materialized ones; `settings` those that planning and writing depend on.
    `extensions` are installed here, `available` could be. `functions` are names of immutable functions of users.
    `standbys` read from this server, which is one itself if `standby`: what they are asked its counters do not tell.
    `collation` is the database's own ("C", "en_US.UTF-8"); `read_at` is the server's clock. `hit_share` is that of
    pages asked for that were in shared buffers, as counted; None where nothing was. `extended` are the sets of columns
    that extended statistics are kept of.
    """

    schema: Schema
    tables: Mapping[TableName, TableFacts] = field(default_factory=dict)
    indexes: Sequence[ExistingIndex] = ()
    views: Mapping[TableName, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    extensions: frozenset[str] = frozenset()
    available: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    database: str = ""
    collation: str = ""
    bytes: int = 0
    counted_since: datetime | None = None
    standbys: int = 0
    standby: bool = False
    read_at: datetime | None = None
    hit_share: float | None = None
    extended: Mapping[TableName, Sequence[frozenset[str]]] = field(default_factory=dict)

    @property
    def server_version(self) -> int:
        """As 180001."""
        return self.schema.server_version

    @property
    def indexes_by_table(self) -> dict[TableName, list[ExistingIndex]]:
        """Of each table itself, not of its partitions; those without any are missing."""
        found: defaultdict[TableName, list[ExistingIndex]] = defaultdict(list)
        for one in self.indexes:
            found[one.index.table].append(one)
        return dict(found)
