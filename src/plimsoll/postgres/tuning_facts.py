"""Reading what a database under advice is like: a few set-based queries in one read-only transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.schema import Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.postgres import index_sql
from plimsoll.postgres.catalog import read_schema
from plimsoll.postgres.column_statistics import read_statistics
from plimsoll.postgres.indexes import indexes_of, options_of, read_index_rows

STATEMENT_MS_MAX: Final = 15_000
LOCK_MS_MAX: Final = 500  # waiting for a lock makes others wait behind us
VALUED_TABLES_MAX: Final = 100  # the largest ones, whose frequent values are read; they are megabytes in a large schema
_TOGETHER: Final = 20  # tables with values in one query, which compares each column of theirs with each that is named
_HOLDING: Final = ("r", "m")  # kinds of relations that hold rows of their own
VIEWS_MAX: Final = 1_000
VIEW_CHARACTERS_MAX: Final = 20_000
FUNCTIONS_MAX: Final = 5_000
SETTINGS: Final = (
    "work_mem", "hash_mem_multiplier", "maintenance_work_mem", "shared_buffers", "effective_cache_size",
    "random_page_cost", "seq_page_cost", "cpu_tuple_cost", "effective_io_concurrency", "jit", "jit_above_cost",
    "default_statistics_target", "plan_cache_mode", "max_parallel_workers_per_gather", "max_parallel_workers",
    "enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_hashjoin",
    "enable_mergejoin", "enable_nestloop", "enable_partition_pruning", "enable_partitionwise_join",
    "enable_partitionwise_aggregate", "constraint_exclusion", "autovacuum", "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold", "autovacuum_analyze_scale_factor", "autovacuum_analyze_threshold",
    "autovacuum_vacuum_insert_scale_factor", "autovacuum_naptime", "autovacuum_max_workers",
    "autovacuum_vacuum_cost_limit", "autovacuum_vacuum_cost_delay", "max_wal_size", "checkpoint_timeout",
    "wal_level", "wal_compression", "track_counts", "max_connections", "search_path",
    "hot_standby_feedback", "server_encoding", "block_size",
)  # fmt: skip

Row = Mapping[str, Any]


async def read_facts(connection: asyncpg.Connection, schemas: Sequence[str] = ()) -> DatabaseFacts:
    """All that advice rests on, but the workload. Reading rights suffice: columns that the role may not read, and
    those of tables with row security for it, have no statistics. Raises RefusedError where a table is locked or the
    catalog is too slow, else what the driver raises."""
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(
                f"SET LOCAL statement_timeout = {STATEMENT_MS_MAX}; SET LOCAL lock_timeout = {LOCK_MS_MAX}"
            )
            return await _read(connection, schemas)
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
        raise RefusedError(
            "the catalog cannot be read",
            why=str(error),
            remedy="wait until nobody changes tables (ALTER TABLE, LOCK, VACUUM FULL), then try again",
        ) from None


async def _read(connection: asyncpg.Connection, schemas: Sequence[str]) -> DatabaseFacts:
    settings = await _settings(connection)  # as others have them: from here on some are ours
    await connection.execute("SET LOCAL jit = off")
    schema = await read_schema(connection, schemas=schemas, look_for_rows=False, materialized=True)
    rows = [row for row in await connection.fetch(index_sql.TABLES) if _name(row) in schema.tables]
    indexes = await read_index_rows(connection, [row["oid"] for row in rows], schema.server_version)
    constraints = await connection.fetch(index_sql.CONSTRAINTS, [row["oid"] for row in indexes])
    sizes = await _sizes(connection, [*_holding(rows), *(row["oid"] for row in indexes if row["kind"] == "i")])
    database = await connection.fetchrow(index_sql.DATABASE)
    assert database is not None
    extensions = await connection.fetch(index_sql.EXTENSIONS)
    installed = await connection.fetch(index_sql.INSTALLED)
    return DatabaseFacts(
        schema,
        tables=_tables(schema, rows, sizes, await _statistics(connection, schema, rows)),
        indexes=indexes_of(indexes, constraints, sizes, database["counted_since"]),
        views=await _views(connection, schemas),
        settings=settings,
        extensions=frozenset(row["name"] for row in installed),
        available=frozenset(row["name"] for row in extensions),
        functions=frozenset(row["name"] for row in await connection.fetch(index_sql.FUNCTIONS, FUNCTIONS_MAX)),
        database=database["name"],
        collation=database["collation"] or "",
        bytes=int(database["bytes"] or 0),  # a sum, which the server makes a numeric
        counted_since=database["counted_since"],
        standbys=database["standbys"],
        standby=database["standby"],
        read_at=database["read_at"],
        hit_share=database["hit_share"],
        extended=await _extended(connection),
    )


async def _extended(connection: asyncpg.Connection) -> dict[TableName, list[frozenset[str]]]:
    found: defaultdict[TableName, list[frozenset[str]]] = defaultdict(list)
    for row in await connection.fetch(index_sql.EXTENDED):
        found[_name(row)].append(frozenset(row["columns"]))
    return dict(found)


def _name(row: Row) -> TableName:
    return TableName(row["schema"], row["name"])


def _holding(rows: Sequence[Row]) -> list[int]:
    """Relations in which rows are: heaps and their TOAST tables."""
    return [oid for row in rows if row["kind"] in _HOLDING for oid in (row["oid"], row["toast"]) if oid]


async def _sizes(connection: asyncpg.Connection, relations: Sequence[int]) -> dict[int, int]:
    """Bytes now; nothing where somebody holds one of them locked, and what the planner last counted must do."""
    try:
        async with connection.transaction():
            found = await connection.fetch(index_sql.SIZES, relations)
    except asyncpg.LockNotAvailableError:
        return {}
    return {row["oid"]: row["bytes"] for row in found if row["bytes"] is not None}


async def _statistics(
    connection: asyncpg.Connection, schema: Schema, rows: Sequence[Row]
) -> dict[TableName, TableStatistics]:
    pages: dict[TableName, int] = defaultdict(int)
    for row in rows:
        pages[_name(row)] += row["pages"]
    valued = sorted(pages, key=lambda name: -pages[name])[:VALUED_TABLES_MAX]
    found = await read_statistics(connection, schema.tables.keys() - set(valued), readable={}, readable_if_few={})
    for start in range(0, len(valued), _TOGETHER):
        columns = {
            name: [column.name for column in schema.tables[name].columns] for name in valued[start : start + _TOGETHER]
        }
        found |= await read_statistics(connection, columns.keys(), readable=columns, readable_if_few={})
    return found


def _tables(
    schema: Schema, rows: Sequence[Row], sizes: Mapping[int, int], statistics: Mapping[TableName, TableStatistics]
) -> dict[TableName, TableFacts]:
    parts: dict[TableName, list[Row]] = defaultdict(list)
    for row in rows:
        parts[_name(row)].append(row)
    return {name: _table(schema.tables[name], parts[name], sizes, statistics[name]) for name in parts}


def _table(table: Table, rows: Sequence[Row], sizes: Mapping[int, int], statistics: TableStatistics) -> TableFacts:
    heap = sum(sizes.get(row["oid"], row["pages"] * PAGE_BYTES) for row in rows if row["kind"] in _HOLDING)
    toast = sum(sizes.get(row["toast"], row["toast_pages"] * PAGE_BYTES) for row in rows if row["kind"] in _HOLDING)
    widths = {name: column.width for name, column in statistics.columns.items()}
    filled = (column.width * (1.0 - column.null_share) for column in statistics.columns.values())
    return TableFacts(
        table,
        statistics,
        pages=heap // PAGE_BYTES,
        bytes=heap + toast,
        row_bytes=round(sum(filled)),
        column_bytes=widths,
        options=dict(options_of(next((row["options"] for row in rows if row["is_root"]), None))),
        **{name: _sum(rows, name) for name in _COUNTERS},
    )


_COUNTERS: Final = (
    "inserted", "updated", "hot_updated", "deleted", "sequential_scans", "sequential_rows", "dead_rows",
)  # fmt: skip


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


async def _views(connection: asyncpg.Connection, schemas: Sequence[str]) -> dict[TableName, str]:
    rows = await connection.fetch(index_sql.VIEWS, VIEW_CHARACTERS_MAX, VIEWS_MAX)
    return {_name(row): row["definition"] for row in rows if not schemas or row["schema"] in schemas}


async def _settings(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch(index_sql.SETTINGS, list(SETTINGS))
    return {row["name"]: row["value"] for row in rows if row["value"] is not None}
